import type { Row } from "../database/database.ts";
import type { CatalogPart } from "./part.ts";
import { isNamed, keyed, withoutNulls } from "./rows.ts";

export interface RoleRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly login: boolean;
  readonly inherit: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  readonly bypassRowLevelSecurity: boolean;
  readonly replication: boolean;
  readonly connectionLimit: number;
  /** An ISO date in UTC. */
  readonly validUntil?: string;
  /** Since PostgreSQL 16, several roles may have granted the same membership. */
  readonly memberships: readonly MembershipRow[];
  /** Each as `name=value`. */
  readonly settings: readonly string[];
  /** Those that apply to this database only. */
  readonly databaseSettings: readonly string[];
}

export interface MembershipRow {
  readonly role: string;
  readonly grantor: string;
  readonly admin: boolean;
  /** Absent before PostgreSQL 16. */
  readonly inherit?: boolean;
  readonly set?: boolean;
}

/** By name, without PostgreSQL's predefined roles. */
export const roles: CatalogPart<ReadonlyMap<string, RoleRow>, string> = {
  name: "roles",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('name', r.rolname, 'superuser', r.rolsuper, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
    'createDatabase', r.rolcreatedb, 'createRole', r.rolcreaterole, 'bypassRowLevelSecurity', r.rolbypassrls, 'replication', r.rolreplication,
    'connectionLimit', r.rolconnlimit,
    'validUntil', case when r.rolvaliduntil < 'infinity' then pg_catalog.to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end,
    'memberships', (select json_agg(json_build_object('role', g.rolname, 'grantor', pg_catalog.pg_get_userbyid(m.grantor), 'admin', m.admin_option,
        'inherit', to_jsonb(m) -> 'inherit_option', 'set', to_jsonb(m) -> 'set_option'))
      from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid where m.member = r.oid),
    'settings', (select s.setconfig from pg_catalog.pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0),
    'databaseSettings', (select s.setconfig from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase
      where s.setrole = r.oid and d.datname = pg_catalog.current_database()))), '[]') as rows
  from pg_catalog.pg_roles r where r.rolname !~ '^pg_' and ${isNamed(wanted, "r.rolname")}`,
  read: (rows = []) => keyed(rows.map(readRole), ({ name }) => name),
};

function readRole(row: Row): RoleRow {
  return {
    ...withoutNulls<RoleRow>(row),
    memberships: ((row.memberships ?? []) as Row[]).map(withoutNulls<MembershipRow>),
    settings: (row.settings ?? []) as string[],
    databaseSettings: (row.databaseSettings ?? []) as string[],
  };
}
