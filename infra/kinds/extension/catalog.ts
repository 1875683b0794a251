import type { CatalogPart } from "../../catalog/part.ts";
import { isNamed, keyed } from "../../catalog/rows.ts";

export interface ExtensionRow {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

/** By name. */
export const extensions: CatalogPart<ReadonlyMap<string, ExtensionRow>, string> = {
  name: "extensions",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('name', e.extname, 'schema', n.nspname, 'version', e.extversion)), '[]') as rows
  from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where ${isNamed(wanted, "e.extname")}`,
  read: (rows = []) => keyed(rows as unknown as readonly ExtensionRow[], ({ name }) => name),
};
