import { InputError } from "../errors/errors.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified, parseQualified, type QualifiedName } from "../sql/quote.ts";
import { repeatWhileSizeChanges } from "../values/repeat.ts";
import type { ColumnName, TableName, TableRules, Verification } from "./declaration.ts";
import type { SchemaFacts, TableFacts } from "./rows/schema-facts.ts";

/** A table whose rows are tried. */
export interface PlannedTable {
  /** `public.tasks` */
  readonly id: string;
  readonly facts: TableFacts;
  /** Whether its rows belong to tenants, through foreign keys or by declaration. */
  readonly belongs: boolean;
  /** The column with the `sub` of a row's owner. */
  readonly owner?: string;
  readonly rules?: TableRules;
}

/** A declaration whose names have been resolved against the live schema. */
export interface Plan {
  readonly verification: Verification;
  readonly facts: SchemaFacts;
  readonly tables: readonly PlannedTable[];
  readonly tenants?: QualifiedName;
  readonly members?: {
    readonly table: QualifiedName;
    readonly tenant: string;
    readonly user: string;
    readonly role?: string;
    readonly roles: readonly string[];
  };
  /**
   * The tables with a row for each person. There are several if one points to another, such as profiles to auth.users.
   */
  readonly users: readonly { readonly table: QualifiedName; readonly subject: string; readonly email?: string }[];
  readonly subject: "uuid" | "text";
  /** What is declared for a table or view. */
  readonly mayOf: (id: string) => TableRules["may"];
}

/** @throws {InputError} naming a table or column of the declaration that does not exist */
export function planOf(verification: Verification, facts: SchemaFacts, isWanted: (table: TableFacts) => boolean): Plan {
  const { people } = verification;
  const find = tableFinder(facts);
  const users = people.users && {
    table: find(people.users.table, "people.users.table"),
    subject: columnName(people.users.subject),
    email: people.users.email === undefined ? "email" : columnName(people.users.email),
  };
  const members = people.members && {
    table: find(people.members.table, "people.members.table"),
    tenant: columnName(people.members.tenant),
    user: columnName(people.members.user),
    ...(people.members.role === undefined ? {} : { role: columnName(people.members.role) }),
    roles: people.members.roles ?? [],
  };
  if (members !== undefined) {
    for (const column of [members.tenant, members.user, members.role]) refuseColumn(members.table, column);
  }
  if (users !== undefined) refuseColumn(users.table, users.subject);
  if (users !== undefined && people.users?.email !== undefined) refuseColumn(users.table, users.email);
  const tenants = people.tenants === undefined ? undefined : find(people.tenants, "people.tenants");
  const accounts = facts.tables.find(isAccounts);
  const pointsToAccounts = facts.tables.some(
    ({ schema, foreignKeys }) => !isMadeByPlatform(schema) && foreignKeys.some(({ to }) => isAccounts(to)),
  );
  const known = [
    ...(accounts !== undefined && pointsToAccounts ? [{ table: accounts, subject: "id", email: "email" }] : []),
    ...(users === undefined ? [] : [users]),
  ].map(({ table, subject, email }) => ({
    table,
    subject,
    ...(table.columns.some(({ name }) => name === email) ? { email } : {}),
  }));
  const rules = new Map((verification.tables ?? []).map((each) => [formatQualified(tableName(each.table)), each]));
  const roots = [...(tenants === undefined ? [] : [tenants]), ...known.map(({ table }) => table)];
  const belonging = belongingTo(roots, facts);
  const tables = facts.tables.filter(isWanted).map((table): PlannedTable => {
    const id = formatQualified(table);
    const rule = rules.get(id);
    const owner = ownerOf(table, rule, known, members);
    if (owner !== undefined) refuseColumn(table, owner);
    const isStated = rule?.tenant !== undefined || owner !== undefined;
    return {
      ...{ id, facts: table, belongs: belonging.has(id) || isStated },
      ...(owner === undefined ? {} : { owner }),
      ...(rule === undefined ? {} : { rules: rule }),
    };
  });
  const subject = people.subject ?? (isUuid(users ?? members, facts) ? "uuid" : "text");
  return {
    ...{ verification, facts, tables, users: known, subject, mayOf: (id: string) => rules.get(id)?.may ?? {} },
    ...(tenants === undefined ? {} : { tenants }),
    ...(members === undefined ? {} : { members }),
  };
}

export function columnName(column: ColumnName): string {
  return typeof column === "string" ? column : column.name;
}

export function tableName(table: TableName): QualifiedName {
  return typeof table === "string" ? parseQualified(table) : table.$table;
}

function isAccounts({ schema, name }: QualifiedName): boolean {
  return schema === "auth" && name === "users";
}

function tableFinder(facts: SchemaFacts): (table: TableName, property: string) => TableFacts {
  return (table, property) => {
    const name = tableName(table);
    const found = facts.tables.find((each) => each.schema === name.schema && each.name === name.name);
    if (found !== undefined) return found;
    throw new InputError(`verification.${property}: the database has no table ${formatQualified(name)}`);
  };
}

function refuseColumn(table: TableFacts, column: string | undefined): void {
  if (column === undefined || table.columns.some(({ name }) => name === column)) return;
  throw new InputError(`verification: ${formatQualified(table)} has no column ${column}`);
}

/** These tables, the tables that reach them through foreign keys, and the tables that inherit from any of these. */
function belongingTo(roots: readonly QualifiedName[], { tables }: SchemaFacts): ReadonlySet<string> {
  const found = new Set(roots.map(formatQualified));
  repeatWhileSizeChanges(found, () => {
    for (const table of tables)
      if ([...table.foreignKeys.map(({ to }) => to), ...table.parents].some((to) => found.has(formatQualified(to))))
        found.add(formatQualified(table));
  });
  return found;
}

function ownerOf(
  table: TableFacts,
  rule: TableRules | undefined,
  users: Plan["users"],
  members: Plan["members"],
): string | undefined {
  if (rule?.owner !== undefined) return columnName(rule.owner);
  const isSame = (one: QualifiedName) => one.schema === table.schema && one.name === table.name;
  if (members !== undefined && isSame(members.table)) return members.user;
  const own = users.find((each) => isSame(each.table));
  if (own !== undefined) return own.subject;
  const required = table.foreignKeys.flatMap(({ columns, to, toColumns }) => {
    const [column = "", ...more] = columns;
    const points = users.some(
      (each) => each.table.schema === to.schema && each.table.name === to.name && toColumns.join() === each.subject,
    );
    const isRequired = table.columns.some(({ name, notNull }) => name === column && notNull);
    return points && more.length === 0 && isRequired ? [column] : [];
  });
  const [only] = new Set(required);
  return new Set(required).size === 1 ? only : undefined;
}

function isUuid(
  place: { readonly table: TableFacts | QualifiedName; readonly subject?: string; readonly user?: string } | undefined,
  facts: SchemaFacts,
): boolean {
  if (place === undefined) return true;
  const column = place.subject ?? place.user;
  const table = facts.tables.find(({ schema, name }) => schema === place.table.schema && name === place.table.name);
  return table?.columns.find(({ name }) => name === column)?.typeText === "uuid";
}
