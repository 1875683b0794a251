import { type QualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import type { Values } from "./rows/made-rows.ts";

/** The condition that finds a row by its key. */
export function whereKey(key: Values): string {
  return Object.entries(key)
    .map(([column, value]) =>
      value === null ? `${quoteIdentifier(column)} is null` : `${quoteIdentifier(column)} = ${quoteLiteral(value)}`,
    )
    .join(" and ");
}

/** `"title" = 'New', "done" = null` */
export function assignments(values: Values): string {
  return Object.entries(values)
    .map(([column, value]) => `${quoteIdentifier(column)} = ${literal(value)}`)
    .join(", ");
}

export function literal(value: string | null): string {
  return value === null ? "null" : quoteLiteral(value);
}

/**
 * A value for a column `generated always as identity` needs OVERRIDING SYSTEM VALUE. A row without values is inserted
 * with its defaults.
 */
export function insertion(
  table: QualifiedName,
  columns: readonly (readonly [string, string | null | undefined])[],
  identity: readonly string[],
): string {
  if (columns.length === 0) return `insert into ${quoteQualified(table)} default values`;
  const names = columns.map(([column]) => quoteIdentifier(column)).join(", ");
  const values = columns.map(([, value]) => (value === undefined ? "default" : literal(value))).join(", ");
  const isOverriding = columns.some(([column]) => identity.includes(column));
  return `insert into ${quoteQualified(table)} (${names})${isOverriding ? " overriding system value" : ""} values (${values})`;
}
