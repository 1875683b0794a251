import { type QualifiedName, quoteLiteral } from "../sql/quote.ts";

/**
 * One query an object class. Each returns one row with one column `rows`: the server builds the JSON, which costs it less than
 * the driver would need to decode columns, and a class without objects is an empty list.
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */

const userSchemas = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname !~ '^pg_(toast_)?temp_'`;

export const serverQuery = `
  select json_build_array(json_build_object(
    'version', current_setting('server_version_num')::int,
    'user', current_user,
    'isSuperuser', current_setting('is_superuser') = 'on',
    'actsAs', array(select rolname from pg_catalog.pg_roles where pg_catalog.pg_has_role(oid, 'USAGE')),
    'hasBuckets', to_regclass('storage.buckets') is not null,
    'hasMigrations', to_regclass('public._prisma_migrations') is not null)) as rows`;

export function schemasQuery(scope: "all" | readonly string[]): string {
  return `
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
  from pg_catalog.pg_namespace n where ${userSchemas} and ${scope === "all" ? "true" : `n.nspname in (${list(scope)})`}`;
}

export function tablesQuery(scope: "all" | readonly QualifiedName[]): string {
  return `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relnatts
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${only(scope, "n.nspname", "c.relname")}
  ), privilege as (
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, null::name as attname, nullif(a.grantor, r.relowner) as grantor
    from relation r, pg_catalog.aclexplode(r.relacl) a where a.grantee <> r.relowner
    union all
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, t.attname, nullif(a.grantor, r.relowner)
    from relation r join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attacl is not null and not t.attisdropped,
      pg_catalog.aclexplode(t.attacl) a where a.grantee <> r.relowner
  ), grants as (
    select p.oid, json_agg(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(p.privilege_type),
      'grantable', p.is_grantable, 'column', p.attname)) as list,
      json_agg(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(p.privilege_type), 'grantable', p.is_grantable,
        'column', p.attname, 'grantor', pg_catalog.pg_get_userbyid(p.grantor))) filter (where p.grantor is not null) as passed_on
    from privilege p left join pg_catalog.pg_roles g on g.oid = p.grantee group by p.oid
  ), policies as (
    select p.polrelid as oid, json_agg(json_build_object('name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
      'roles', array(select coalesce(g.rolname, 'public') from unnest(p.polroles) as member(id) left join pg_catalog.pg_roles g on g.oid = member.id order by 1),
      'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'withCheck', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname) as list
    from pg_catalog.pg_policy p join relation r on r.oid = p.polrelid group by p.polrelid
  )
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'rowSecurity', r.relrowsecurity, 'forceRowSecurity', r.relforcerowsecurity, 'grants', grants.list, 'passedOn', grants.passed_on, 'policies', policies.list)), '[]') as rows
  from relation r left join grants on grants.oid = r.oid left join policies on policies.oid = r.oid`;
}

export function functionsQuery(scope: "all" | readonly QualifiedName[]): string {
  return `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
    'definition', pg_catalog.pg_get_functiondef(p.oid), 'body', p.prosrc,
    'execute', array(select coalesce(g.rolname, 'public') from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
      left join pg_catalog.pg_roles g on g.oid = a.grantee where a.grantee <> p.proowner),
    'executeWithGrantOption', case when p.proacl::text like '%*%' then array(select g.rolname from pg_catalog.aclexplode(p.proacl) a
      join pg_catalog.pg_roles g on g.oid = a.grantee where a.grantee <> p.proowner and a.is_grantable) else '{}' end)), '[]') as rows
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prokind in ('f', 'p') and ${only(scope, "n.nspname", "p.proname")}
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')`;
}

export function publicationsQuery(scope: "all" | readonly string[]): string {
  return `
  select coalesce(json_agg(json_build_object('name', p.pubname, 'owner', pg_catalog.pg_get_userbyid(p.pubowner), 'allTables', p.puballtables,
    'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete, 'truncate', p.pubtruncate, 'viaPartitionRoot', p.pubviaroot,
    'schemas', array(select n.nspname from pg_catalog.pg_publication_namespace s join pg_catalog.pg_namespace n on n.oid = s.pnnspid where s.pnpubid = p.oid order by 1),
    'tables', (select json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
        'columns', case when r.prattrs is not null then array(select t.attname from unnest(r.prattrs::int2[]) as listed(number)
          join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = listed.number order by 1) end,
        'where', pg_catalog.pg_get_expr(r.prqual, r.prrelid)))
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where r.prpubid = p.oid))), '[]') as rows
  from pg_catalog.pg_publication p where ${scope === "all" ? "true" : `p.pubname in (${list(scope)})`}`;
}

export function bucketsQuery(scope: "all" | readonly string[]): string {
  return `
  select coalesce(json_agg(json_build_object('id', b.id, 'name', b.name, 'public', coalesce(b.public, false), 'type', to_jsonb(b) ->> 'type',
    'avifAutodetection', coalesce((to_jsonb(b) ->> 'avif_autodetection')::boolean, false), 'fileSizeLimit', b.file_size_limit,
    'allowedMimeTypes', (select array_agg(type order by type) from unnest(b.allowed_mime_types) as allowed(type)))), '[]') as rows
  from storage.buckets b where ${scope === "all" ? "true" : `b.id in (${list(scope)})`}`;
}

export const migrationsQuery = `
  select coalesce(json_agg(json_build_object('migration_name', migration_name, 'checksum', checksum, 'started_at', started_at,
    'finished_at', finished_at, 'rolled_back_at', rolled_back_at, 'logs', logs) order by started_at), '[]') as rows
  from public._prisma_migrations`;

function only(scope: "all" | readonly QualifiedName[], schema: string, name: string): string {
  if (scope === "all") return userSchemas;
  if (scope.length === 0) return "false";
  return `(${schema}, ${name}) in (${scope.map((wanted) => `(${quoteLiteral(wanted.schema)}, ${quoteLiteral(wanted.name)})`).join(", ")})`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "null" : names.map(quoteLiteral).join(", ");
}
