import { isSame, type Outlines } from "./outlines.ts";
import { byDefault, distinct, type PlannedChange, type PlannedValue, type PlannedValues } from "./planned-row.ts";
import type { References } from "./references.ts";
import type { Linked } from "./row-order.ts";
import type { RowRequest } from "./row-request.ts";
import { rowValues } from "./row-values.ts";
import type { RowsOfPlan } from "./rows-of-plan.ts";
import type { ForeignKeyFacts, TypeFacts } from "./schema-facts.ts";

/** The changes to try on a row: each column to another valid value, and each reference to a row of another tenant. */
export function planChanges(
  linked: Linked,
  rows: RowsOfPlan,
  references: References,
  outlines: Outlines,
  request: RowRequest,
): readonly PlannedChange[] {
  const { outline } = linked;
  if (outline.isDraft) return [];
  const links = outlines.linksOf(outline.table);
  const others = request.tenants.filter((tenant) => tenant !== outline.tenant);
  const elsewhere =
    outline.tenant === undefined
      ? []
      : others.flatMap((tenant) => toTenant(linked, tenant, links, rows, references, request));
  return [...ownValues(linked, links, rows, references), ...elsewhere];
}

/** Other valid values: those that further rows would get or, if there are few, each of them. */
function ownValues(
  linked: Linked,
  links: readonly ForeignKeyFacts[],
  rows: RowsOfPlan,
  references: References,
): readonly PlannedChange[] {
  const outline = rows.outline(linked);
  const without = { ...outline, given: new Map(), references: linked.references };
  const others = outline.conditions.alternatives
    .slice(0, 6)
    .flatMap((alternative, index) =>
      [49 + index, 55 + index].map((offset) =>
        rowValues(without, { alternative, number: outline.number + offset, usesDefaults: false }, rows.types),
      ),
    );
  const pointing = new Set(links.flatMap(({ columns }) => columns));
  return outline.table.columns.flatMap(({ name, type, typeText, isGenerated, notNull }): PlannedChange[] => {
    if (isGenerated) return [];
    const values: (PlannedValue | undefined)[] = pointing.has(name)
      ? linksTo(name, linked, links, references)
      : [...others.map((each) => each.get(name)), ...choicesOf(typeText, rows.types.get(type))];
    const found = values.flatMap((value) =>
      value === undefined || value === null || value === byDefault ? [] : [value],
    );
    const attempts = [...found, ...(notNull ? [] : [null])].map((value) => new Map([[name, value]]));
    return attempts.length === 0 ? [] : [{ kind: "value", attempts: distinct(attempts) }];
  });
}

function choicesOf(typeText: string, type: TypeFacts | undefined): readonly PlannedValue[] {
  if (typeText === "boolean") return ["true", "false"];
  return (type?.labels ?? []).slice(0, mostChoices);
}

/** The most labels of an enum that are tried. */
const mostChoices = 6;

/** Other rows of the same tenant that the column could reference. */
function linksTo(name: string, { outline }: Linked, links: readonly ForeignKeyFacts[], references: References) {
  const [link] = links.filter(({ columns }) => columns.includes(name));
  if (link === undefined || outline.tenant === undefined) return [];
  const column = link.toColumns[link.columns.indexOf(name)] ?? "";
  return references.rowsOf(link, outline.tenant).map(({ number }): PlannedValue => ({ row: number, column }));
}

function toTenant(
  linked: Linked,
  tenant: string,
  links: readonly ForeignKeyFacts[],
  rows: RowsOfPlan,
  references: References,
  request: RowRequest,
): readonly PlannedChange[] {
  const { outline } = linked;
  const stated = (request.tenantValues ?? []).flatMap(({ table, column, values }): [string, PlannedValue][] => {
    const value = values[tenant];
    return value !== undefined && isSame(table, outline.table) ? [[column, value]] : [];
  });
  const pointed = links.flatMap((link) => {
    const [row] = references.rowsOf(link, tenant);
    const values =
      row &&
      link.columns.map((name, index) => [name, { row: row.number, column: link.toColumns[index] ?? "" }] as const);
    const isTenant = request.tenantTable !== undefined && isSame(link.to, request.tenantTable);
    return values === undefined ? [] : [{ isTenant, values: new Map<string, PlannedValue>(values) }];
  });
  const tenantColumns = new Map([
    ...stated,
    ...pointed.filter(({ isTenant }) => isTenant).flatMap(({ values }) => [...values]),
  ]);
  const everything = new Map([...pointed.flatMap(({ values }) => [...values]), ...tenantColumns]);
  // A row that points to no tenant itself moves with what it points to.
  const moves = [tenantColumns, everything, withDependants(linked, everything, rows)].filter(({ size }) => size > 0);
  return [
    ...(moves.length > 0 ? [{ kind: "tenant" as const, tenant, attempts: distinct(moves) }] : []),
    ...pointed
      .filter(({ isTenant }) => !isTenant)
      .map(({ values }) => ({ kind: "reference" as const, tenant, attempts: [values] })),
  ];
}

/** With the columns whose values begin with one that changes, such as a path with the tenant's folder. */
function withDependants(linked: Linked, changed: PlannedValues, rows: RowsOfPlan): PlannedValues {
  const outline = rows.outline(linked);
  const [alternative] = outline.conditions.alternatives;
  if (alternative === undefined || changed.size === 0) return changed;
  const dependants = [...alternative.restrictions].flatMap(([column, { prefix = [] }]) =>
    prefix.some((part) => typeof part !== "string" && changed.has(part.column)) ? [column] : [],
  );
  if (dependants.length === 0) return changed;
  const values = rowValues(
    outline,
    { alternative, number: outline.number + 48, usesDefaults: false, override: changed },
    rows.types,
  );
  return new Map([...changed, ...dependants.map((column) => [column, values.get(column) ?? null] as const)]);
}
