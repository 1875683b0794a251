import type { Relation } from "../access/reach/reachable.ts";
import { InputError } from "../errors/errors.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import { type Actor, tenantNames } from "./actors.ts";
import { conditionRows } from "./condition-rows.ts";
import type { FurtherRow } from "./declaration.ts";
import { checkFurtherValues } from "./declaration-input.ts";
import { columnName, type Plan, type PlannedTable, tableName } from "./plan.ts";
import type { GivenRow, GivenValue, RowRequest } from "./rows/row-request.ts";
import type { TableFacts } from "./rows/schema-facts.ts";
import { membershipsOf } from "./who.ts";

/** The rows to make: the people, their memberships and, in each table with an owner column, a row for each person. */
export function rowRequestOf(
  plan: Plan,
  actors: readonly Actor[],
  relations: ReadonlyMap<string, Relation>,
): RowRequest {
  const { verification, tenants, tables } = plan;
  const people = actors.filter(({ hasRow, kind }) => hasRow && kind !== "odd claims");
  const links = tables.flatMap(({ facts, rules }) =>
    rules?.tenant === undefined || tenants === undefined || pointsTo(facts, columnName(rules.tenant))
      ? []
      : [{ table: facts, columns: [columnName(rules.tenant)], to: { table: tenants, columns: keyOf(plan, tenants) } }],
  );
  return {
    tenants: tenantNames,
    ...(tenants === undefined ? {} : { tenantTable: tenants }),
    given: mergeRows([
      ...people.flatMap((person) => accountsOf(plan, person)),
      ...membershipRows(plan, people),
      ...tables.flatMap((table) => ownedRows(plan, table, people)),
      ...(verification.rows ?? []).map((row, index) => furtherRow(plan, actors, row, index)),
      ...conditionRows(plan, relations),
    ]),
    ...(plan.members === undefined ? {} : { complete: [plan.members.table] }),
    links,
    fixtures: verification.fixtures ?? {},
  };
}

/** Values that a further row sets in somebody's account are merged into their existing row. */
function mergeRows(rows: readonly GivenRow[]): readonly GivenRow[] {
  const merged = new Map<string, GivenRow>();
  for (const row of rows) {
    const before = merged.get(row.name);
    merged.set(row.name, before === undefined ? row : { ...before, values: { ...before.values, ...row.values } });
  }
  return [...merged.values()];
}

/**
 * A person's rows in the tables of people, the one that others point to first. The row of somebody in both tenants
 * belongs to neither.
 */
function accountsOf({ users }: Plan, person: Actor): readonly GivenRow[] {
  return users.map(({ table, subject, email }, index): GivenRow => {
    const parent = index === 0 ? undefined : users[index - 1];
    const facts = table as TableFacts;
    const memberships = membershipsOf(person);
    const points = parent !== undefined && facts.foreignKeys.some(({ columns }) => columns.join() === subject);
    return {
      name: accountName(person, table),
      table: nameOf(table),
      ...(memberships[0] === undefined || memberships.length > 1 ? {} : { tenant: memberships[0].tenant }),
      values: {
        [subject]: points
          ? { row: accountName(person, parent.table), column: parent.subject }
          : { text: person.subject ?? null },
        ...(email === undefined ? {} : { [email]: { text: person.email ?? null } }),
      },
    };
  });
}

function membershipRows({ members, ...plan }: Plan, people: readonly Actor[]): readonly GivenRow[] {
  if (members === undefined) return [];
  return people.flatMap((person) =>
    membershipsOf(person).map(
      ({ tenant, role }): GivenRow => ({
        name: `membership of ${person.name} in ${tenant}`,
        table: nameOf(members.table),
        tenant,
        values: {
          [members.user]: subjectValue(plan, members.table, members.user, person),
          ...(members.role === undefined || role === undefined ? {} : { [members.role]: { text: role } }),
        },
      }),
    ),
  );
}

function ownedRows(plan: Plan, table: PlannedTable, people: readonly Actor[]): readonly GivenRow[] {
  const { owner, facts, id } = table;
  const isOfPeople = [...plan.users.map((each) => each.table), ...(plan.members ? [plan.members.table] : [])].some(
    (each) => formatQualified(each) === id,
  );
  if (owner === undefined || isOfPeople) return [];
  return people.flatMap((person) => {
    const { formerTenant } = person;
    const tenants = formerTenant === undefined ? membershipsOf(person).map(({ tenant }) => tenant) : [formerTenant];
    const values = { [owner]: subjectValue(plan, facts, owner, person) };
    return tenants.map((tenant): GivenRow => {
      return { name: `row of ${person.name} in ${id} of ${tenant}`, table: nameOf(facts), tenant, values };
    });
  });
}

/** @throws {InputError} if the owner is not one of the actors */
function furtherRow(
  plan: Plan,
  actors: readonly Actor[],
  { table, tenant, owner, values }: FurtherRow,
  index: number,
): GivenRow {
  const name = tableName(table);
  const planned = plan.tables.find(({ id }) => id === formatQualified(name));
  const person = actors.find((each) => each.name === owner);
  const refuse = (problem: string): never => {
    throw new InputError({ path: ["verification", "rows", index], message: problem });
  };
  if (owner !== undefined && person === undefined) {
    const names = actors.flatMap((each) => (each.hasRow && !each.isSilent ? [each.name] : []));
    refuse(`the owner ${owner} is none of ${listWords(names)}`);
  }
  if (owner !== undefined && planned?.owner === undefined && typeof values !== "function")
    refuse(
      `the owner ${owner} can't be: ${formatQualified(name)} has no owner; give the values by a function of theirs`,
    );
  const told =
    typeof values === "function" ? values(person ?? refuse("the values are of an owner; name them")) : values;
  if (typeof values === "function") checkFurtherValues(told, ["verification", "rows", index, "values"]);
  const given = Object.entries(told).flatMap(([column, value]): (readonly [string, GivenValue])[] => {
    if (value === undefined) return [];
    if (typeof value === "object" && value !== null) return [[column, value]];
    const somebody = value === null ? undefined : actors.find(({ subject, hasRow }) => hasRow && subject === value);
    const facts = somebody && plan.tables.find(({ id }) => id === formatQualified(name))?.facts;
    return [[column, somebody && facts ? subjectValue(plan, facts, column, somebody) : { text: value }]];
  });
  const owned: readonly [string, GivenValue][] =
    person === undefined || planned?.owner === undefined
      ? []
      : [[planned.owner, subjectValue(plan, planned.facts, planned.owner, person)]];
  const account = plan.users.find((each) => formatQualified(each.table) === formatQualified(name));
  const isAccount = account !== undefined && person?.hasRow === true && told[account.subject] === person.subject;
  // The account already has its key.
  const more = given.filter(([column]) => !isAccount || column !== account.subject);
  return {
    ...{ name: isAccount ? accountName(person, account.table) : `further row ${index + 1}`, table: name },
    values: Object.fromEntries([...(isAccount ? [] : owned), ...more]),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** The `sub` for a column, as a reference if a foreign key says so, so that the person's own row is made first. */
function subjectValue({ users }: Pick<Plan, "users">, table: QualifiedName, column: string, person: Actor): GivenValue {
  const key = (table as TableFacts).foreignKeys?.find(({ columns }) => columns.join() === column);
  const place = key && users.find((each) => formatQualified(each.table) === formatQualified(key.to));
  return place === undefined
    ? { text: person.subject ?? null }
    : { row: accountName(person, place.table), column: place.subject };
}

function accountName({ name }: Pick<Actor, "name">, table: QualifiedName): string {
  return `${name} in ${formatQualified(table)}`;
}

function pointsTo({ foreignKeys }: TableFacts, column: string): boolean {
  return foreignKeys.some(({ columns }) => columns.includes(column));
}

function keyOf({ tables }: Plan, { schema, name }: QualifiedName): readonly string[] {
  const found = tables.find(({ facts }) => facts.schema === schema && facts.name === name);
  return found?.facts.keys[0]?.columns ?? ["id"];
}

function nameOf({ schema, name }: QualifiedName): QualifiedName {
  return { schema, name };
}
