import pg from "pg";
import { loadParser } from "../../../infra/sql/parser.ts";
import { type QualifiedName, quoteQualified } from "../../../infra/sql/quote.ts";
import { startTestServer } from "../test-server.ts";
import { corpusSchema } from "./corpus.ts";

/** A connection to a database of its own with the corpus's tables, and the parser. */
export async function openCorpusDatabase(): Promise<{ readonly client: pg.Client; close(): Promise<void> }> {
  await loadParser();
  const server = await startTestServer(17);
  const client = new pg.Client((await server.createDatabase()).superuserUrl);
  await client.connect();
  await client.query(corpusSchema());
  const close = async () => {
    await client.end();
    await server.stop();
  };
  return { client, close };
}

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
