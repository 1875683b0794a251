import type { Row } from "../database/database.ts";
import type { QualifiedName } from "../sql/quote.ts";
import { roleName, withoutNulls } from "./rows.ts";

/** A privilege as `aclexplode` lists it; `public` stands for everybody. */
export interface Grant {
  readonly role: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Only for a grant on one column. */
  readonly column?: string;
}

/** A grant made by a role other than the owner, through a grant option. */
export interface PassedOnGrant extends Grant {
  readonly grantor: string;
}

/** A table, view or sequence with its owner and the grants to others. */
export interface GrantedRelation extends QualifiedName {
  readonly owner: string;
  readonly grants: readonly Grant[];
  /** The grants among these that were passed on. */
  readonly passedOn: readonly PassedOnGrant[];
}

/**
 * The grants on the relations in a table expression `relation`, for `readGranted`. Defines the table expressions
 * `grants` and `passed_on`, each with the columns `oid` and `list`.
 */
export const grantsOfRelations = `privilege as (
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
  )`;

/** Reads a row with the columns `grants` and `passedOn`. */
export function readGranted<Relation extends GrantedRelation>(row: Row): Relation {
  return {
    ...(row as unknown as Relation),
    grants: ((row.grants ?? []) as (Row & { readonly privileges: readonly string[] })[]).flatMap(
      ({ privileges, ...grant }) => privileges.map((privilege) => ({ ...withoutNulls<Grant>(grant), privilege })),
    ),
    passedOn: ((row.passedOn ?? []) as Row[]).map(withoutNulls<PassedOnGrant>),
  };
}
