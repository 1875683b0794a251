-- What else a hosted `postgres` may do although PostgreSQL keeps it to superusers: a few settings, and extensions.

grant set on parameter
  session_replication_role, track_io_timing, track_functions, log_min_messages, log_min_duration_statement,
  log_statement, log_lock_waits, wal_compression
to postgres;
grant set on parameter log_min_messages to supabase_realtime_admin;

-- What PostgREST reads from the role that it connects as: alter role authenticator set pgrst.db_schemas = 'public, api'.
-- Before PostgreSQL 16 whoever creates roles may set it. Since then it takes the role's administration, which here lets
-- `postgres` do more with that one role than a hosted project would.
grant set on parameter
  pgrst.db_schemas, pgrst.db_extra_search_path, pgrst.db_max_rows, pgrst.db_pre_request, pgrst.db_plan_enabled,
  pgrst.db_aggregates_enabled, pgrst.db_timezone_enabled, pgrst.openapi_mode
to postgres;
do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    execute 'grant authenticator to postgres with admin true, inherit false, set false';
  end if;
end
$$;

-- Extensions that the platform holds harmless. Those that PostgreSQL itself trusts need no help. While CREATE EXTENSION
-- runs, and never outside the transaction, `postgres` is a superuser; afterwards anything not on the list is refused.
create or replace function pg_catalog.palisade_trust() returns event_trigger
language plpgsql security definer set search_path = '' as $$
begin
  if current_setting('palisade.acting_role') = 'postgres' then
    update pg_authid set rolsuper = true where rolname = 'postgres';
  end if;
end
$$;

create or replace function pg_catalog.palisade_distrust() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
  created record;
begin
  if not exists (select from pg_authid where rolname = 'postgres' and rolsuper) then
    return;
  end if;
  update pg_authid set rolsuper = false where rolname = 'postgres';
  for created in
    select e.extname from pg_event_trigger_ddl_commands() c join pg_extension e on e.oid = c.objid
    where c.classid = 'pg_extension'::regclass
  loop
    if created.extname not in (
      'autoinc', 'bloom', 'dblink', 'earthdistance', 'insert_username', 'moddatetime', 'pg_stat_statements',
      'pg_walinspect', 'pgrowlocks', 'pgstattuple', 'postgres_fdw', 'refint', 'sslinfo'
    ) and not exists (
      select from pg_available_extension_versions where name = created.extname and trusted
    ) then
      raise exception 'permission denied to create extension "%"', created.extname
        using errcode = 'insufficient_privilege', hint = 'Must be superuser to create this extension.';
    end if;
  end loop;
end
$$;

drop event trigger if exists palisade_2_trust;
create event trigger palisade_2_trust on ddl_command_start
  when tag in ('CREATE EXTENSION', 'ALTER EXTENSION') execute function pg_catalog.palisade_trust();
drop event trigger if exists palisade_4_distrust;
create event trigger palisade_4_distrust on ddl_command_end
  when tag in ('CREATE EXTENSION', 'ALTER EXTENSION') execute function pg_catalog.palisade_distrust();
alter event trigger palisade_2_trust enable always;
alter event trigger palisade_4_distrust enable always;
