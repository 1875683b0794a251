import type { Reachable, ReachableFunction } from "../access/reach/reachable.ts";
import { isCalledIn } from "../sql/named-in.ts";
import { formatQualified, quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { repeatWhileSizeChanges } from "../values/repeat.ts";
import type { LiveTrigger } from "./external-effects.ts";
import type { Plan, PlannedTable } from "./plan.ts";
import type { RewriteRule } from "./rewrite-rules.ts";
import type { MadeRows } from "./rows/made-rows.ts";
import type { SchemaFacts } from "./rows/schema-facts.ts";

/** When to check whether rows were changed that the statement does not name. */
export type Watched = "where rows are reached" | "whatever is reached";

/**
 * A query that returns the state of all of a tenant's rows as one text. A difference shows that a statement changed
 * them through a trigger, a cascade or a function's body. There is one line for each table, `name=hash`.
 */
export function tenantQuery(plan: Plan, made: MadeRows, tenant: string): string {
  const id = plan.tenants && tenantId(made, plan, tenant);
  const parts = plan.tables
    .filter(({ belongs }) => belongs)
    .flatMap((table) => {
      const condition = conditionFor(table, plan, made, tenant, id);
      if (condition === undefined) return [];
      const rows = `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from ${quoteQualified(table.facts)} as t where ${condition}`;
      return [`${quoteLiteral(`${table.id}=`)} || (${rows})`];
    });
  return `select array_to_string(array[${parts.join(", ")}]::text[], E'\\n')`;
}

/**
 * Selects the tenant's rows by the column that references the tenant, so that new rows count, or else the rows that
 * were made.
 */
function conditionFor(
  table: PlannedTable,
  { tenants }: Plan,
  made: MadeRows,
  tenant: string,
  id: string | undefined,
): string | undefined {
  const key = table.facts.foreignKeys.find(
    ({ to, columns }) =>
      tenants !== undefined && formatQualified(to) === formatQualified(tenants) && columns.length === 1,
  );
  if (key !== undefined && id !== undefined) return `t.${quoteIdentifier(key.columns[0] ?? "")} = ${quoteLiteral(id)}`;
  const rows = made.rows.filter((row) => row.tenant === tenant && formatQualified(row.table) === table.id);
  const conditions = rows.map(
    (row) =>
      `(${Object.entries(row.key)
        .map(([column, value]) => `t.${quoteIdentifier(column)} = ${value === null ? "null" : quoteLiteral(value)}`)
        .join(" and ")})`,
  );
  return conditions.length === 0 ? undefined : conditions.join(" or ");
}

function tenantId({ rows }: MadeRows, { tenants }: Plan, tenant: string): string | undefined {
  const id = tenants && formatQualified(tenants);
  const row = rows.find((each) => each.tenant === tenant && formatQualified(each.table) === id);
  return Object.values(row?.key ?? {})[0] ?? undefined;
}

/** The tables whose lines differ. */
export function changedTables(before: string, after: string): readonly string[] {
  const known = new Set(before.split("\n"));
  return after
    .split("\n")
    .filter((line) => !known.has(line))
    .map((line) => line.slice(0, line.lastIndexOf("=")));
}

/**
 * The tables through which a statement may change others: those with triggers or rules, and those that such a table's
 * foreign keys reference. Rules, statement-level triggers and INSTEAD OF triggers act even if the server counts no row.
 */
export function tablesWithEffects(
  { tables }: SchemaFacts,
  triggers: readonly LiveTrigger[],
  rewrites: readonly RewriteRule[],
  functions: Reachable["functions"],
): ReadonlyMap<string, Watched> {
  const own = [...functions.values()].filter(({ isExtension }) => !isExtension);
  const writes = (called: string) =>
    own.some((each) => `${each.schema}.${each.name}` === called && isWriting(each, own));
  const acting = triggers.filter((each) => each.actsWithoutRows && writes(each.function));
  const always = new Set([...acting, ...rewrites].map(({ table }) => table));
  const found = new Set([...triggers, ...rewrites].map(({ table }) => table));
  repeatWhileSizeChanges(found, () => {
    for (const table of tables) {
      if (!found.has(formatQualified(table))) continue;
      for (const { to } of table.foreignKeys) found.add(formatQualified(to));
    }
  });
  return new Map([...found].map((id) => [id, always.has(id) ? "whatever is reached" : "where rows are reached"]));
}

/** Whether a body may change rows, directly or through another function of the project. */
function isWriting({ source, ...called }: ReachableFunction, all: readonly ReachableFunction[]): boolean {
  const calls = all.some(({ signature, name }) => signature !== called.signature && isCalledIn(source, name));
  return (
    source === "" || calls || /\b(?:insert|update|delete|merge|truncate|execute|perform|call|select)\b/i.test(source)
  );
}
