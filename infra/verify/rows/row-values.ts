import { orderedType } from "./ordered-values.ts";
import { byDefault, type PlannedValue, type PlannedValues } from "./planned-row.ts";
import { type Alternative, type Relation, type Restriction, restrictBoth } from "./restriction.ts";
import type { ColumnFacts, SchemaFacts, TableFacts } from "./schema-facts.ts";
import { domainChain, type TableConditions } from "./table-conditions.ts";
import { typedValue } from "./values.ts";

/** What is known of a row before its own values are chosen. */
export interface RowOutline {
  readonly table: TableFacts;
  readonly number: number;
  /** Values set by the caller. */
  readonly given: PlannedValues;
  /** Columns that reference other rows. */
  readonly references: PlannedValues;
  readonly conditions: TableConditions;
}

export interface AttemptOptions {
  readonly alternative: Alternative;
  readonly number: number;
  /** Whether columns with a default use it. */
  readonly usesDefaults: boolean;
  /**
   * Whether nullable columns are null if no condition says otherwise; with `all`, including those that reference other
   * rows.
   */
  readonly nulls?: "own" | "all";
  readonly override?: PlannedValues;
}

/** The values of one attempt. */
export function rowValues(outline: RowOutline, options: AttemptOptions, types: SchemaFacts["types"]): PlannedValues {
  const { table } = outline;
  const { alternative } = options;
  const values = new Map<string, PlannedValue>();
  const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
  for (const column of inOrder(columns, alternative.relations)) {
    const found = options.override?.get(column.name) ?? columnValue(column, outline, options, values, types);
    values.set(column.name, found);
  }
  return new Map(columns.map(({ name }) => [name, whole(values.get(name) ?? null, values)]));
}

function columnValue(
  column: ColumnFacts,
  outline: RowOutline,
  options: AttemptOptions,
  values: PlannedValues,
  types: SchemaFacts["types"],
): PlannedValue {
  const { name } = column;
  const given = outline.given.get(name);
  if (given !== undefined) return given;
  const { restrictions, relations } = options.alternative;
  const restriction = restrictions.get(name);
  const mayBeNull = !column.notNull && !domainChain(column.type, types).some(({ notNull }) => notNull);
  const reference = outline.references.get(name);
  if (reference !== undefined) {
    const isNull = restriction?.isNull === true || (options.nulls === "all" && restriction === undefined);
    return isNull && mayBeNull ? null : reference;
  }
  if (restriction?.isNull === true && mayBeNull) return null;
  const equal = relations.find(({ operator, right }) => operator === "=" && right === name);
  if (equal !== undefined && values.has(equal.left)) return values.get(equal.left) ?? null;
  const isFree = restriction === undefined && !relations.some(({ left, right }) => left === name || right === name);
  if (isFree && options.nulls !== undefined && mayBeNull) return null;
  if (isFree && options.usesDefaults && hasUsableDefault(column, outline)) return byDefault;
  const prefix = restriction?.prefix;
  const typed = typedValue(
    {
      ...{ type: column.type, modifier: column.modifier, word: name, number: options.number },
      ...{ column: outline.table.columns.indexOf(column), isUnique: isDistinguishing(column, outline.table) },
      restriction: related(restriction ?? {}, column, options.alternative, values, types),
      inside: insideOf(name, restrictions),
    },
    types,
  );
  if (prefix === undefined) return typed;
  const parts = prefix.map((part) => (typeof part === "string" ? part : (values.get(part.column) ?? null)));
  return { join: [...parts, typed] };
}

/**
 * A default that calls `nextval` is not used, because it would advance the sequence. Nor is a default of a column that
 * distinguishes rows, because its value has to be known.
 */
function hasUsableDefault(column: ColumnFacts, { table, conditions }: RowOutline): boolean {
  if (column.default === undefined || column.identity !== undefined) return false;
  if (/\bnextval\(/.test(column.default) || isDistinguishing(column, table)) return false;
  const isNeeded = conditions.alternatives.some(({ restrictions }) =>
    [...restrictions.values()].some(({ prefix = [] }) =>
      prefix.some((part) => typeof part !== "string" && part.column === column.name),
    ),
  );
  return !isNeeded;
}

/** Whether the column distinguishes rows, so that its values have to differ. */
function isDistinguishing({ name, identity, default: value }: ColumnFacts, table: TableFacts): boolean {
  return (
    identity !== undefined ||
    value?.includes("nextval(") === true ||
    table.keys.some(({ columns }) => columns.includes(name)) ||
    table.exclusions.some(({ definition }) => definition.includes(name)) ||
    table.keys.some(({ isPartial, columns }) => isPartial && columns.length === 0)
  );
}

/** The restriction, narrowed by the values that compared columns have already. */
function related(
  restriction: Restriction,
  { name, type, modifier }: ColumnFacts,
  { relations, restrictions }: Alternative,
  values: PlannedValues,
  types: SchemaFacts["types"],
): Restriction {
  const isOrdered = orderedType(domainChain(type, types).at(-1)?.name ?? "", modifier) !== undefined;
  return relations.reduce((all, { left, operator, right }) => {
    const isRight = right === name;
    const other = values.get(isRight ? left : right);
    const isExclusive = operator === "<";
    let added: Restriction = {};
    if (typeof other === "string") {
      if (operator === "<>") added = { noneOf: [other] };
      else if (operator !== "=" && isOrdered) {
        added = isRight ? { atLeast: { value: other, isExclusive } } : { atMost: { value: other, isExclusive } };
      }
    } else if (left === name && isOrdered && operator !== "<>") {
      // If a later column is limited, this one leaves room for it below that limit.
      const limit = restrictions.get(right)?.atMost ?? lastOf(restrictions.get(right)?.oneOf);
      if (limit !== undefined) added = { atMost: { ...limit, isExclusive: true } };
    }
    return (left === name || isRight ? restrictBoth(all, added) : all) ?? all;
  }, restriction);
}

function lastOf(oneOf: readonly string[] | undefined) {
  const value = oneOf?.at(0);
  return value === undefined ? undefined : { value, isExclusive: false };
}

function insideOf(column: string, restrictions: Alternative["restrictions"]): ReadonlyMap<string, Restriction> {
  const start = `${column}\0`;
  return new Map(
    [...restrictions].flatMap(([place, each]) => (place.startsWith(start) ? [[place.slice(start.length), each]] : [])),
  );
}

/** Orders columns after those that they have to be greater than, or start with. */
function inOrder(columns: readonly ColumnFacts[], relations: readonly Relation[]): readonly ColumnFacts[] {
  const ordered = new Set<ColumnFacts>();
  const visit = (column: ColumnFacts, above: readonly string[]) => {
    if (ordered.has(column) || above.includes(column.name)) return;
    for (const { left, right } of relations) {
      const before = right === column.name ? columns.find(({ name }) => name === left) : undefined;
      if (before !== undefined) visit(before, [...above, column.name]);
    }
    ordered.add(column);
  };
  for (const column of columns) visit(column, []);
  return [...ordered];
}

/** Joins a text whose parts are all constants into one constant. */
function whole(value: PlannedValue, values: PlannedValues): PlannedValue {
  if (value === null || typeof value === "string" || !("join" in value)) return value;
  const parts = value.join.map((part) => whole(part, values));
  return parts.every((part) => typeof part === "string") ? parts.join("") : { join: parts };
}
