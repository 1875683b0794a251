import type { Row } from "../database/database.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { readPrintedType } from "../sql/signature.ts";
import type { CatalogPart } from "./part.ts";
import { isWanted, keyed, roleName } from "./rows.ts";

export interface DatabaseFunctionRow extends QualifiedName {
  readonly argumentTypes: readonly string[];
  readonly owner: string;
  /** `pg_get_functiondef`. */
  readonly definition: string;
  readonly body: string;
  readonly execute: readonly string[];
  /** Those of them with the grant option. */
  readonly executeWithGrantOption: readonly string[];
}

/** `private.is_member(text)`: distinguishes a function from its overloads. */
export function functionIdentity(row: QualifiedName & { readonly argumentTypes: readonly string[] }): string {
  return `${formatQualified(row)}(${row.argumentTypes.join(", ")})`;
}

/** Functions and procedures by identity, except those of extensions and of types (the constructors of a range). */
export const functions: CatalogPart<ReadonlyMap<string, DatabaseFunctionRow>, QualifiedName> = {
  name: "functions",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
    'definition', pg_catalog.pg_get_functiondef(p.oid), 'body', p.prosrc,
    'execute', array(select ${roleName("a.grantee")} from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
      where a.grantee <> p.proowner),
    'executeWithGrantOption', case when p.proacl::text like '%*%' then array(select g.rolname from pg_catalog.aclexplode(p.proacl) a
      join pg_catalog.pg_roles g on g.oid = a.grantee where a.grantee <> p.proowner and a.is_grantable) else '{}' end)), '[]') as rows
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prokind in ('f', 'p') and ${isWanted(wanted, "p.proname")}
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))`,
  read: (rows = []) => keyed(rows.map(readFunction), functionIdentity),
};

function readFunction(row: Row): DatabaseFunctionRow {
  const found = row as unknown as DatabaseFunctionRow;
  // A role may have the privilege from several grantors, and the server's order depends on its collation.
  const inOurOrder = (roles: readonly string[]) => [...new Set(roles)].sort();
  return {
    ...found,
    argumentTypes: found.argumentTypes.map(readPrintedType),
    execute: inOurOrder(found.execute),
    executeWithGrantOption: inOurOrder(found.executeWithGrantOption),
  };
}
