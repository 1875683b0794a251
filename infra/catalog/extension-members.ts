import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { readPrintedType } from "../sql/signature.ts";
import { functionIdentity } from "./functions.ts";
import type { CatalogPart } from "./part.ts";

/** Relations that an extension made, by `schema.name`. */
export const extensionRelations: CatalogPart<ReadonlySet<string>> = {
  name: "relations of extensions",
  query: () => `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname)), '[]') as rows
  from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.objid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'e'`,
  read: (rows = []) => new Set(rows.map((row) => formatQualified(row as unknown as QualifiedName))),
};

/** The functions that PostgreSQL made with a type, such as the constructors of a range, by their identity. */
export const functionsOfTypes: CatalogPart<ReadonlySet<string>> = {
  name: "functions of types",
  query: () => `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname,
    'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position))), '[]') as rows
  from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'i'`,
  read: (rows = []) =>
    new Set(
      rows.map((row) => {
        const found = row as unknown as Parameters<typeof functionIdentity>[0];
        return functionIdentity({ ...found, argumentTypes: found.argumentTypes.map(readPrintedType) });
      }),
    ),
};
