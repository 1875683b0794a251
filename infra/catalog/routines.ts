import type { QualifiedName } from "../sql/quote.ts";
import { readPrintedType } from "../sql/signature.ts";
import { functionIdentity } from "./functions.ts";
import type { CatalogPart } from "./part.ts";
import { isWanted, keyed, roleName, withoutNulls } from "./rows.ts";

export interface RoutineRow extends QualifiedName {
  readonly argumentTypes: readonly string[];
  readonly owner: string;
  readonly securityDefiner: boolean;
  /** The setting as stored in the catalog, such as `pg_catalog, pg_temp`. Absent: the function sets none. */
  readonly searchPath?: string;
  readonly execute: readonly string[];
  /** Those of them with the grant option. */
  readonly executeWithGrantOption: readonly string[];
}

/**
 * Functions, procedures and aggregates by identity, except those of extensions and of types (the constructors of a
 * range).
 */
export const routines: CatalogPart<ReadonlyMap<string, RoutineRow>, QualifiedName> = {
  name: "routines",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
    'securityDefiner', p.prosecdef,
    'searchPath', (select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting where setting like 'search\\_path=%'),
    'execute', array(select distinct ${roleName("a.grantee")} from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
      where a.grantee <> p.proowner),
    'executeWithGrantOption', case when p.proacl::text like '%*%' then array(select distinct ${roleName("a.grantee")} from pg_catalog.aclexplode(p.proacl) a
      where a.grantee <> p.proowner and a.is_grantable) else '{}' end)), '[]') as rows
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${isWanted(wanted, "p.proname")}
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))`,
  read: (rows = []) =>
    keyed(
      rows.map((row) => {
        const found = withoutNulls<RoutineRow>(row);
        // Sorted here, because the server's order depends on its collation.
        return {
          ...found,
          argumentTypes: found.argumentTypes.map(readPrintedType),
          execute: [...found.execute].sort(),
          executeWithGrantOption: [...found.executeWithGrantOption].sort(),
        };
      }),
      functionIdentity,
    ),
};
