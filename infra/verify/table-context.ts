import { quoteQualified } from "../sql/quote.ts";
import type { Actor } from "./actors.ts";
import type { Rules } from "./attempt.ts";
import type { PlannedTable } from "./plan.ts";
import type { ReachableRights } from "./rights.ts";
import { whereKey } from "./row-sql.ts";
import type { Values } from "./rows/made-rows.ts";
import type { Statement } from "./run-tries.ts";
import type { OwnRow, TestData } from "./test-data.ts";

/** One person and one table, for the attempts on its rows. */
export interface TableContext {
  readonly table: PlannedTable;
  readonly person: Actor;
  readonly testData: TestData;
  readonly rights: ReachableRights;
  readonly rules: Rules;
}

/** A statement on one row, which finds it by its key. If that reaches nothing, it is tried without reading the row. */
export function statementOn({ table, person, testData }: TableContext, row: OwnRow, sql: string): Statement {
  const condition = whereKey(row.key);
  return {
    ...testData.askerOf(person),
    ...testData.watchOf(table.id, person, row.tenant),
    sql: `${sql} where ${condition}`,
    blind: {
      row: `select 1 from ${quoteQualified(table.facts)} where ${condition}`,
      sql: `${sql} where current of palisade_row`,
    },
  };
}

/** Adds a statement that first deletes another row with the same unique key, without regard to policies. */
export function withoutRowsInTheWay(
  { table, testData }: TableContext,
  written: Values,
  row?: OwnRow,
): Pick<Statement, "before"> {
  const keys = table.facts.keys.filter(({ columns, isPartial }) => !isPartial && columns.length > 0);
  const isSame = ({ values }: OwnRow, column: string) =>
    written[column] !== null && written[column] !== undefined && values[column] === written[column];
  const found = testData
    .rowsOf(table.id)
    .filter((other) => other.made !== row?.made)
    .filter((other) => keys.some(({ columns }) => columns.every((column) => isSame(other, column))));
  if (found.length === 0) return {};
  const conditions = found.map(({ key }) => `(${whereKey(key)})`).join(" or ");
  return { before: `delete from ${quoteQualified(table.facts)} where ${conditions}` };
}
