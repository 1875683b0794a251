import { quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { type Attempt, type Rules, relationOf } from "./attempt.ts";
import type { CastMember } from "./cast.ts";
import { insertAttempts } from "./insert-attempts.ts";
import { columnName, type PlannedTable } from "./plan.ts";
import type { ReachableRights } from "./rights.ts";
import { assignments, whereKey } from "./row-sql.ts";
import type { Statement } from "./run-tries.ts";
import type { OwnRow, World } from "./world.ts";

/** Everything that one person tries with the rows of one table. */
export function tableAttempts(
  table: PlannedTable,
  person: CastMember,
  world: World,
  rights: ReachableRights,
): readonly Attempt[] {
  const rows = world.rowsOf(table.id);
  const { rules } = table;
  const stated: Rules = {
    may: rules?.may ?? {},
    ...(rules?.columns === undefined ? {} : { columns: rules.columns.map(columnName) }),
    stays: table.belongs,
  };
  const context = { table, person, world, rights, rules: stated };
  return [
    ...reads(context, rows),
    ...insertAttempts(context),
    ...representatives(person, rows).flatMap((row) => [...updates(context, row), ...deletes(context, row)]),
  ];
}

export interface TableContext {
  readonly table: PlannedTable;
  readonly person: CastMember;
  readonly world: World;
  readonly rights: ReachableRights;
  readonly rules: Rules;
}

function reads({ table, person, world, rights, rules }: TableContext, rows: readonly OwnRow[]): readonly Attempt[] {
  const name = quoteQualified(table.facts);
  const readable = rights.columns(person.databaseRole, table.id, "select");
  const conditions = rows.map((row) => conditionOf(row, readable));
  const statement: Statement = {
    ...world.askerOf(person),
    answers: true,
    sql: `select array_to_string(array[${conditions
      .map((condition, index) => `(select ${index} where exists (select from ${name} where ${condition}))`)
      .join(", ")}]::int[], ',')`,
  };
  const object = table.id;
  return rows.map((row, index) => ({
    ...{ person, object, command: "select" as const, row, statement, rules },
    shown: `select * from ${name} where ${conditions[index]}`,
    isReached: ({ text = "" }) => text.split(",").includes(String(index)),
  }));
}

/** By its key, or where that can't be read, by everything that can. */
function conditionOf({ key, values }: OwnRow, readable: readonly string[] | true): string {
  if (readable === true || readable.length === 0 || Object.keys(key).every((column) => readable.includes(column)))
    return whereKey(key);
  const known = readable.filter((column) => values[column] !== undefined && values[column] !== null);
  return known
    .map((column) => `${quoteIdentifier(column)}::text = ${quoteLiteral(values[column] ?? "")}`)
    .join(" and ");
}

function updates(context: TableContext, row: OwnRow): readonly Attempt[] {
  const { table, person, world, rights, rules } = context;
  const granted = rights.columns(person.databaseRole, table.id, "update");
  const isForeign = relationOf(person, row) === "other";
  const attempts = world.changesOf(row).map((change): Attempt => {
    const columns = Object.keys(change.values);
    const isMoved = change.kind === "tenant" || (change.kind === "reference" && columns.includes(table.owner ?? ""));
    const command = change.kind === "value" ? "update" : isMoved ? "move" : "point";
    const statement = statementOn(
      context,
      row,
      `update ${quoteQualified(table.facts)} set ${assignments(change.values)}`,
    );
    return {
      ...{ person, object: table.id, command, row, rules },
      written: change.values,
      what: columns.join(", ") + (change.label === undefined ? "" : ` = ${change.label}`),
      statement: isMoved ? withoutWatch(statement) : statement,
    };
  });
  // Of rows that are not theirs, the policies alone decide: a column that they may write stands for all.
  if (!isForeign) return attempts;
  const isGranted = ({ written = {} }: Attempt) =>
    granted === true || Object.keys(written).every((column) => granted.includes(column));
  const plain = attempts.filter(({ command }) => command === "update");
  const writable = plain.filter(isGranted);
  return [
    ...(writable.length > 0 ? writable : plain.slice(0, 1)),
    ...attempts.filter((each) => each.command === "move" && isGranted(each)),
  ];
}

/** Of a row to which others may point, one to which none does is deleted: made before, past all policies. */
function deletes(context: TableContext, row: OwnRow): readonly Attempt[] {
  const { table, person, rules, world } = context;
  const base = { person, object: table.id, command: "delete" as const, rules };
  const spare = world.spareOf(table, row);
  if (spare !== undefined) {
    const statement = statementOn(context, spare, `delete from ${quoteQualified(table.facts)}`);
    return [{ ...base, row: spare, statement: { ...statement, before: spare.insertion } }];
  }
  return [{ ...base, row, statement: statementOn(context, row, `delete from ${quoteQualified(table.facts)}`) }];
}

/** A statement on one row: found by its key, and if that reaches nothing, without reading it. */
function statementOn({ table, person, world }: TableContext, row: OwnRow, sql: string): Statement {
  const condition = whereKey(row.key);
  return {
    ...world.askerOf(person),
    ...world.watchOf(table.id, person, row.tenant),
    sql: `${sql} where ${condition}`,
    blind: {
      row: `select 1 from ${quoteQualified(table.facts)} where ${condition}`,
      sql: `${sql} where current of palisade_row`,
    },
  };
}

/** A row that goes to another tenant is a change of that tenant's rows, and no hidden one. */
function withoutWatch({ watch: _, ...statement }: Statement): Statement {
  return statement;
}

/** One row of each sort, as the person sees them: theirs, their tenant's, another's; of memberships one of each role. */
function representatives(person: CastMember, rows: readonly OwnRow[]): readonly OwnRow[] {
  const sorts = new Map<string, OwnRow>();
  for (const row of rows) {
    // What a person made before they left is another's now, and the likeliest to be forgotten.
    const sort = `${relationOf(person, row)} ${row.owner === person.subject} ${row.sort}`;
    if (!sorts.has(sort)) sorts.set(sort, row);
  }
  return [...sorts.values()];
}
