import type pg from "pg";
import { type QualifiedName, quoteQualified } from "../../../infra/sql/quote.ts";

export const plainPath = "set local search_path = ''";

/**
 * A policy's condition in PostgreSQL's words once it is stored.
 * @param before a statement to run first
 */
export async function storeCondition(
  client: pg.Client,
  table: QualifiedName,
  condition: string,
  before = "select 1",
): Promise<string> {
  await client.query(`begin; ${before}`);
  try {
    await client.query(`create policy adopted on ${quoteQualified(table)} using (${condition}\n)`);
    await client.query(plainPath);
    const { rows } = await client.query<{ text: string }>(
      "select pg_get_expr(polqual, polrelid) as text from pg_policy where polname = 'adopted'",
    );
    return rows[0]?.text ?? "";
  } finally {
    await client.query("rollback");
  }
}
