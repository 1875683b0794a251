import type pg from "pg";

/**
 * What one server prints of the policies, functions, grants and publications of a database, as statements for another one: as a dump
 * carries them to a new major version.
 */
export async function printObjects(client: pg.Client): Promise<string[]> {
  await client.query("set search_path = ''");
  const statements: string[] = ["set search_path = ''", "set check_function_bodies = off"];
  for (const query of [
    functionsQuery,
    functionGrantsQuery,
    tablesQuery,
    tableGrantsQuery,
    policiesQuery,
    publicationsQuery,
  ]) {
    const { rows } = await client.query<{ statement: string }>(query);
    statements.push(...rows.map((row) => row.statement));
  }
  return statements;
}

const ownSchemas = "n.nspname in ('public', 'other', 'private', 'Odd Schema')";
const isExtension = (object: string) =>
  `exists (select from pg_depend d where d.objid = ${object} and d.deptype = 'e')`;

const functionsQuery = `
  select pg_get_functiondef(p.oid) as statement from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${ownSchemas} and not ${isExtension("p.oid")} order by p.oid`;

const functionGrantsQuery = `
  select format('revoke all on routine %s from public', p.oid::regprocedure) as statement
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ownSchemas} and p.proacl is not null and not ${isExtension("p.oid")}
  union all
  select format('grant execute on routine %s to %s', p.oid::regprocedure, coalesce(quote_ident(g.rolname), 'public'))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace, aclexplode(p.proacl) a left join pg_roles g on g.oid = a.grantee
  where ${ownSchemas} and a.grantee <> p.proowner and not ${isExtension("p.oid")}`;

const tablesQuery = `
  select format('alter table %s enable row level security', c.oid::regclass) as statement
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ownSchemas} and c.relrowsecurity`;

/** As a dump does it: first nothing, then all, or what is held. */
const tableGrantsQuery = `
  select format('revoke all on %s from public, anon, authenticated, service_role', c.oid::regclass) as statement
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ownSchemas} and c.relkind in ('r', 'p')
  union all
  select format('grant %s on %s to %s%s', case when count(*) = 7 then 'all' else string_agg(a.privilege_type, ', ') end, c.oid::regclass,
    coalesce(quote_ident(g.rolname), 'public'), case when a.is_grantable then ' with grant option' else '' end)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a left join pg_roles g on g.oid = a.grantee
  where ${ownSchemas} and c.relkind in ('r', 'p') and a.grantee <> c.relowner group by c.oid, g.rolname, a.is_grantable
  union all
  select format('grant %s (%I) on %s to %s%s', a.privilege_type, t.attname, c.oid::regclass, coalesce(quote_ident(g.rolname), 'public'),
    case when a.is_grantable then ' with grant option' else '' end)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
    left join pg_roles g on g.oid = a.grantee where ${ownSchemas} and c.relkind in ('r', 'p') and a.grantee <> c.relowner`;

const policiesQuery = `
  select format('create policy %I on %s as %s for %s to %s%s%s', polname, polrelid::regclass, case when polpermissive then 'permissive' else 'restrictive' end,
    case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (select string_agg(coalesce(quote_ident(g.rolname), 'public'), ', ') from unnest(polroles) as member(id) left join pg_roles g on g.oid = member.id),
    ' using (' || pg_get_expr(polqual, polrelid) || ')', ' with check (' || pg_get_expr(polwithcheck, polrelid) || ')') as statement
  from pg_policy`;

const publicationsQuery = `
  select format('create publication %I with (publish = %L, publish_via_partition_root = %s)', pubname, concat_ws(', ', case when pubinsert then 'insert' end,
    case when pubupdate then 'update' end, case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end), pubviaroot::text) as statement
  from pg_publication where pubname <> 'supabase_realtime'
  union all
  select format('alter publication %I add table %s%s%s', p.pubname, r.prrelid::regclass,
    (select format(' (%s)', string_agg(quote_ident(t.attname), ', ')) from unnest(r.prattrs::int2[]) as listed(number)
      join pg_attribute t on t.attrelid = r.prrelid and t.attnum = listed.number having count(*) > 0),
    ' where (' || pg_get_expr(r.prqual, r.prrelid) || ')')
  from pg_publication_rel r join pg_publication p on p.oid = r.prpubid`;
