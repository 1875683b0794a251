import type { Session } from "../../database/database.ts";
import { quoteLiteral } from "../../sql/quote.ts";

/**
 * Objects outside an extension that depend on it or on one of its members. PostgreSQL would refuse to drop the
 * extension.
 * @returns such as `table column public.notes.title`
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export async function readUsers(extension: string, session: Session): Promise<readonly string[]> {
  const [rows = []] = await session.run(`
    with extension as (select 'pg_catalog.pg_extension'::pg_catalog.regclass as classid, oid as objid from pg_catalog.pg_extension
      where extname = ${quoteLiteral(extension)}
    ), member as (
      select d.classid, d.objid from pg_catalog.pg_depend d join extension e on d.refclassid = e.classid and d.refobjid = e.objid
      where d.deptype = 'e'
    ), part as (
      select d.classid, d.objid from pg_catalog.pg_depend d join member m on d.refclassid = m.classid and d.refobjid = m.objid
      where d.deptype in ('i', 'a')
      union select classid, objid from member union select classid, objid from extension
    )
    select distinct o.type || ' ' || o.identity as name
    from pg_catalog.pg_depend d join part p on d.refclassid = p.classid and d.refobjid = p.objid
      left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid
      cross join lateral pg_catalog.pg_identify_object(case when r.oid is null then d.classid else 'pg_catalog.pg_class'::pg_catalog.regclass end,
        coalesce(r.ev_class, d.objid), case when r.oid is null then d.objsubid else 0 end) as o
    where d.deptype in ('n', 'a') and (d.classid, d.objid) not in (select classid, objid from part)
    order by 1`);
  return rows.map(({ name }) => String(name));
}
