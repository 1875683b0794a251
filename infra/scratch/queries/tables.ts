import { isOwn, isUsers, keyOf } from "../item.ts";

const sequenceOptions = (
  s: string,
) => `format('start %s increment %s minvalue %s maxvalue %s cache %s %s', ${s}.seqstart, ${s}.seqincrement, ${s}.seqmin, ${s}.seqmax, ${s}.seqcache,
        case when ${s}.seqcycle then 'cycle' else 'no cycle' end)`;

/** Storage parameters, or a view's options. */
const options = `coalesce((select format(' with (%s)', string_agg(format('%s = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', '))
      from unnest(c.reloptions) as o having count(*) > 0), '')`;

/** The sequence of an identity column has the column's grants and owner. */
const identity = `coalesce((select format(' generated %s as identity (sequence name %I.%I %s)', case a.attidentity when 'a' then 'always' else 'by default' end,
        sn.nspname, sc.relname, ${sequenceOptions("s")})
      from pg_depend i join pg_class sc on sc.oid = i.objid and sc.relkind = 'S' join pg_namespace sn on sn.oid = sc.relnamespace join pg_sequence s on s.seqrelid = sc.oid
      where i.classid = 'pg_class'::regclass and i.refclassid = 'pg_class'::regclass and i.refobjid = c.oid and i.refobjsubid = a.attnum and i.deptype = 'i'), '')`;

const column = `format('%I %s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      (select format(' collate %I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
        where co.oid = a.attcollation and a.attcollation <> (select y.typcollation from pg_type y where y.oid = a.atttypid)),
      (select format(' generated always as (%s) %s', pg_get_expr(d.adbin, d.adrelid), case a.attgenerated when 's' then 'stored' else 'virtual' end)
        from pg_attrdef d where d.adrelid = c.oid and d.adnum = a.attnum and a.attgenerated <> ''),
      ${identity}, case when a.attnotnull then ' not null' end)`;

/**
 * A partition is created as a separate table and attached later, with everything that it has by then, so that it keeps
 * its own names.
 */
export const tables = `
  select 'table' as kind, ${keyOf("pg_class", "c.oid")} as key, t.name, n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    format('create %stable %s (%s)%s%s%s%s', case c.relpersistence when 'u' then 'unlogged ' end, t.name,
      (select string_agg(${column}, ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (a.attislocal or c.relispartition)),
      (select format(' inherits (%s)', string_agg(format('%I.%I', pn.nspname, p.relname), ', ' order by i.inhseqno))
        from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
        where i.inhrelid = c.oid and not c.relispartition having count(*) > 0),
      ' partition by ' || pg_get_partkeydef(c.oid),
      (select format(' using %I', m.amname) from pg_am m where m.oid = c.relam and m.amname <> 'heap'), ${options})
    || format('; alter table %s owner to %I', t.name, pg_get_userbyid(c.relowner))
    || coalesce((select '; ' || string_agg(format('alter table only %s alter column %I set not null', t.name, a.attname), '; ' order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and not (a.attislocal or c.relispartition)), '')
    || case when c.reloftype <> 0 then format('; alter table %s of %s', t.name, format_type(c.reloftype, null)) else '' end
    || case when c.relrowsecurity then format('; alter table %s enable row level security', t.name) else '' end
    || case when c.relforcerowsecurity then format('; alter table %s force row level security', t.name) else '' end
    || case c.relreplident when 'f' then format('; alter table %s replica identity full', t.name) when 'n' then format('; alter table %s replica identity nothing', t.name) else '' end
    as "create"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral (select format('%I.%I', n.nspname, c.relname) as name) as t
  where ${isUsers} and c.relkind in ('r', 'p') and ${isOwn("pg_class", "c.oid")}`;

export const sequences = `
  select 'sequence' as kind, ${keyOf("pg_class", "c.oid")} as key, t.name, n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    format('create %ssequence %s as %s %s', case c.relpersistence when 'u' then 'unlogged ' end, t.name, format_type(s.seqtypid, null),
      ${sequenceOptions("s")})
    || format('; alter sequence %s owner to %I', t.name, pg_get_userbyid(c.relowner))
    || coalesce((select format('; alter sequence %s owned by %I.%I.%I', t.name, on_.nspname, o.relname, a.attname)
      from pg_depend d join pg_class o on o.oid = d.refobjid join pg_namespace on_ on on_.oid = o.relnamespace
        join pg_attribute a on a.attrelid = o.oid and a.attnum = d.refobjsubid
      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype = 'a'), '') as "create"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
    cross join lateral (select format('%I.%I', n.nspname, c.relname) as name) as t
  where ${isUsers} and ${isOwn("pg_class", "c.oid")}
    and not exists (select from pg_depend i where i.classid = 'pg_class'::regclass and i.objid = c.oid and i.deptype = 'i')`;

export const views = `
  select 'view' as kind, ${keyOf("pg_class", "c.oid")} as key, t.name, n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    case c.relkind when 'v' then format('create view %s%s as %s', t.name, ${options}, pg_get_viewdef(c.oid))
      else format('create materialized view %s%s as %s with no data', t.name, ${options}, rtrim(pg_get_viewdef(c.oid), ';')) end
    || format('; alter table %s owner to %I', t.name, pg_get_userbyid(c.relowner)) as "create"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral (select format('%I.%I', n.nspname, c.relname) as name) as t
  where ${isUsers} and c.relkind in ('v', 'm') and ${isOwn("pg_class", "c.oid")}`;

/** Created once all functions that its query calls exist. */
export const filledViews = `
  select 'rows of a view' as kind, 'rows/' || c.oid as key, format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner, format('refresh materialized view %I.%I', n.nspname, c.relname) as "create",
    array[${keyOf("pg_class", "c.oid")}] as needs
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and c.relkind = 'm' and c.relispopulated and ${isOwn("pg_class", "c.oid")}`;

export const defaults = `
  select 'default' as kind, ${keyOf("pg_attrdef", "d.oid")} as key, format('%I.%I.%I', n.nspname, c.relname, a.attname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner,
    format('alter table only %I.%I alter column %I set default %s', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)) as "create"
  from pg_attrdef d join pg_class c on c.oid = d.adrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = d.adnum
  where ${isUsers} and a.attgenerated = '' and ${isOwn("pg_class", "c.oid")}`;
