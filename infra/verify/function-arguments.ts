import { isNamedIn } from "../sql/named-in.ts";
import { quoteQualified } from "../sql/quote.ts";
import type { CalledFunction } from "./function-attempts.ts";
import type { NotTried } from "./report.ts";
import { literal } from "./row-sql.ts";
import type { TestData } from "./test-data.ts";

/** What a function takes. */
export interface Argument {
  readonly name: string | null;
  /** As in a cast. */
  readonly type: string;
  /** `pg_type.typtype` and `typcategory`. */
  readonly kind: string;
  readonly category: string;
  /** Of an array: its elements' type. */
  readonly of: string | null;
  /** Of an enum, or an array of one. */
  readonly labels: readonly string[];
}

/** At most so many calls of one function by one person for one tenant. */
const mostCalls = 16;
/** So many values of a column, and rows as JSON, are tried. */
const mostValues = 4;

/** The call with these arguments; those that are left out have their defaults. */
export function callOf(called: CalledFunction, given: readonly (string | null)[]): string {
  const values = given.map((value, index) => {
    const { type = "", kind } = called.arguments[index] ?? {};
    if (kind === "c" && value !== null) return `jsonb_populate_record(null::${type}, ${literal(value)}::jsonb)`;
    return `${called.isVariadic && index === called.arguments.length - 1 ? "variadic " : ""}${literal(value)}::${type}`;
  });
  return `${quoteQualified(called)}(${values.join(", ")})`;
}

/**
 * Keys and values of one tenant's rows, and what else the types allow, in several calls: first each argument by itself with each of its values,
 * what is likeliest before, then together. A strict function would not run with a null.
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
  // Each list is shifted against the others whenever it has been gone through, so that the same values don't always meet.
  const together = Array.from({ length: Math.min(combinations, mostCalls) }, (_, call) =>
    values.map((list, index) => list[(call + Math.floor(call / list.length) * index) % list.length] ?? null),
  );
  const short = called.defaults === 0 ? [] : [whole.slice(0, whole.length - called.defaults)];
  const calls = new Map([...short, ...alone, ...together].map((given) => [JSON.stringify(given), given]));
  return [...calls.values()].slice(0, mostCalls);
}

/** The functions that nothing is known to call with. */
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

/** Of columns that are named as the argument; keys; and what any value of the type may be. */
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
  // With it a search finds everything.
  const [first, ...more] = found;
  if (category === "S" && first !== undefined) return [first, "%", ...more];
  return found.length > 0 ? found : plainValues(category);
}

/** What the tenant's rows have in a column of the argument's name, which may begin with `_` or `p_`; each table has its own `id`. */
function columnValues({ name, type }: Argument, tenant: string, testData: TestData): readonly string[] {
  const column = (name ?? "").replace(/^(?:p|in|arg)?_/, "");
  if (column === "id") return [];
  const rows = testData.plan.tables.flatMap(({ id }) => testData.rowsOf(id).filter((row) => row.tenant === tenant));
  const values = rows.flatMap(({ values: own }) => own[column] ?? []).filter((value) => fits(type, value));
  return [...new Set(values)].slice(0, mostValues);
}

/** By the type's category: number, date and time, length of time. */
function plainValues(category: string): readonly string[] {
  if (category === "N") return ["1"];
  return category === "D" ? ["now"] : category === "T" ? ["1 day"] : [];
}

/** The tenant's own key, and that of a row in each table: first of those that the body names, and one of its people. */
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

/** The greatest value of each type of whole numbers. */
const greatest: Readonly<Record<string, bigint>> = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};
