import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import type { CatalogPart } from "./part.ts";

/** Relations that belong to an extension, by `schema.name`. */
export const extensionRelations: CatalogPart<ReadonlySet<string>> = {
  name: "relations of extensions",
  query: () => `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname)), '[]') as rows
  from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.objid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'e'`,
  read: (rows = []) => new Set(rows.map((row) => formatQualified(row as unknown as QualifiedName))),
};
