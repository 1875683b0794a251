import { formatQualified } from "../sql/quote.ts";
import { type Attempt, type Rules, relationOf } from "./attempt.ts";
import { expectationOf } from "./judge.ts";
import type { PlannedTable } from "./plan.ts";
import { insertion } from "./row-sql.ts";
import type { Draft, Values } from "./rows/made-rows.ts";
import { type TableContext, withoutRowsInTheWay } from "./table-context.ts";
import { isMemberOf } from "./who.ts";

/** Inserts a row for each tenant: owned by the person and, if they may set the owner, owned by somebody else. */
export function insertAttempts(context: TableContext): readonly Attempt[] {
  const { table, person, testData, rights, rules } = context;
  const granted = rights.columns(person.databaseRole, table.id, "insert");
  // Without any privilege, the columns make no difference: every insert is refused.
  const isGranted = (column: string) => granted === true || granted.length === 0 || granted.includes(column);
  const names = table.owner !== undefined && isGranted(table.owner);
  const isOfPeople = testData.isOfPeople(table);
  const drafts = testData.draftsOf(table.id);
  const attempts = (isOfPeople ? drafts.slice(0, 1) : drafts).flatMap((draft) => {
    return ownersOf(context, draft, names).flatMap((owner) => {
      const tenant = tenantOf(context, draft, owner);
      const values = withOwner(draft.values, table, owner);
      return testData.variantsOf(table, values, person).map(({ values: written, what }): Attempt => {
        const columns = Object.entries(written).filter(([column]) => isGranted(column));
        return {
          ...{ person, object: table.id, command: "insert", written, rules },
          ...toldOf(what, granted === true ? [] : columns.map(([column]) => column)),
          row: {
            ...{ table: table.id, values: written },
            ...(table.belongs && tenant !== undefined ? { tenant } : {}),
            ...(owner === undefined ? {} : { owner }),
          },
          statement: {
            ...testData.askerOf(person),
            ...testData.watchOf(table.id, person, tenant),
            ...(isOfPeople || testData.isOfMembers(table) ? {} : withoutRowsInTheWay(context, written)),
            sql: insertion(table.facts, columns, draft.identity),
          },
        };
      });
    });
  });
  return [...attempts, ...columnAttempts(context, attempts, granted)];
}

/**
 * Tries one by one which columns a person may set in a row of their own: a column that the database should fill in is
 * easily granted along with the others.
 */
function columnAttempts(
  { table, person, testData }: TableContext,
  attempts: readonly Attempt[],
  granted: true | readonly string[],
): readonly Attempt[] {
  const isTheirs = ({ row }: Attempt) => relationOf(person, row) !== "other";
  const own = attempts.find(isTheirs) ?? attempts.find((each) => expectationOf(each).may === true);
  if (own === undefined || granted === true || granted.length === 0) return [];
  const identity = testData.draftsOf(table.id)[0]?.identity ?? [];
  const columns = table.facts.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
  // If a rule lets somebody into another tenant, such as by an invitation, the declaration says nothing about that
  // row's columns.
  const isUnstated = !isTheirs(own);
  return columns.map((column): Attempt => {
    const named = columns
      .filter((name) => name === column || (granted.includes(name) && own.row.values[name] !== undefined))
      .map((name) => [name, own.row.values[name]] as const);
    const statement = named.every(([name]) => granted.includes(name) && own.row.values[name] !== undefined)
      ? own.statement
      : { ...own.statement, sql: insertion(table.facts, named, identity) };
    // The declaration does not say who may set a column on insert, so the result is a finding to accept.
    const rules: Rules = { may: {}, stays: true, ...(isUnstated ? { isUnstated } : {}) };
    return { ...own, what: `with ${column}`, statement, rules };
  });
}

/** What distinguishes the attempt: a member's role, and the columns, if only some may be set. */
function toldOf(what: string | undefined, columns: readonly string[]): Pick<Attempt, "what"> {
  const told = [...(what === undefined ? [] : [what]), ...columns];
  return told.length === 0 ? {} : { what: told.join(", ") };
}

/** The tenant that the row will belong to. If people own rows and there are no tenants, the owner's. */
function tenantOf(context: TableContext, draft: Draft, owner: string | undefined): string | undefined {
  const { table, person, testData } = context;
  if (testData.isOfPeople(table)) return person.tenant;
  if (testData.plan.tenants !== undefined || table.owner === undefined) return draft.tenant;
  return testData.actors.find(({ subject }) => subject !== undefined && subject === owner)?.tenant;
}

/**
 * Who will own the row: the person, unless they already have such a row, and somebody else, if the person may set the
 * owner.
 */
function ownersOf(context: TableContext, { values, tenant }: Draft, names: boolean): readonly (string | undefined)[] {
  const { table, person, testData } = context;
  if (table.owner === undefined) return [undefined];
  const isOfPeople = testData.isOfPeople(table);
  const isMembership = testData.isOfMembers(table);
  const isThere = (isOfPeople && person.hasRow) || (isMembership && isMemberOf(person, tenant));
  const stranger = testData.actors.find(({ kind, hasRow }) => kind === "outsider" && hasRow === isMembership)?.subject;
  const another = isOfPeople || isMembership ? stranger : (values[table.owner] ?? undefined);
  // A person without a row in the table of people can't have a row that points there.
  const needsRow = !isOfPeople && person.subject !== undefined && !person.hasRow && pointsToPeople(context);
  const owners = [
    ...(isThere || needsRow ? [] : [person.subject]),
    ...(names && another !== person.subject ? [another] : []),
  ];
  return [...new Set(owners)];
}

/** The row with another owner. Other columns that contain the owner, such as a folder in a path, change too. */
function withOwner(values: Values, { owner: column, facts }: PlannedTable, owner: string | undefined): Values {
  if (column === undefined || owner === undefined) return values;
  const keys = facts.keys.filter(({ isPrimary }) => isPrimary).flatMap(({ columns }) => columns);
  const before = values[column] ?? "";
  const changed = Object.entries(values).map(([name, value]): [string, string | null] => {
    if (name === column) return [name, owner];
    // A key that contains the owner's text does so by chance.
    const isOther = before.length < shortestName || value === null || (value === before && keys.includes(name));
    return [name, isOther ? value : value.replaceAll(before, owner)];
  });
  return Object.fromEntries(changed);
}

/** Shorter texts occur in others by chance. */
const shortestName = 6;

function pointsToPeople({ table, testData }: TableContext): boolean {
  const people = new Set(testData.plan.users.map((each) => formatQualified(each.table)));
  return table.facts.foreignKeys.some(
    ({ columns, to }) => columns.join() === table.owner && people.has(formatQualified(to)),
  );
}
