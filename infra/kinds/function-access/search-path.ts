import { quoteIdentifier } from "../../sql/quote.ts";

/** The schemas in a setting as the catalog has it: `pg_catalog, "Odd, Name"`; the empty path is `""`. */
export function readSearchPath(setting: string): readonly string[] {
  return [...setting.matchAll(/"((?:[^"]|"")*)"|[^",\s]+/g)]
    .map(([written, quoted]) => quoted?.replaceAll('""', '"') ?? written)
    .filter((schema) => schema !== "");
}

/** What stands after `set search_path =`. */
export function writeSearchPath(schemas: readonly string[]): string {
  return schemas.length === 0 ? "''" : schemas.map(quoteIdentifier).join(", ");
}
