import type { PassedOnGrant } from "./grants.ts";
import type { CatalogPart } from "./part.ts";
import { isNamed, isUserSchema, keyed } from "./rows.ts";

export interface SchemaRow {
  readonly name: string;
  readonly owner: string;
  /** Privileges by role, without the owner's. With the grant option, a privilege ends in ` with grant option`. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  readonly passedOn: readonly PassedOnGrant[];
}

/** By name. */
export const schemas: CatalogPart<ReadonlyMap<string, SchemaRow>, string> = {
  name: "schemas",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner),
    'grants', coalesce((select json_object_agg(held.role, held.privileges) from (
      select coalesce(g.rolname, 'public') as role,
        json_agg(distinct lower(a.privilege_type) || case when a.is_grantable then ' with grant option' else '' end) as privileges
      from pg_catalog.aclexplode(n.nspacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee
      where a.grantee <> n.nspowner group by 1) as held), '{}'),
    'passedOn', coalesce((select json_agg(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(a.privilege_type),
        'grantable', a.is_grantable, 'grantor', pg_catalog.pg_get_userbyid(a.grantor)))
      from pg_catalog.aclexplode(n.nspacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee
      where a.grantee <> n.nspowner and a.grantor <> n.nspowner), '[]'))), '[]') as rows
  from pg_catalog.pg_namespace n where ${isUserSchema} and ${isNamed(wanted, "n.nspname")}`,
  read: (rows = []) => keyed(rows as unknown as SchemaRow[], ({ name }) => name),
};
