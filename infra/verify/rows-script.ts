import { formatQualified, quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import type { MadeFile } from "./made-files.ts";
import { assignments, literal, whereKey } from "./row-sql.ts";
import type { MadeRow } from "./rows/made-rows.ts";
import type { TableFacts } from "./rows/schema-facts.ts";
import type { TestData } from "./test-data.ts";

/** The test rows as SQL, in order, so that a person can make them again before running a failure's statement. */
export function rowsScript(
  {
    made,
    plan,
  }: { readonly made: { readonly rows: readonly MadeRow[] }; readonly plan: Pick<TestData["plan"], "facts"> },
  files: readonly MadeFile[],
): string {
  const tables = new Map(plan.facts.tables.map((table) => [formatQualified(table), table]));
  const waiting = new Set(made.rows);
  const later: string[] = [];
  const inserts = made.rows.map((row) => {
    const table = tables.get(formatQualified(row.table));
    const postponed = columnsToSetLater(row, table, waiting);
    waiting.delete(row);
    if (postponed.length > 0) later.push(setLater(row, postponed));
    const columns = Object.entries(row.values).filter(
      ([column]) => !table?.columns.some(({ name, isGenerated }) => name === column && isGenerated),
    );
    const names = columns.map(([column]) => quoteIdentifier(column)).join(", ");
    const given = columns.map(([column, value]) => literal(postponed.includes(column) ? null : value)).join(", ");
    return `insert into ${quoteQualified(row.table)} (${names}) overriding system value values (${given}) on conflict do nothing;`;
  });
  const objects = files.map(
    ({ id, bucket, path }) =>
      `insert into storage.objects (id, bucket_id, name) values (${[id, bucket, path].map(quoteLiteral).join(", ")});`,
  );
  return `${["set constraints all deferred;", ...inserts, ...later, "set constraints all immediate;", ...objects].join("\n")}\n`;
}

/** For rows that point to each other in a circle: the nullable columns that point to a later row. */
function columnsToSetLater(
  row: MadeRow,
  table: TableFacts | undefined,
  waiting: ReadonlySet<MadeRow>,
): readonly string[] {
  const nullable = new Set(table?.columns.filter(({ notNull }) => !notNull).map(({ name }) => name));
  const foreignKeys = table?.foreignKeys ?? [];
  return foreignKeys.flatMap(({ columns, to, toColumns }) => {
    const isTarget = (other: MadeRow) =>
      other !== row &&
      formatQualified(other.table) === formatQualified(to) &&
      columns.every((column, index) => {
        const value = row.values[column];
        return value !== null && value !== undefined && value === other.values[toColumns[index] ?? ""];
      });
    return [...waiting].some(isTarget) ? columns.filter((column) => nullable.has(column)) : [];
  });
}

function setLater({ table, key, values }: MadeRow, columns: readonly string[]): string {
  const told = Object.fromEntries(columns.map((column) => [column, values[column] ?? null]));
  return `update ${quoteQualified(table)} set ${assignments(told)} where ${whereKey(key)};`;
}
