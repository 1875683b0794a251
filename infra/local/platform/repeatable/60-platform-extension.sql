-- What the platform's own extension lets `postgres` do with tables that belong to the platform, and nothing more:
-- create, alter, drop and comment on policies, drop triggers, and add the tables to publications of its own. (Creating
-- triggers is a plain grant.)
--
-- The extension can't be had here, so each such command by `postgres` is lent the ownership of the platform's tables
-- while it runs: before it, rows in pg_auth_members make `postgres` a member of the owners; after it, they go again.
-- Every other command meets PostgreSQL's ordinary refusals. What the loan would let through by accident (renaming a
-- policy, commenting on something else, other tables of the platform) is refused when the command has run.
--
-- The rows lead over a stand-in role whose number only this session uses, so that sessions never wait for each other,
-- and they are gone before anybody else could see them. An error rolls them back with the command. The functions are
-- in pg_catalog so that nothing of this shows among a project's own schemas.

-- The tables on which the platform's extension lets `postgres` manage policies and triggers.
create or replace function pg_catalog.palisade_is_lent(relation oid) returns boolean
language sql stable set search_path = '' as $$
  select relation in (
    select c.oid
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where (n.nspname, c.relname) in (
      ('auth', 'audit_log_entries'), ('auth', 'flow_state'), ('auth', 'identities'), ('auth', 'instances'),
      ('auth', 'mfa_amr_claims'), ('auth', 'mfa_challenges'), ('auth', 'mfa_factors'), ('auth', 'one_time_tokens'),
      ('auth', 'refresh_tokens'), ('auth', 'saml_providers'), ('auth', 'saml_relay_states'), ('auth', 'sessions'),
      ('auth', 'sso_domains'), ('auth', 'sso_providers'), ('auth', 'users'),
      ('realtime', 'messages'), ('realtime', 'subscription'),
      ('storage', 'buckets'), ('storage', 'migrations'), ('storage', 'objects'),
      ('storage', 's3_multipart_uploads'), ('storage', 's3_multipart_uploads_parts')
    )
  )
$$;

create or replace function pg_catalog.palisade_refuse(relation oid) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception 'must be owner of table %', (select relname from pg_class where oid = relation)
    using errcode = 'insufficient_privilege';
end
$$;

-- Whether a relation is one whose ownership the loan covers without being one that may be used.
create or replace function pg_catalog.palisade_is_overreach(relation oid) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select from pg_class
    where oid = relation
      and relowner in ('supabase_auth_admin'::regrole, 'supabase_storage_admin'::regrole,
                       'supabase_realtime_admin'::regrole)
  ) and not pg_catalog.palisade_is_lent(relation)
$$;

-- A number for a stand-in role: one of four that belong together, far above any that PostgreSQL hands out in a local
-- database's life, and another one for each command. One number for a session would do for safety; but the rows of
-- a transaction's earlier commands stay about, dead, until it ends, and each new row of the same key would visit them.
create or replace function pg_catalog.palisade_draw_stand_in() returns bigint
language sql volatile set search_path = '' as $$
  select 2147483648 + 4 * floor(random() * 536870912)::bigint
$$;

-- First, as whoever gives the command: note who that is. The functions below run as the superuser and couldn't tell.
create or replace function pg_catalog.palisade_note_role() returns event_trigger
language plpgsql set search_path = '' as $$
begin
  perform set_config('palisade.acting_role', current_user, true);
end
$$;

create or replace function pg_catalog.palisade_lend() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
  stand_in bigint;
begin
  if current_setting('palisade.acting_role') <> 'postgres' then
    return;
  end if;
  if tg_tag not in ('COMMENT', 'CREATE PUBLICATION', 'ALTER PUBLICATION') and current_setting('palisade.platform_locks', true) = 'on' then
    lock table
      auth.audit_log_entries, auth.flow_state, auth.identities, auth.instances, auth.mfa_amr_claims,
      auth.mfa_challenges, auth.mfa_factors, auth.one_time_tokens, auth.refresh_tokens, auth.saml_providers,
      auth.saml_relay_states, auth.sessions, auth.sso_domains, auth.sso_providers, auth.users,
      realtime.messages, realtime.subscription,
      storage.buckets, storage.migrations, storage.objects, storage.s3_multipart_uploads,
      storage.s3_multipart_uploads_parts
      in access exclusive mode;
  end if;
  if tg_tag = 'ALTER POLICY' then
    perform set_config('palisade.policy_names', coalesce((
      select jsonb_object_agg(oid, polname)::text from pg_policy where pg_catalog.palisade_is_lent(polrelid)
    ), '{}'), true);
  end if;
  stand_in := pg_catalog.palisade_draw_stand_in();
  perform set_config('palisade.stand_in', stand_in::text, true);
  if current_setting('server_version_num')::int >= 160000 then
    insert into pg_auth_members (oid, roleid, member, grantor, admin_option, inherit_option, set_option) values
      (stand_in::oid, stand_in::oid, 'postgres'::regrole, 10, false, true, false),
      ((stand_in + 1)::oid, 'supabase_auth_admin'::regrole, stand_in::oid, 10, false, true, false),
      ((stand_in + 2)::oid, 'supabase_storage_admin'::regrole, stand_in::oid, 10, false, true, false),
      ((stand_in + 3)::oid, 'supabase_realtime_admin'::regrole, stand_in::oid, 10, false, true, false);
  else
    insert into pg_authid (
      oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
      rolconnlimit
    ) values (stand_in::oid, 'palisade_' || stand_in, false, true, false, false, false, false, false, -1);
    insert into pg_auth_members (roleid, member, grantor, admin_option) values
      (stand_in::oid, 'postgres'::regrole, 10, false),
      ('supabase_auth_admin'::regrole, stand_in::oid, 10, false),
      ('supabase_storage_admin'::regrole, stand_in::oid, 10, false),
      ('supabase_realtime_admin'::regrole, stand_in::oid, 10, false);
  end if;
end
$$;

create or replace function pg_catalog.palisade_take_back() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
  stand_in oid;
  command record;
  relation oid;
begin
  if current_setting('palisade.acting_role') <> 'postgres' then
    return;
  end if;
  stand_in := current_setting('palisade.stand_in')::oid;
  delete from pg_auth_members where member = stand_in;
  delete from pg_auth_members where roleid = stand_in and member = 'postgres'::regrole;
  if current_setting('server_version_num')::int < 160000 then
    delete from pg_authid where oid = stand_in;
  end if;
  for command in select classid, objid from pg_event_trigger_ddl_commands() loop
    relation := case command.classid
      when 'pg_policy'::regclass then (select polrelid from pg_policy where oid = command.objid)
      when 'pg_class'::regclass then command.objid
      when 'pg_trigger'::regclass then (select tgrelid from pg_trigger where oid = command.objid)
      when 'pg_constraint'::regclass then (select conrelid from pg_constraint where oid = command.objid)
      when 'pg_rewrite'::regclass then (select ev_class from pg_rewrite where oid = command.objid)
    end;
    if pg_catalog.palisade_is_overreach(relation) then
      perform pg_catalog.palisade_refuse(relation);
    end if;
    -- A comment on what the platform owns, other than on a policy.
    if tg_tag = 'COMMENT' and command.classid <> 'pg_policy'::regclass and (
      pg_catalog.palisade_is_lent(relation) or exists (
        select from pg_shdepend
        where dbid = (select oid from pg_database where datname = current_database())
          and classid = command.classid and objid = command.objid and deptype = 'o'
          and refobjid in ('supabase_auth_admin'::regrole, 'supabase_storage_admin'::regrole,
                           'supabase_realtime_admin'::regrole)
      )
    ) then
      raise exception 'must be owner of %', pg_describe_object(command.classid, command.objid, 0)
        using errcode = 'insufficient_privilege';
    end if;
    if tg_tag = 'ALTER POLICY' and pg_catalog.palisade_is_lent(relation)
      and (select polname from pg_policy where oid = command.objid)
        is distinct from current_setting('palisade.policy_names')::jsonb ->> command.objid::text
    then
      perform pg_catalog.palisade_refuse(relation);
    end if;
  end loop;
end
$$;

-- What a DROP leaves to look at: the names of the thing and of its table.
create or replace function pg_catalog.palisade_check_drop() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
  dropped record;
  relation oid;
begin
  if current_setting('palisade.acting_role') <> 'postgres' then
    return;
  end if;
  for dropped in select address_names from pg_event_trigger_dropped_objects() where original loop
    relation := to_regclass(format('%I.%I', dropped.address_names[1], dropped.address_names[2]));
    if pg_catalog.palisade_is_overreach(relation) then
      perform pg_catalog.palisade_refuse(relation);
    end if;
  end loop;
end
$$;

-- Event triggers of one event run by name.
drop event trigger if exists palisade_1_note_role;
create event trigger palisade_1_note_role on ddl_command_start
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER', 'COMMENT', 'CREATE PUBLICATION',
               'ALTER PUBLICATION', 'CREATE EXTENSION', 'ALTER EXTENSION')
  execute function pg_catalog.palisade_note_role();
drop event trigger if exists palisade_2_lend;
create event trigger palisade_2_lend on ddl_command_start
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER', 'COMMENT', 'CREATE PUBLICATION',
               'ALTER PUBLICATION')
  execute function pg_catalog.palisade_lend();
drop event trigger if exists palisade_3_check_drop;
create event trigger palisade_3_check_drop on sql_drop
  when tag in ('DROP POLICY', 'DROP TRIGGER')
  execute function pg_catalog.palisade_check_drop();
drop event trigger if exists palisade_4_take_back;
create event trigger palisade_4_take_back on ddl_command_end
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER', 'COMMENT', 'CREATE PUBLICATION',
               'ALTER PUBLICATION')
  execute function pg_catalog.palisade_take_back();

-- With palisade.platform_locks on, a policy statement takes the locks that it takes on hosted projects. `postgres` may
-- set it for a database or a role, which PostgreSQL otherwise leaves to a superuser.
grant set on parameter palisade.platform_locks to postgres;

-- Also where triggers are told to rest, as a data load may do.
alter event trigger palisade_1_note_role enable always;
alter event trigger palisade_2_lend enable always;
alter event trigger palisade_3_check_drop enable always;
alter event trigger palisade_4_take_back enable always;
