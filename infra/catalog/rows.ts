import type { Row } from "../database/database.ts";
import { type QualifiedName, quoteLiteral } from "../sql/quote.ts";

/** The condition on a namespace `n` that excludes the server's own schemas. */
export const isUserSchema = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname !~ '^pg_(toast_)?temp_'`;

/** The condition that an object is wanted, by its schema `n` and name. */
export function isWanted(wanted: "all" | readonly QualifiedName[], name: string): string {
  if (wanted === "all") return isUserSchema;
  if (wanted.length === 0) return "false";
  return `(n.nspname, ${name}) in (${wanted.map((one) => `(${quoteLiteral(one.schema)}, ${quoteLiteral(one.name)})`).join(", ")})`;
}

/** The same by one column. */
export function isNamed(wanted: "all" | readonly string[], column: string): string {
  if (wanted === "all") return "true";
  return `${column} in (${wanted.length === 0 ? "null" : wanted.map(quoteLiteral).join(", ")})`;
}

/**
 * A SQL expression for a name as `formatQualified` writes it. `quote_ident` would also quote keywords and names with a
 * dollar sign.
 */
export function formattedName(schema: string, name: string): string {
  const part = (text: string) =>
    `case when ${text}::text collate "C" ~ '^[a-z_][a-z0-9_$]*$' then ${text}::text else '"' || replace(${text}::text, '"', '""') || '"' end`;
  return `(${part(schema)} || '.' || ${part(name)})`;
}

/**
 * A SQL expression for a role's name by its oid; 0 is everybody. In a subquery, a join with `pg_roles` would read all
 * roles again for each object.
 */
export function roleName(id: string): string {
  return `case when ${id} = 0 then 'public' else pg_catalog.pg_get_userbyid(${id}) end`;
}

export function keyed<T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}

/** Removes nulls: a property that is optional in our types must be absent. */
export function withoutNulls<T>(row: Row): T {
  const there: Record<string, unknown> = {};
  for (const key of Object.keys(row)) if (row[key] !== null) there[key] = row[key];
  return there as T;
}
