import { quoteLiteral } from "../../sql/quote.ts";
import { isUsers, keyOf } from "../item.ts";

/** Includes policies on the platform's tables. */
export const policies = `
  select 'policy' as kind, ${keyOf("pg_policy", "p.oid")} as key, format('%I on %I.%I', p.polname, n.nspname, c.relname) as name,
    format('create policy %I on %I.%I as %s for %s to %s%s%s', p.polname, n.nspname, c.relname, case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      case when p.polroles = '{0}' then 'public' else (select string_agg(quote_ident(r.rolname), ', ' order by r.rolname) from pg_roles r where r.oid = any (p.polroles)) end,
      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') as "create"
  from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers}`;

/**
 * The grants by grantor: the owner's first, since other grantors depend on them.
 * @param column a SQL expression that follows each privilege
 */
const grants = (acl: string, owner: string, target: string, column = "''") => `
    array(select case when g.grantor <> ${owner} then format('set local role %I; %s; reset role', pg_get_userbyid(g.grantor), g.grant) else g.grant end
      from (select e.grantor, format('grant %s on %s to %s%s', string_agg(e.privilege_type || ${column}, ', ' order by e.privilege_type), ${target},
          case when e.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(e.grantee)) end, case when e.is_grantable then ' with grant option' else '' end) as grant
        from aclexplode(${acl}) as e group by e.grantor, e.grantee, e.is_grantable) as g
      order by g.grantor <> ${owner}, g.grant)`;

/** All grantees, including those of the built-in default privileges. */
const grantees = (acl: string, owner: string) => `
    array(select distinct case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end
      from (select e.grantee from aclexplode(${acl}) as e union all values (0::oid), (${owner})) as g order by 1)`;

/** Includes the objects of extensions. Objects with the built-in default privileges are left out. */
export const privileges = `
  select 'privileges' as kind, 'privileges/' || t.key as key, t.target as name, n.nspname::text as schema, pg_get_userbyid(t.owner)::text as owner,
    format('revoke all on %s from ', t.target) as revoke, ${grantees("t.acl", "t.owner")} as grantees,
    ${grants("t.acl", "t.owner", "t.target")} as grants, array[t.key] as needs
  from (
    select ${keyOf("pg_namespace", "n.oid")} as key, format('schema %I', n.nspname) as target, n.oid as namespace, n.nspowner as owner, n.nspacl as acl
    from pg_namespace n
    union all select ${keyOf("pg_class", "c.oid")}, format('%s %I.%I', case c.relkind when 'S' then 'sequence' else 'table' end, n.nspname, c.relname),
      c.relnamespace, c.relowner, c.relacl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all select ${keyOf("pg_proc", "p.oid")}, 'routine ' || p.oid::regprocedure, p.pronamespace, p.proowner, p.proacl from pg_proc p where p.oid >= 16384
    union all select ${keyOf("pg_type", "y.oid")}, 'type ' || format_type(y.oid, null), y.typnamespace, y.typowner, y.typacl from pg_type y where y.oid >= 16384
    union all select 'database', format('database %I', d.datname), 0, d.datdba, d.datacl from pg_database d where d.datname = current_database()
  ) as t left join pg_namespace n on n.oid = t.namespace
  where t.acl is not null and (n.oid is null or ${isUsers})`;

/** After those of the whole table: revoking the latter also revokes the columns' privileges. */
export const columnPrivileges = `
  select 'column privileges' as kind, 'columns/' || c.oid || '/' || a.attnum as key, format('%I.%I.%I', n.nspname, c.relname, a.attname) as name,
    n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    format('revoke all (%I) on %I.%I from ', a.attname, n.nspname, c.relname) as revoke, ${grantees("a.attacl", "c.relowner")} as grantees,
    ${grants("a.attacl", "c.relowner", "format('%I.%I', n.nspname, c.relname)", "format(' (%I)', a.attname)")} as grants,
    array[${keyOf("pg_class", "c.oid")}, 'privileges/' || ${keyOf("pg_class", "c.oid")}] as needs
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and a.attacl is not null and a.attnum > 0 and not a.attisdropped`;

/** Entries for all schemas replace the server's built-in default privileges; entries for one schema add to them. */
export const defaultPrivileges = `
  select 'default privileges' as kind, 'defaults/' || d.oid as key, t.prefix || t.objects as name,
    concat_ws('; ', case when d.defaclnamespace = 0 then format('%s revoke all on %s from public, %I', t.prefix, t.objects, pg_get_userbyid(d.defaclrole)) end,
      (select string_agg(g.grant, '; ' order by g.grant) from (
        select format('%s grant %s on %s to %s%s', t.prefix, string_agg(e.privilege_type, ', ' order by e.privilege_type), t.objects,
          case when e.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(e.grantee)) end, case when e.is_grantable then ' with grant option' else '' end) as grant
        from aclexplode(d.defaclacl) as e group by e.grantee, e.is_grantable) as g)) as "create",
    array_remove(array[case when n.oid is not null then ${keyOf("pg_namespace", "n.oid")} end], null) as needs
  from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
    cross join lateral (select 'alter default privileges for role ' || quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' in schema ' || quote_ident(n.nspname), '') as prefix,
      case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end as objects) as t`;

export const publications = `
  select 'publication' as kind, ${keyOf("pg_publication", "p.oid")} as key, p.pubname::text as name,
    format('create publication %I%s', p.pubname, case when p.puballtables then ' for all tables' else '' end) as "create",
    format('alter publication %I set (publish = %L, publish_via_partition_root = %s)', p.pubname,
      concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end,
        case when p.pubtruncate then 'truncate' end), p.pubviaroot::text)
    || format('; alter publication %I owner to %I', p.pubname, pg_get_userbyid(p.pubowner)) as settle
  from pg_publication p`;

export const published = `
  select 'published' as kind, ${keyOf("pg_publication_rel", "r.oid")} as key, format('%I.%I in %I', n.nspname, c.relname, p.pubname) as name,
    format('alter publication %I add table %s%I.%I%s%s', p.pubname, case when c.relkind = 'r' then 'only ' end, n.nspname, c.relname,
      (select format(' (%s)', string_agg(quote_ident(a.attname), ', ' order by a.attnum)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum = any (r.prattrs) having count(*) > 0),
      ' where (' || pg_get_expr(r.prqual, r.prrelid) || ')') as "create"
  from pg_publication_rel r join pg_publication p on p.oid = r.prpubid join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
  union all select 'published', ${keyOf("pg_publication_namespace", "s.oid")}, format('schema %I in %I', n.nspname, p.pubname),
    format('alter publication %I add tables in schema %I', p.pubname, n.nspname)
  from pg_publication_namespace s join pg_publication p on p.oid = s.pnpubid join pg_namespace n on n.oid = s.pnnspid`;

/** By the columns that every version of the Storage server has. */
export const buckets = `
  select 'bucket' as kind, 'bucket/' || b.id as key, b.id as name,
    format('insert into storage.buckets (id, name, owner, public, avif_autodetection, file_size_limit, allowed_mime_types, owner_id)
      select id, name, owner, public, avif_autodetection, file_size_limit, allowed_mime_types, owner_id from jsonb_populate_record(null::storage.buckets, %L)',
      jsonb_strip_nulls(jsonb_build_object('id', b.id, 'name', b.name, 'owner', b.owner, 'public', b.public, 'avif_autodetection', b.avif_autodetection,
        'file_size_limit', b.file_size_limit, 'allowed_mime_types', b.allowed_mime_types, 'owner_id', b.owner_id))) as "create"
  from storage.buckets b`;

/**
 * The applied migrations. They are inserted by the table's owner, so that functions from the live database which
 * constraints and indexes call run with that role's rights.
 * @param table in SQL
 */
export function recordsOf(table: string): string {
  const oid = `${quoteLiteral(table)}::regclass`;
  const force = (word: string) =>
    `(select case when c.relforcerowsecurity then 'alter table ${table} ${word} row level security; ' end from pg_class c where c.oid = ${oid})`;
  return `
  select 'records' as kind, 'records/' || ${quoteLiteral(table)} as key, ${quoteLiteral(table)} as name,
    concat(format('set local role %I; ', (select pg_get_userbyid(c.relowner) from pg_class c where c.oid = ${oid})), ${force("no force")},
      format('insert into ${table} select * from jsonb_populate_recordset(null::${table}, %L); ', jsonb_agg(to_jsonb(r) order by to_jsonb(r)::text)),
      ${force("force")}, 'reset role') as "create",
    array['pg_class'::regclass::oid || '/' || ${oid}::oid] as needs
  from ${table} as r having count(*) > 0`;
}
