import { quoteIdentifier } from "../../sql/quote.ts";

/** The list to write after `set search_path =`. */
export function writeSearchPath(schemas: readonly string[]): string {
  return schemas.length === 0 ? "''" : schemas.map(quoteIdentifier).join(", ");
}
