/** A role of the server. */
export interface Role {
  readonly name: string;
  readonly isSuperuser: boolean;
  /** Superusers and roles with BYPASSRLS: no policy applies to them. */
  readonly bypasses: boolean;
  /** The roles whose rights it has through memberships. */
  readonly inherits: readonly string[];
  /** Whether it may create schemas and publications in the database. */
  readonly mayCreateInDatabase: boolean;
  /** Whether the deploying role may make it an owner. */
  readonly mayBecome: boolean;
}

export type Roles = ReadonlyMap<string, Role>;

/**
 * Whether a role `r` has the rights of a membership `m` without SET ROLE. Up to PostgreSQL 15, a role inherits from all
 * of its memberships or from none, and may act as any of them; since 16, each membership has its own options.
 */
export const isInherited = `coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)`;

/**
 * The roles whose rights a role `r` has. The database's owner is the implicit member of pg_database_owner, which no
 * membership row says.
 */
export const inheritedRoles = `
    array(select g.rolname::text from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
      where m.member = r.oid and ${isInherited}
      union all select 'pg_database_owner' from pg_catalog.pg_database d
      where d.datname = pg_catalog.current_database() and d.datdba = r.oid)`;

export const rolesQuery = `
  select r.rolname as name, r.rolsuper as "isSuperuser", r.rolsuper or r.rolbypassrls as bypasses,
    ${inheritedRoles} as inherits,
    pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') as "mayCreateInDatabase",
    pg_catalog.pg_has_role(r.oid, case when pg_catalog.current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as "mayBecome"
  from pg_catalog.pg_roles r`;

/** The role itself, every role whose rights it has, and `public`. */
export function rightsOf(name: string, roles: ReadonlyMap<string, Pick<Role, "inherits">>): ReadonlySet<string> {
  const found = new Set<string>([name]);
  for (const held of found) for (const inherited of roles.get(held)?.inherits ?? []) found.add(inherited);
  return found.add("public");
}

/** The name of a role in messages: `public` is everybody. */
export function nameRole(role: string): string {
  return role === "public" ? "everybody" : role;
}
