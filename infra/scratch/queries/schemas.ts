import { isOwn, isUsers, keyOf } from "../item.ts";

export const schemas = `
  select 'schema' as kind, ${keyOf("pg_namespace", "n.oid")} as key, quote_ident(n.nspname) as name, n.nspname::text as schema,
    pg_get_userbyid(n.nspowner)::text as owner, format('create schema %I', n.nspname) as "create",
    format('alter schema %I owner to %I', n.nspname, pg_get_userbyid(n.nspowner)) as settle
  from pg_namespace n where ${isUsers} and (n.nspname = 'public' or ${isOwn("pg_namespace", "n.oid")})`;

/** Created by its owner, who also owns its objects. */
export const extensions = `
  select 'extension' as kind, ${keyOf("pg_extension", "x.oid")} as key, x.extname::text as name,
    format('set local role %I; create extension %I schema %I; reset role', pg_get_userbyid(x.extowner), x.extname, n.nspname) as "create"
  from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.oid >= 16384`;

export const collations = `
  select 'collation' as kind, ${keyOf("pg_collation", "c.oid")} as key, t.name, n.nspname::text as schema, pg_get_userbyid(c.collowner)::text as owner,
    format('create collation %s (provider = %s, deterministic = %s%s)', t.name,
      case c.collprovider when 'c' then 'libc' when 'i' then 'icu' else 'builtin' end, c.collisdeterministic::text,
      case when c.collprovider = 'c' then format(', lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype)
        else format(', locale = %L', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale')) end)
    || format('; alter collation %s owner to %I', t.name, pg_get_userbyid(c.collowner)) as "create"
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace
    cross join lateral (select format('%I.%I', n.nspname, c.collname) as name) as t
  where ${isUsers} and ${isOwn("pg_collation", "c.oid")}`;

const collate = (collation: string, usual: string) => `
      coalesce((select format(' collate %I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
        where co.oid = ${collation} and ${collation} <> ${usual}), '')`;

/**
 * Enums, domains (a constraint can't be added to one that is part of a table's column), composite types other than a
 * table's, ranges.
 */
export const types = `
  select 'type' as kind, ${keyOf("pg_type", "t.oid")} as key, q.name, n.nspname::text as schema, pg_get_userbyid(t.typowner)::text as owner,
    case t.typtype
      when 'e' then format('create type %s as enum (%s)', q.name,
        (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      when 'd' then format('create domain %s as %s%s%s%s', q.name, format_type(t.typbasetype, t.typtypmod),
        ${collate("t.typcollation", "(select b.typcollation from pg_type b where b.oid = t.typbasetype)")},
        coalesce(' default ' || pg_get_expr(t.typdefaultbin, 0), '') || case when t.typnotnull then ' not null' else '' end,
        (select string_agg(format(' constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname)
          from pg_constraint k where k.contypid = t.oid and k.contype = 'c' and k.convalidated))
      when 'c' then format('create type %s as (%s)', q.name, (
        select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) ||
          ${collate("a.attcollation", "(select b.typcollation from pg_type b where b.oid = a.atttypid)")}, ', ' order by a.attnum)
        from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
      else format('create type %s as range (%s)', q.name, (
        select concat_ws(', ', 'subtype = ' || format_type(r.rngsubtype, null),
          (select format('subtype_opclass = %I.%I', cn.nspname, oc.opcname) from pg_opclass oc join pg_namespace cn on cn.oid = oc.opcnamespace where oc.oid = r.rngsubopc),
          (select format('collation = %I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = r.rngcollation),
          'subtype_diff = ' || nullif(r.rngsubdiff, 0)::regproc,
          (select format('multirange_type_name = %I.%I', mn.nspname, m.typname) from pg_type m join pg_namespace mn on mn.oid = m.typnamespace where m.oid = r.rngmultitypid))
        from pg_range r where r.rngtypid = t.oid)) end
    || format('; alter %s %s owner to %I', case t.typtype when 'd' then 'domain' else 'type' end, q.name, pg_get_userbyid(t.typowner)) as "create"
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
    cross join lateral (select format('%I.%I', n.nspname, t.typname) as name) as q
  where ${isUsers} and ${isOwn("pg_type", "t.oid")} and t.typtype in ('e', 'd', 'c', 'r')
    and (t.typrelid = 0 or exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))`;

/** Objects that can't be copied yet. */
export const others = `
  select 'other' as kind, o.catalog::oid || '/' || o.oid as key, pg_describe_object(o.catalog, o.oid, 0) as name, n.nspname::text as schema,
    pg_get_userbyid(o.owner)::text as owner
  from (
    select 'pg_operator'::regclass as catalog, oid, oprnamespace as namespace, oprowner as owner from pg_operator
    union all select 'pg_opclass'::regclass, oid, opcnamespace, opcowner from pg_opclass
    union all select 'pg_opfamily'::regclass, oid, opfnamespace, opfowner from pg_opfamily
    union all select 'pg_conversion'::regclass, oid, connamespace, conowner from pg_conversion
    union all select 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner from pg_ts_config
    union all select 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner from pg_ts_dict
    union all select 'pg_ts_parser'::regclass, oid, prsnamespace, 10 from pg_ts_parser
    union all select 'pg_ts_template'::regclass, oid, tmplnamespace, 10 from pg_ts_template
    union all select 'pg_language'::regclass, oid, 0, lanowner from pg_language
    union all select 'pg_am'::regclass, oid, 0, 10 from pg_am
    union all select 'pg_transform'::regclass, oid, 0, 10 from pg_transform
    union all select 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner from pg_foreign_data_wrapper
    union all select 'pg_foreign_server'::regclass, oid, 0, srvowner from pg_foreign_server
    union all select 'pg_class'::regclass, oid, relnamespace, relowner from pg_class where relkind = 'f'
    union all select 'pg_type'::regclass, t.oid, t.typnamespace, t.typowner from pg_type t where t.typtype = 'b'
      and not exists (select from pg_depend i where i.classid = 'pg_type'::regclass and i.objid = t.oid and i.deptype = 'i')
  ) as o left join pg_namespace n on n.oid = o.namespace
  where (n.oid is null or ${isUsers}) and o.oid >= 16384
    and not exists (select from pg_depend e where e.classid = o.catalog and e.objid = o.oid and e.deptype = 'e')`;
