import type { CatalogPart } from "../../catalog/part.ts";
import { withoutNulls } from "../../catalog/rows.ts";
import { quoteLiteral } from "../../sql/quote.ts";

export interface DefaultPrivilegesRow {
  readonly owner: string;
  /** Absent: all schemas. */
  readonly schema?: string;
  readonly objects: string;
  /** Privileges by role, without the owner's. With the grant option, a privilege ends in ` with grant option`. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
}

/**
 * The default privileges of a role. There is no entry for PostgreSQL's built-in ones.
 * @see https://www.postgresql.org/docs/current/catalog-pg-default-acl.html
 */
export const defaultPrivileges: CatalogPart<readonly DefaultPrivilegesRow[], string> = {
  name: "default privileges",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('owner', o.rolname, 'schema', n.nspname,
    'objects', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' end,
    'grants', coalesce((select json_object_agg(held.role, held.privileges) from (
      select coalesce(g.rolname, 'public') as role,
        json_agg(distinct lower(a.privilege_type) || case when a.is_grantable then ' with grant option' else '' end) as privileges
      from pg_catalog.aclexplode(d.defaclacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee
      where a.grantee <> d.defaclrole group by 1) as held), '{}'))), '[]') as rows
  from pg_catalog.pg_default_acl d join pg_catalog.pg_roles o on o.oid = d.defaclrole left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
  where d.defaclobjtype in ('r', 'S', 'f', 'T', 'n') and ${wanted === "all" ? "true" : `o.rolname in (${["", ...wanted].map(quoteLiteral).join(", ")})`}`,
  read: (rows = []) => rows.map(withoutNulls<DefaultPrivilegesRow>),
};
