import { formatQualified, quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import type { MadeFile } from "./file-attempts.ts";
import { literal } from "./row-sql.ts";
import type { World } from "./world.ts";

/** The rows that were made as SQL, in their order, for a person to make them again before a statement that they try. */
export function rowsScript({ made, plan }: World, files: readonly MadeFile[]): string {
  const generated = new Map(
    plan.facts.tables.map((table) => [
      formatQualified(table),
      new Set(table.columns.filter(({ isGenerated }) => isGenerated).map(({ name }) => name)),
    ]),
  );
  const rows = made.rows.map(({ table, values }) => {
    const columns = Object.entries(values).filter(([column]) => !generated.get(formatQualified(table))?.has(column));
    const names = columns.map(([column]) => quoteIdentifier(column)).join(", ");
    const given = columns.map(([, value]) => literal(value)).join(", ");
    return `insert into ${quoteQualified(table)} (${names}) overriding system value values (${given}) on conflict do nothing;`;
  });
  const objects = files.map(
    ({ id, bucket, path }) =>
      `insert into storage.objects (id, bucket_id, name) values (${[id, bucket, path].map(quoteLiteral).join(", ")});`,
  );
  return `${[...rows, ...objects].join("\n")}\n`;
}
