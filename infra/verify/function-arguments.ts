import { isNamedIn } from "../sql/named-in.ts";
import { quoteQualified } from "../sql/quote.ts";
import type { CalledFunction } from "./function-attempts.ts";
import type { NotTried } from "./report.ts";
import { literal } from "./row-sql.ts";
import type { TestData } from "./test-data.ts";

/** A parameter of a function. */
export interface Argument {
  readonly name: string | null;
  /** As written in a cast. */
  readonly type: string;
  /** `pg_type.typtype` and `typcategory`. */
  readonly kind: string;
  readonly category: string;
  /** For an array: the type of its elements. */
  readonly of: string | null;
  /** For an enum, or an array of one. */
  readonly labels: readonly string[];
}

/** The most calls of one function by one person for one tenant. */
const mostCalls = 16;
/** The most values of a column, and the most rows as JSON, that are tried. */
const mostValues = 4;

/** The call with these arguments. Omitted arguments get their defaults. */
export function callOf(called: CalledFunction, given: readonly (string | null)[]): string {
  const values = given.map((value, index) => {
    const { type = "", kind } = called.arguments[index] ?? {};
    if (kind === "c" && value !== null) return `jsonb_populate_record(null::${type}, ${literal(value)}::jsonb)`;
    return `${called.isVariadic && index === called.arguments.length - 1 ? "variadic " : ""}${literal(value)}::${type}`;
  });
  return `${quoteQualified(called)}(${values.join(", ")})`;
}

/**
 * Arguments in several calls: keys and values of one tenant's rows, and other values that the types allow. First each
 * argument is varied by itself, the likeliest values first; then all together. Nulls are avoided because a strict
 * function would not run.
 */
export function argumentsFor(called: CalledFunction, tenant: string, testData: TestData): readonly (string | null)[][] {
  const keys = keysOf(called, tenant, testData);
  const values = called.arguments.map((argument) => valuesFor(argument, keys, tenant, testData));
  const whole = values.map((list) => list[0] ?? null);
  if (called.isStrict && whole.slice(0, whole.length - called.defaults).includes(null)) return [];
  const most = Math.max(0, ...values.map(({ length }) => length));
  const alone = Array.from({ length: most }, (_, place) =>
    values.flatMap((list, index) => (list[place] === undefined ? [] : [whole.with(index, list[place])])),
  ).flat();
  const combinations = values.reduce((count, { length }) => count * Math.max(length, 1), 1);
  // Each list is shifted against the others when it wraps around, so that the same values don't always meet.
  const together = Array.from({ length: Math.min(combinations, mostCalls) }, (_, call) =>
    values.map((list, index) => list[(call + Math.floor(call / list.length) * index) % list.length] ?? null),
  );
  const short = called.defaults === 0 ? [] : [whole.slice(0, whole.length - called.defaults)];
  const calls = new Map([...short, ...alone, ...together].map((given) => [JSON.stringify(given), given]));
  return [...calls.values()].slice(0, mostCalls);
}

/** The functions for which no arguments could be found. */
export function uncalledFunctions(
  called: readonly CalledFunction[],
  tenants: readonly string[],
  testData: TestData,
): readonly NotTried[] {
  const reason = "it does nothing where an argument is null, and no value is known for one of them";
  return called
    .filter((each) => !each.isProcedure && tenants.every((tenant) => argumentsFor(each, tenant, testData).length === 0))
    .map(({ signature }) => ({ object: signature, command: "execute", reason, count: 1 }));
}

function isKey({ type }: Argument): boolean {
  return /^(?:uuid|text|character varying|bigint|integer)$/.test(type);
}

/** Values from columns with the argument's name, then keys, then plain values of the type. */
function valuesFor(argument: Argument, keys: readonly string[], tenant: string, testData: TestData): readonly string[] {
  const { type, kind, category, labels, of } = argument;
  if (labels.length > 0) return category === "A" ? labels.map((label) => arrayOf([label])) : labels;
  if (category === "A" && of !== null) {
    const element = { ...argument, type: of, category: "", of: null };
    return valuesFor(element, keys, tenant, testData).map((value) => arrayOf([value]));
  }
  const rows = testData.plan.tables.flatMap(({ id }) => testData.rowsOf(id).filter((row) => row.tenant === tenant));
  if (kind === "c" || type === "json" || type === "jsonb") {
    const tables = [...new Map(rows.map((row) => [row.table, row])).values()];
    return tables.slice(0, mostValues).map(({ values }) => JSON.stringify(values));
  }
  const values = columnValues(argument, tenant, testData);
  if (type === "boolean") return ["true", "false"];
  if (!isKey(argument)) return values.length > 0 ? values : plainValues(category);
  const roles = argument.name?.includes("role") ? (testData.plan.members?.roles ?? []) : [];
  const known = [...new Set([...values, ...roles])];
  if (known.length > 0) return known;
  const found = keys.filter((key) => fits(type, key));
  // An empty search term finds everything.
  const [first, ...more] = found;
  if (category === "S" && first !== undefined) return [first, "%", ...more];
  return found.length > 0 ? found : plainValues(category);
}

/**
 * The tenant's values in columns with the argument's name, without a prefix `_` or `p_`. `id` is skipped because every
 * table has its own.
 */
function columnValues({ name, type }: Argument, tenant: string, testData: TestData): readonly string[] {
  const column = (name ?? "").replace(/^(?:p|in|arg)?_/, "");
  if (column === "id") return [];
  const rows = testData.plan.tables.flatMap(({ id }) => testData.rowsOf(id).filter((row) => row.tenant === tenant));
  const values = rows.flatMap(({ values: own }) => own[column] ?? []).filter((value) => fits(type, value));
  return [...new Set(values)].slice(0, mostValues);
}

/** By `typcategory`: numbers, dates and times, intervals. */
function plainValues(category: string): readonly string[] {
  if (category === "N") return ["1"];
  return category === "D" ? ["now"] : category === "T" ? ["1 day"] : [];
}

/**
 * The key of the tenant's own row, and of one row in each table: those that the body names first, then one of the
 * people.
 */
function keysOf({ source }: CalledFunction, tenant: string, testData: TestData): readonly string[] {
  const { tables } = testData.plan;
  const named = new Set(tables.filter(({ facts }) => isNamedIn(source, facts.name)));
  const ordered = [...named, ...tables.filter((table) => !named.has(table))];
  const rows = ordered.flatMap(({ id }) =>
    testData
      .rowsOf(id)
      .filter((row) => row.tenant === tenant)
      .slice(0, 1),
  );
  const ofRows = rows.map(({ key }) => Object.values(key)[0]);
  const person = testData.actors.find((each) => each.tenant === tenant && each.hasRow)?.subject;
  const keys = [testData.tenantId(tenant), ...ofRows.slice(0, named.size), person, ...ofRows.slice(named.size)];
  return [...new Set(keys.flatMap((key) => (key === undefined || key === null || key === "" ? [] : [key])))];
}

function arrayOf(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

function fits(type: string, value: string): boolean {
  if (type === "uuid") return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  const most = greatest[type];
  if (most !== undefined) return /^-?\d{1,19}$/.test(value) && BigInt(value) <= most;
  return (
    /^(?:text|character varying)$/.test(type) ||
    (/^(?:numeric|real|double precision)$/.test(type) && !Number.isNaN(Number(value)))
  );
}

/** The greatest value of each integer type. */
const greatest: Readonly<Record<string, bigint>> = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};
