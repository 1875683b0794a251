import { formatQualified } from "../sql/quote.ts";
import { type Attempt, type Rules, relationOf } from "./attempt.ts";
import { expectationOf } from "./judge.ts";
import type { PlannedTable } from "./plan.ts";
import { insertion } from "./row-sql.ts";
import type { Draft, Values } from "./rows/made-rows.ts";
import { type TableContext, withoutRowsInTheWay } from "./table-context.ts";
import { isMemberOf } from "./who.ts";

/** A row for each tenant: as the person's own, and where they may say whose it is, as somebody else's. */
export function insertAttempts(context: TableContext): readonly Attempt[] {
  const { table, person, testData, rights, rules } = context;
  const granted = rights.columns(person.databaseRole, table.id, "insert");
  // Without any privilege, whatever is named is refused.
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

/** Which columns a row of theirs may be made with, one by one: a column that the database is to give is easily granted with the others. */
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
  // Where a rule lets somebody into another's, such as by an invitation, nothing is said of its columns.
  const isUnstated = !isTheirs(own);
  return columns.map((column): Attempt => {
    const named = columns
      .filter((name) => name === column || (granted.includes(name) && own.row.values[name] !== undefined))
      .map((name) => [name, own.row.values[name]] as const);
    const statement = named.every(([name]) => granted.includes(name) && own.row.values[name] !== undefined)
      ? own.statement
      : { ...own.statement, sql: insertion(table.facts, named, identity) };
    // Nobody says of a column who may set it; what is found is accepted.
    const rules: Rules = { may: {}, stays: true, ...(isUnstated ? { isUnstated } : {}) };
    return { ...own, what: `with ${column}`, statement, rules };
  });
}

/** A member's role, and the columns where only some may be set. */
function toldOf(what: string | undefined, columns: readonly string[]): Pick<Attempt, "what"> {
  const told = [...(what === undefined ? [] : [what]), ...columns];
  return told.length === 0 ? {} : { what: told.join(", ") };
}

/** The tenant whose row it is to be; where persons own the rows and there are no tenants, that of the owner. */
function tenantOf(context: TableContext, draft: Draft, owner: string | undefined): string | undefined {
  const { table, person, testData } = context;
  if (testData.isOfPeople(table)) return person.tenant;
  if (testData.plan.tenants !== undefined || table.owner === undefined) return draft.tenant;
  return testData.actors.find(({ subject }) => subject !== undefined && subject === owner)?.tenant;
}

/** Whose the row is to be: the person's, unless there is such a row already, and where they may say so, another's. */
function ownersOf(context: TableContext, { values, tenant }: Draft, names: boolean): readonly (string | undefined)[] {
  const { table, person, testData } = context;
  if (table.owner === undefined) return [undefined];
  const isOfPeople = testData.isOfPeople(table);
  const isMembership = testData.isOfMembers(table);
  const isThere = (isOfPeople && person.hasRow) || (isMembership && isMemberOf(person, tenant));
  const stranger = testData.actors.find(({ kind, hasRow }) => kind === "outsider" && hasRow === isMembership)?.subject;
  const another = isOfPeople || isMembership ? stranger : (values[table.owner] ?? undefined);
  // Who has no row among people can't have one that points there.
  const needsRow = !isOfPeople && person.subject !== undefined && !person.hasRow && pointsToPeople(context);
  const owners = [
    ...(isThere || needsRow ? [] : [person.subject]),
    ...(names && another !== person.subject ? [another] : []),
  ];
  return [...new Set(owners)];
}

/** As somebody else's row; what names the owner in other columns, such as a folder in a path, names the new one. */
function withOwner(values: Values, { owner: column, facts }: PlannedTable, owner: string | undefined): Values {
  if (column === undefined || owner === undefined) return values;
  const keys = facts.keys.filter(({ isPrimary }) => isPrimary).flatMap(({ columns }) => columns);
  const before = values[column] ?? "";
  const changed = Object.entries(values).map(([name, value]): [string, string | null] => {
    if (name === column) return [name, owner];
    // A key that looks like the owner does so by chance.
    const isOther = before.length < shortestName || value === null || (value === before && keys.includes(name));
    return [name, isOther ? value : value.replaceAll(before, owner)];
  });
  return Object.fromEntries(changed);
}

/** Shorter texts are in others by chance. */
const shortestName = 6;

function pointsToPeople({ table, testData }: TableContext): boolean {
  const people = new Set(testData.plan.users.map((each) => formatQualified(each.table)));
  return table.facts.foreignKeys.some(
    ({ columns, to }) => columns.join() === table.owner && people.has(formatQualified(to)),
  );
}
