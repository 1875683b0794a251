/**
 * Roles without passwords, which can't be read. Superusers are not copied: a function owned by one in the live database
 * would run as a superuser on this machine.
 */
export const roles = `
  select 'role' as kind, 'role/' || r.oid as key, r.rolname::text as name, format('create role %I', r.rolname) as "create",
    format('alter role %I with %s', r.rolname, concat_ws(' ',
      'nosuperuser', case when r.rolinherit then 'inherit' else 'noinherit' end,
      case when r.rolcreaterole then 'createrole' else 'nocreaterole' end, case when r.rolcreatedb then 'createdb' else 'nocreatedb' end,
      case when r.rolcanlogin then 'login' else 'nologin' end, case when r.rolreplication then 'replication' else 'noreplication' end,
      case when r.rolbypassrls then 'bypassrls' else 'nobypassrls' end,
      case when r.rolname <> 'postgres' then 'connection limit ' || r.rolconnlimit end)) as settle
  from pg_roles r where r.rolname !~ '^pg_' and r.rolname <> 'supabase_admin'`;

/** Roles with which a function can read and write the server's files, and run programs. */
const ofTheMachine = "'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'";

/** Rights over the server's machine are not copied to this one. */
export const machineRights = `
  select 'other' as kind, 'superuser/' || r.oid as key, format('superuser %I', r.rolname) as name
  from pg_roles r where r.rolsuper and r.rolname <> 'supabase_admin'
  union all select 'other', 'member/' || g.rolname || '/' || r.rolname, format('membership %I of %I', r.rolname, g.rolname)
  from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member where g.rolname in (${ofTheMachine})`;

/** Since PostgreSQL 16, several roles may have granted the same membership, each with its own options. */
export const memberships = `
  select 'membership' as kind, 'member/' || g.rolname || '/' || r.rolname as key, format('%I of %I', r.rolname, g.rolname) as name,
    format('grant %I to %I', g.rolname, r.rolname) || case
      when current_setting('server_version_num')::int >= 160000 then format(' with admin %s, inherit %s, set %s', bool_or(m.admin_option)::text,
        bool_or((to_jsonb(m) ->> 'inherit_option')::boolean)::text, bool_or((to_jsonb(m) ->> 'set_option')::boolean)::text)
      when bool_or(m.admin_option) then ' with admin option' else '' end as settle
  from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member
  where g.rolname not in (${ofTheMachine}) group by g.rolname, r.rolname`;

/**
 * A list of names is set with `from current`: any role may have stored a text that is not a list of quoted names, and
 * it would be executed here as SQL. Other values are quoted. Settings that preload libraries are left out, because the
 * libraries depend on the server.
 */
export const settings = `
  select 'settings' as kind, 'settings/' || s.setrole || '/' || s.setdatabase as key, t.target as name,
    format('alter %s reset all; ', t.target) || string_agg(case when v.name in ('search_path', 'temp_tablespaces')
      then format('select set_config(%L, %L, true); alter %s set %s from current; select set_config(%1$L, '''', true)', v.name, v.value, t.target, v.name)
      else format('alter %s set %s to %L', t.target, (select string_agg(quote_ident(part), '.') from unnest(string_to_array(v.name, '.')) as part), v.value)
      end, '; ' order by v.place) as settle
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    cross join lateral (select split_part(one, '=', 1) as name, substr(one, strpos(one, '=') + 1) as value, place
      from unnest(s.setconfig) with ordinality as c (one, place)) as v
    cross join lateral (select case when r.oid is null and d.oid is null then 'role all' when r.oid is null then format('database %I', d.datname)
      when d.oid is null then format('role %I', r.rolname) else format('role %I in database %I', r.rolname, d.datname) end as target) as t
  where (d.oid is null or d.datname = current_database()) and v.name !~ '_preload_libraries$'
  group by s.setrole, s.setdatabase, t.target`;
