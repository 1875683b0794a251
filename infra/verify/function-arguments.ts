import { quoteQualified } from "../sql/quote.ts";
import type { CalledFunction } from "./function-attempts.ts";
import { literal } from "./row-sql.ts";
import type { World } from "./world.ts";

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
const mostCalls = 12;
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

/** Keys and values of one tenant's rows, and what else the types allow, in several calls. */
export function argumentsFor(called: CalledFunction, tenant: string, world: World): readonly (string | null)[][] {
  const first = called.arguments.findIndex((one) => isKey(one) && columnValues(one, tenant, world).length === 0);
  const values = called.arguments.map((argument, index) => valuesFor(argument, index === first, tenant, world));
  const combinations = values.reduce((count, { length }) => count * Math.max(length, 1), 1);
  // Each list is shifted against the others whenever it has been gone through, so that the same values don't always meet.
  const calls = Array.from({ length: Math.min(combinations, mostCalls) }, (_, call) =>
    values.map((list, index) => list[(call + Math.floor(call / list.length) * index) % list.length] ?? null),
  );
  const [whole = []] = calls;
  return called.defaults === 0 ? calls : [...calls, whole.slice(0, whole.length - called.defaults)];
}

function isKey({ type }: Argument): boolean {
  return /^(?:uuid|text|character varying|bigint|integer)$/.test(type);
}

/** Of columns that are named as the argument; keys; and what any value of the type may be. */
function valuesFor(argument: Argument, isFirst: boolean, tenant: string, world: World): readonly string[] {
  const { type, kind, category, labels, of } = argument;
  if (labels.length > 0) return category === "A" ? labels.map((label) => arrayOf([label])) : labels;
  if (category === "A" && of !== null) {
    const element = { ...argument, type: of, category: "", of: null };
    return valuesFor(element, isFirst, tenant, world).map((value) => arrayOf([value]));
  }
  const rows = world.plan.tables.flatMap(({ id }) => world.rowsOf(id).filter((row) => row.tenant === tenant));
  if (kind === "c" || type === "json" || type === "jsonb") {
    const tables = [...new Map(rows.map((row) => [row.table, row])).values()];
    return tables.slice(0, mostValues).map(({ values }) => JSON.stringify(values));
  }
  const values = columnValues(argument, tenant, world);
  if (type === "boolean") return ["true", "false"];
  if (!isKey(argument)) return values.length > 0 ? values : plainValues(category);
  const keys = keysOf(tenant, world).filter((key) => fits(type, key));
  const own = world.tenantId(tenant);
  const others = own !== undefined && fits(type, own) ? [own] : keys.slice(0, 1);
  const roles = argument.name?.includes("role") ? (world.plan.members?.roles ?? []) : [];
  const known = [...new Set([...values, ...roles])];
  const found = known.length > 0 ? known : isFirst ? keys : others;
  return found.length > 0 ? found : plainValues(category);
}

/** What the tenant's rows have in a column of the argument's name, which may begin with `_` or `p_`; each table has its own `id`. */
function columnValues({ name, type }: Argument, tenant: string, world: World): readonly string[] {
  const column = (name ?? "").replace(/^(?:p|in|arg)?_/, "");
  if (column === "id") return [];
  const rows = world.plan.tables.flatMap(({ id }) => world.rowsOf(id).filter((row) => row.tenant === tenant));
  const values = rows.flatMap(({ values: own }) => own[column] ?? []).filter((value) => fits(type, value));
  return [...new Set(values)].slice(0, mostValues);
}

/** By the type's category: number, date and time, length of time. */
function plainValues(category: string): readonly string[] {
  if (category === "N") return ["1"];
  return category === "D" ? ["now"] : category === "T" ? ["1 day"] : [];
}

/** The tenant's own key, and that of a row in each table. */
function keysOf(tenant: string, world: World): readonly string[] {
  const rows = world.plan.tables.flatMap(({ id }) =>
    world
      .rowsOf(id)
      .filter((row) => row.tenant === tenant)
      .slice(0, 1),
  );
  const keys = [world.tenantId(tenant), ...rows.map(({ key }) => Object.values(key)[0])];
  return [...new Set(keys.flatMap((key) => key ?? []))];
}

function arrayOf(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

function fits(type: string, value: string): boolean {
  if (type === "uuid") return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  if (type === "bigint" || type === "integer") return /^-?\d{1,9}$/.test(value);
  return (
    /^(?:text|character varying)$/.test(type) ||
    (/^(?:numeric|real|double precision)$/.test(type) && !Number.isNaN(Number(value)))
  );
}
