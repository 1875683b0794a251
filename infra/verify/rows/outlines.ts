import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import type { PlannedValue, RowPlan } from "./planned-row.ts";
import type { FixtureValue, GivenRow, GivenValue, RowRequest } from "./row-request.ts";
import type { ForeignKeyFacts, SchemaFacts, TableFacts } from "./schema-facts.ts";

/** A planned row of which only the caller's values are known. */
export interface Outline {
  readonly number: number;
  readonly name?: string;
  readonly table: TableFacts;
  readonly tenant?: string;
  readonly isDraft: boolean;
  readonly given: Map<string, PlannedValue>;
}

type Kind = Partial<Pick<Outline, "isDraft" | "name">>;

export interface Outlines {
  readonly outlines: Outline[];
  readonly excluded: RowPlan["excluded"];
  /** The foreign keys of a table, and the links that the caller declared. */
  linksOf(table: QualifiedName): readonly ForeignKeyFacts[];
  /** Adds a row of a table. */
  add(table: TableFacts, tenant: string | undefined): Outline;
}

/**
 * The rows of a request: one for each table and tenant, unless one is given, and a draft of another.
 * @throws {Error} naming a row of the request that names a table or row that does not exist
 */
export function outlineRows(schema: SchemaFacts, request: RowRequest): Outlines {
  const byName = new Map(schema.tables.map((table) => [formatQualified(table), table]));
  const linksOf = linkFinder(request);
  const { tables, excluded } = chooseTables(schema, request, byName, linksOf);
  const outlines: Outline[] = [];
  const add = (table: TableFacts, tenant?: string, { isDraft = false, name }: Kind = {}): Outline => {
    const outline = {
      ...{ number: outlines.length, table, isDraft, given: givenFor(table, tenant, request) },
      ...(tenant === undefined ? {} : { tenant }),
      ...(name === undefined ? {} : { name }),
    };
    outlines.push(outline);
    return outline;
  };
  const { tenants, tenantTable, given = [] } = request;
  const isTenants = (table: QualifiedName) => tenantTable !== undefined && isSame(table, tenantTable);
  const named = addGiven(given, byName, add);
  for (const table of tables) {
    for (const tenant of tenants) {
      const isThere = outlines.some((row) => !row.isDraft && row.tenant === tenant && isSame(row.table, table));
      if (isTenants(table)) named.set(tenant, named.get(tenant) ?? add(table, tenant, { name: tenant }));
      else if (!isThere) add(table, tenant);
    }
  }
  for (const table of tables) for (const tenant of tenants) add(table, tenant, { isDraft: true });
  for (const row of given) fillIn(row, named);
  return { outlines, excluded, linksOf, add: (table, tenant) => add(table, tenant) };
}

export function isSame(one: QualifiedName, other: QualifiedName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

function linkFinder({ links = [] }: RowRequest): (table: QualifiedName) => readonly ForeignKeyFacts[] {
  const stated = new Map<string, ForeignKeyFacts[]>();
  for (const { table, columns, to } of links) {
    const key = formatQualified(table);
    const link = { name: "", columns, to: to.table, toColumns: to.columns, isDeferrable: false };
    stated.set(key, [...(stated.get(key) ?? []), link]);
  }
  return (table) => [...(table as TableFacts).foreignKeys, ...(stated.get(formatQualified(table)) ?? [])];
}

/** The requested tables and those that they reference, if rows can be made in them. */
function chooseTables(
  { tables }: SchemaFacts,
  request: RowRequest,
  byName: ReadonlyMap<string, TableFacts>,
  linksOf: Outlines["linksOf"],
): { readonly tables: readonly TableFacts[]; readonly excluded: RowPlan["excluded"] } {
  const wanted =
    request.tables?.map((table) => found(byName, table, "the request")) ??
    tables.filter(({ schema, isExtension }) => !isMadeByPlatform(schema) && !isExtension);
  const chosen = new Set<TableFacts>();
  const excluded: { table: QualifiedName; reason: string; advice: string }[] = [];
  const choose = (table: TableFacts, isAsked: boolean) => {
    if (chosen.has(table)) return;
    const obstacle = obstacleTo(table);
    if (obstacle !== undefined && isAsked)
      excluded.push({ table: { schema: table.schema, name: table.name }, ...obstacle });
    if (obstacle !== undefined) return;
    chosen.add(table);
    for (const { to } of linksOf(table)) {
      const target = byName.get(formatQualified(to));
      if (target !== undefined) choose(target, false);
    }
  };
  for (const table of wanted) choose(table, true);
  for (const { table } of request.given ?? []) choose(found(byName, table, "the request"), true);
  return { tables: [...chosen], excluded };
}

function obstacleTo({ kind, canInsert }: TableFacts): { readonly reason: string; readonly advice: string } | undefined {
  if (kind === "f") {
    return {
      reason: "it is a foreign table: its rows are in another database, where nothing can be taken back",
      advice: "try who reaches it by hand",
    };
  }
  return canInsert
    ? undefined
    : {
        reason: "the connection's role may not insert into it",
        advice: "grant SELECT and INSERT on it to that role, or leave it out",
      };
}

function addGiven(
  given: readonly GivenRow[],
  byName: ReadonlyMap<string, TableFacts>,
  add: (table: TableFacts, tenant: string | undefined, kind: Kind) => Outline,
): Map<string, Outline> {
  const named = new Map<string, Outline>();
  for (const { name, table, tenant, isDraft = false } of given) {
    if (named.has(name)) throw new Error(`two rows of the request are named ${name}`);
    named.set(name, add(found(byName, table, `the row ${name}`), tenant, { isDraft, name }));
  }
  return named;
}

/** Sets a row's given values, once every row has its number. */
function fillIn({ name, values = {} }: GivenRow, named: ReadonlyMap<string, Outline>): void {
  const outline = named.get(name);
  for (const [column, value] of Object.entries(values)) {
    if (outline?.table.columns.some((one) => one.name === column) !== true) {
      throw new Error(`the row ${name}: its table has no column ${column}`);
    }
    outline.given.set(column, plannedValue(name, value, named));
  }
}

function plannedValue(name: string, value: GivenValue, named: ReadonlyMap<string, Outline>): PlannedValue {
  if ("text" in value) return value.text;
  if ("sql" in value) return value;
  const row = named.get(value.row);
  if (row === undefined) throw new Error(`the row ${name} points to the row ${value.row}, which is not in the request`);
  return { row: row.number, column: value.column };
}

function givenFor(table: TableFacts, tenant: string | undefined, request: RowRequest): Map<string, PlannedValue> {
  const { tenantValues = [], fixtures = {} } = request;
  const byTenant = tenantValues.flatMap(({ table: one, column, values }): [string, PlannedValue][] => {
    const value = tenant === undefined ? undefined : values[tenant];
    return value !== undefined && isSame(one, table) ? [[column, value]] : [];
  });
  const fixture = Object.entries(fixtures[formatQualified(table)] ?? {});
  return new Map([...byTenant, ...fixture.map(([column, value]) => [column, fixtureValue(value)] as const)]);
}

function fixtureValue(value: FixtureValue): PlannedValue {
  return typeof value === "object" ? value : String(value);
}

function found(byName: ReadonlyMap<string, TableFacts>, table: QualifiedName, where: string): TableFacts {
  const facts = byName.get(formatQualified(table));
  if (facts === undefined) throw new Error(`${where} names the table ${formatQualified(table)}, which is not there`);
  return facts;
}
