import { quoteQualified } from "../sql/quote.ts";
import { type Attempt, relationOf } from "./attempt.ts";
import { assignments } from "./row-sql.ts";
import type { Statement } from "./run-tries.ts";
import { statementOn, type TableContext, withoutRowsInTheWay } from "./table-context.ts";
import type { Change, OwnRow } from "./test-data.ts";
import { isMemberOf, membershipsOf, type Row } from "./who.ts";

/** Updates of each column, of the row's tenant, and of what it references. */
export function updateAttempts(context: TableContext, row: OwnRow): readonly Attempt[] {
  const { table, person, testData, rights } = context;
  const granted = rights.columns(person.databaseRole, table.id, "update");
  const isForeign = relationOf(person, row) === "other";
  const changes = [...testData.changesOf(row), ...takeovers(context, row)];
  const parts = changes.flatMap((change) => partOf(change, granted, context));
  const attempts = [...changes, ...parts]
    .map((change) => attemptTo(change, row, context))
    .concat(spareAttempts(row, context));
  // For somebody else's row, policies alone decide, so one writable column represents all.
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

/**
 * For a move by somebody in both tenants: the part of the change that they may write. The other rows that theirs
 * references, such as their own account, may belong to both tenants as well.
 */
function partOf({ values, ...change }: Change, granted: true | readonly string[], { person }: TableContext): Change[] {
  if (granted === true || change.kind !== "tenant" || membershipsOf(person).length < 2) return [];
  const kept = Object.entries(values).filter(([column]) => granted.includes(column));
  const isPart = kept.length > 0 && kept.length < Object.keys(values).length;
  return isPart ? [{ ...change, values: Object.fromEntries(kept), isOptional: true }] : [];
}

/**
 * Changes that other rows prevent by referencing the row, such as a new key, are made to a row that none references. It
 * is inserted first, without regard to policies.
 */
function spareAttempts(row: OwnRow, context: TableContext): readonly Attempt[] {
  const spare = context.testData.spareOf(context.table, row);
  if (spare === undefined) return [];
  return context.testData.changesOfSpare(row).map((change) => {
    const attempt = attemptTo(change, spare, context);
    const before = [spare.insertion, attempt.statement.before ?? []].flat().join("; ");
    // Judged as if it were the row that it represents.
    return { ...attempt, row, statement: { ...attempt.statement, before } };
  });
}

function attemptTo(change: Change, row: OwnRow, context: TableContext): Attempt {
  const { table, person, rules } = context;
  const { kind, values, label } = change;
  const columns = Object.keys(values);
  const isMoved = kind === "tenant" || (kind === "reference" && columns.includes(table.owner ?? ""));
  const command = kind === "value" ? "update" : isMoved ? "move" : "point";
  const statement = {
    ...statementOn(context, row, `update ${quoteQualified(table.facts)} set ${assignments(values)}`),
    ...withoutRowsInTheWay(context, { ...row.values, ...values }, row),
  };
  return {
    ...{ person, object: table.id, command, row, rules, written: values, isOptional: change.isOptional ?? false },
    what: columns.join(", ") + (label === undefined ? "" : ` = ${label}`),
    ...(isMoved ? { to: moved(row, change, context), statement: withoutWatch(statement) } : { statement }),
  };
}

function moved(row: OwnRow, { values, tenant }: Change, { table, testData }: TableContext): Row {
  const changed = { ...row.values, ...values };
  const owner = testData.ownerOf(table, changed);
  return {
    ...{ table: table.id, values: changed },
    ...(tenant === undefined ? {} : { tenant }),
    ...(owner === undefined ? {} : { owner }),
  };
}

/**
 * Takes over somebody else's row. If policies require the row to belong to the person after the change, no other change
 * passes. For a row of another tenant, the change includes the columns that bring it into the person's.
 */
function takeovers({ table, person, testData }: TableContext, row: OwnRow): readonly Change[] {
  const { owner } = table;
  const { subject, hasRow } = person;
  const isTheirs = subject === undefined || row.owner === undefined || row.owner === subject;
  if (owner === undefined || isTheirs || !hasRow || testData.isOfPeople(table) || testData.isOfMembers(table))
    return [];
  const label = "themselves";
  if (row.tenant === undefined || isMemberOf(person, row.tenant))
    return [{ kind: "value", values: { [owner]: subject }, label, isOptional: true }];
  const moves = testData.changesOf(row).filter(({ kind, tenant }) => kind !== "value" && isMemberOf(person, tenant));
  return moves
    .filter(({ kind, values }) => kind === "tenant" || Object.hasOwn(values, owner))
    .map((move) => ({ ...move, values: { ...move.values, [owner]: subject }, label, isOptional: true }));
}

/** A row that moves to another tenant does change that tenant's rows, but not silently. */
function withoutWatch({ watch: _, ...statement }: Statement): Statement {
  return statement;
}
