import type { Session } from "../../database/database.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";

export interface RoleUses {
  /** What it owns: `the table public.tasks`. */
  readonly owned: readonly string[];
  /** Other mentions of it: grants, default privileges, policies. */
  readonly named: readonly string[];
}

/**
 * What prevents a role from being dropped. For other databases, only their names can be found.
 * @see https://www.postgresql.org/docs/current/catalog-pg-shdepend.html
 */
export async function readRoleUses(role: string, session: Session): Promise<RoleUses> {
  const [rows = []] = await session.run(`
    select distinct s.deptype = 'o' as owned, case when s.dbid in (0, here.oid) then coalesce(
        (select o.type || ' ' || o.identity from pg_catalog.pg_identify_object(s.classid, s.objid, s.objsubid) as o), 'object')
      else 'database ' || d.datname end as name
    from pg_catalog.pg_shdepend s join pg_catalog.pg_roles r on r.oid = s.refobjid and s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
      join pg_catalog.pg_database here on here.datname = pg_catalog.current_database() left join pg_catalog.pg_database d on d.oid = s.dbid
    where r.rolname = ${quoteLiteral(role)} and s.classid <> 'pg_catalog.pg_auth_members'::pg_catalog.regclass order by 2`);
  const names = (owned: boolean) => rows.filter((row) => row.owned === owned).map(({ name }) => `the ${String(name)}`);
  return { owned: names(true), named: names(false) };
}

/** `it owns the table public.notes, and is named by the policy read on public.tasks` */
export function describeUses({ owned, named }: RoleUses): string {
  const parts = [
    ...(owned.length > 0 ? [`it owns ${listWords(owned, 5)}`] : []),
    ...(named.length > 0 ? [`it has privileges on, or a policy in, ${listWords(named, 5)}`] : []),
  ];
  return parts.join(", and ");
}
