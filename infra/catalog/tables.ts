import type { Row } from "../database/database.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import type { CatalogPart } from "./part.ts";
import { isWanted, keyed, roleName, withoutNulls } from "./rows.ts";

export interface Table extends QualifiedName {
  /** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table. */
  readonly kind: string;
  readonly owner: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly grants: readonly Grant[];
  /** Those of the grants. */
  readonly passedOn: readonly PassedOnGrant[];
  readonly policies: readonly PolicyRow[];
}

export interface PolicyRow {
  readonly name: string;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

/** A privilege as `aclexplode` lists it; `public` stands for everybody. */
export interface Grant {
  readonly role: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Only where the grant is on one column. */
  readonly column?: string;
}

/** A grant that a role made which is not the owner, by its own grant option. */
export interface PassedOnGrant extends Grant {
  readonly grantor: string;
}

/** The policies of what stands in a table expression `relation`, for `readPolicy`; by `oid`, in a column `list`. */
export const policiesOfRelations = `
    select p.polrelid as oid, json_agg(json_build_object('name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
      'roles', array(select ${roleName("member.id")} from unnest(p.polroles) as member(id) order by 1),
      'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'withCheck', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname) as list
    from pg_catalog.pg_policy p join relation r on r.oid = p.polrelid group by p.polrelid`;

/** Relations with their policies and grants, by `schema.name`. */
export const tables: CatalogPart<ReadonlyMap<string, Table>, QualifiedName> = {
  name: "tables",
  query: (wanted) => `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relnatts
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${isWanted(wanted, "c.relname")}
  ), privilege as (
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, null::name as attname, nullif(a.grantor, r.relowner) as grantor
    from relation r, pg_catalog.aclexplode(r.relacl) a where a.grantee <> r.relowner
    union all
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, t.attname, nullif(a.grantor, r.relowner)
    from relation r join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attacl is not null and not t.attisdropped,
      pg_catalog.aclexplode(t.attacl) a where a.grantee <> r.relowner
  ), grants as (
    select p.oid, json_agg(json_build_object('role', ${roleName("p.grantee")}, 'privileges', p.types, 'grantable', p.is_grantable, 'column', p.attname)) as list
    from (select oid, grantee, is_grantable, attname, array_agg(lower(privilege_type)) as types from privilege group by 1, 2, 3, 4) as p group by p.oid
  ), passed_on as (
    select p.oid, json_agg(json_build_object('role', ${roleName("p.grantee")}, 'privilege', lower(p.privilege_type), 'grantable', p.is_grantable,
      'column', p.attname, 'grantor', pg_catalog.pg_get_userbyid(p.grantor))) as list
    from privilege p where p.grantor is not null group by p.oid
  ), policies as (
    ${policiesOfRelations}
  )
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'rowSecurity', r.relrowsecurity, 'forceRowSecurity', r.relforcerowsecurity, 'grants', grants.list, 'passedOn', passed_on.list, 'policies', policies.list)), '[]') as rows
  from relation r left join grants on grants.oid = r.oid left join passed_on on passed_on.oid = r.oid left join policies on policies.oid = r.oid`,
  read: (rows = []) => keyed(rows.map(readTable), formatQualified),
};

function readTable(row: Row): Table {
  const policies = (row.policies ?? []) as Row[];
  const grants = (row.grants ?? []) as (Row & { readonly privileges: readonly string[] })[];
  return {
    ...(row as unknown as Table),
    grants: grants.flatMap(({ privileges, ...grant }) =>
      privileges.map((privilege) => ({ ...withoutNulls<Grant>(grant), privilege })),
    ),
    passedOn: ((row.passedOn ?? []) as Row[]).map(withoutNulls<PassedOnGrant>),
    policies: policies.map(readPolicy),
  };
}

/** A row of `pg_policy`, whose command is one letter. */
export function readPolicy(row: Row): PolicyRow {
  return { ...withoutNulls<PolicyRow>(row), command: commands[String(row.command)] ?? "all" };
}

const commands: Readonly<Record<string, PolicyRow["command"]>> = {
  "*": "all",
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
};
