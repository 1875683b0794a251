import { quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import type { Actor } from "./actors.ts";
import { type Attempt, type Rules, relationOf } from "./attempt.ts";
import { insertAttempts } from "./insert-attempts.ts";
import { columnName, type PlannedTable } from "./plan.ts";
import type { ReachableRights } from "./rights.ts";
import { whereKey } from "./row-sql.ts";
import type { Statement } from "./run-tries.ts";
import { statementOn, type TableContext } from "./table-context.ts";
import type { OwnRow, TestData } from "./test-data.ts";
import { updateAttempts } from "./update-attempts.ts";
import { membershipsOf } from "./who.ts";

/** Everything that one person tries with the rows of one table. */
export function tableAttempts(
  table: PlannedTable,
  person: Actor,
  testData: TestData,
  rights: ReachableRights,
): readonly Attempt[] {
  const rows = testData.rowsOf(table.id);
  const { rules } = table;
  const stated: Rules = {
    may: rules?.may ?? {},
    ...(rules?.columns === undefined ? {} : { columns: rules.columns.map(columnName) }),
    ...(rules?.reads === undefined ? {} : { reads: rules.reads.map(columnName) }),
    ...(rules?.moves === undefined ? {} : { moves: rules.moves }),
    stays: table.belongs,
  };
  const context = { table, person, testData, rights, rules: stated };
  return [
    ...reads(context, rows),
    ...columnReads(context, representatives(person, rows)),
    ...insertAttempts(context),
    ...representatives(person, rows).flatMap((row) => [...updateAttempts(context, row), ...deletes(context, row)]),
  ];
}

/** Which of the rows are visible, in one statement: through one column, or through any. */
function reads(
  { table, person, testData, rights, rules }: TableContext,
  rows: readonly OwnRow[],
  column?: string,
): readonly Attempt[] {
  const name = quoteQualified(table.facts);
  const what = column === undefined ? "" : quoteIdentifier(column);
  const readable = rights.columns(person.databaseRole, table.id, "select");
  const conditions = rows.map((row) => conditionOf(row, readable));
  const statement: Statement = {
    ...testData.askerOf(person),
    answers: true,
    sql: `select array_to_string(array[${conditions
      .map((condition, index) => `(select ${index} where exists (select ${what} from ${name} where ${condition}))`)
      .join(", ")}]::int[], ',')`,
  };
  const object = table.id;
  return rows.map((row, index) => ({
    ...{ person, object, command: "select" as const, row, statement, rules },
    ...(column === undefined ? {} : { column, what: column }),
    shown: `select ${what || "*"} from ${name} where ${conditions[index]}`,
    isReached: ({ text = "" }) => text.split(",").includes(String(index)),
  }));
}

/** Reads column by column, if privileges or the declaration differ between columns. */
function columnReads(context: TableContext, rows: readonly OwnRow[]): readonly Attempt[] {
  const { table, person, rights, rules } = context;
  const readable = rights.columns(person.databaseRole, table.id, "select");
  const isWhole = readable === true || readable.length === 0;
  if (rows.length === 0 || person.databaseRole === "service_role" || (isWhole && rules.reads === undefined)) return [];
  const columns = table.facts.columns.map(({ name }) => name);
  return columns
    .filter((column) => rules.reads !== undefined || readable === true || readable.includes(column))
    .flatMap((column) => reads(context, rows, column));
}

/** The condition that finds a row: by its key or, if that can't be read, by all readable columns. */
function conditionOf({ key, values }: OwnRow, readable: readonly string[] | true): string {
  if (readable === true || readable.length === 0 || Object.keys(key).every((column) => readable.includes(column)))
    return whereKey(key);
  const known = readable.filter((column) => values[column] !== undefined && values[column] !== null);
  return known
    .map((column) => `${quoteIdentifier(column)}::text = ${quoteLiteral(values[column] ?? "")}`)
    .join(" and ");
}

/**
 * Deletes the row. If others may reference it, deletes a new row instead, which is inserted first without regard to
 * policies.
 */
function deletes(context: TableContext, row: OwnRow): readonly Attempt[] {
  const { table, person, rules, testData } = context;
  const base = { person, object: table.id, command: "delete" as const, rules };
  const spare = testData.spareOf(table, row);
  if (spare !== undefined) {
    const statement = statementOn(context, spare, `delete from ${quoteQualified(table.facts)}`);
    return [{ ...base, row: spare, statement: { ...statement, before: spare.insertion } }];
  }
  return [{ ...base, row, statement: statementOn(context, row, `delete from ${quoteQualified(table.facts)}`) }];
}

/**
 * One row of each sort, from the person's point of view: their own, their tenants', another's; for memberships, one of
 * each role.
 */
function representatives(person: Actor, rows: readonly OwnRow[]): readonly OwnRow[] {
  const sorts = new Map<string, OwnRow>();
  for (const row of rows) {
    // Rows that somebody made before they left the tenant now belong to others, and are the likeliest to be forgotten.
    const place = membershipsOf(person).length > 1 ? row.tenant : "";
    const sort = `${relationOf(person, row)} ${row.owner === person.subject} ${place} ${row.sort}`;
    if (!sorts.has(sort)) sorts.set(sort, row);
  }
  return [...sorts.values()];
}
