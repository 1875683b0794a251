-- The database, its schemas and what a new table is granted.

alter database postgres owner to postgres;
grant all on database postgres to dashboard_user;

-- public belongs to pg_database_owner, so to postgres; PostgreSQL made it so.
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create, usage on schema public to supabase_realtime_admin;

create schema extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role, supabase_realtime_admin;
grant all on schema extensions to dashboard_user;

create extension "uuid-ossp" schema extensions;
create extension pgcrypto schema extensions;
create extension pg_stat_statements schema extensions;

-- Since May 2026 a new table in public can't be read or written through the API until somebody grants it. What the
-- platform took away is select, insert, update and delete; truncate, references, trigger (and maintain, on 17) are
-- still given to all three, and truncate asks no policy. The same goes for a sequence's update. Functions are left to
-- what PostgreSQL gives everybody.
alter default privileges for role postgres in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant update on sequences to anon, authenticated, service_role;

-- What the platform's superuser creates in public is granted as it always was.
alter default privileges for role supabase_admin in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
  grant all on functions to postgres, anon, authenticated, service_role;

-- Logical replication carries changes to realtime from here. Empty until a project adds tables.
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

-- GraphQL is off in new projects; its schema is there, empty.
create schema graphql_public;
grant usage on schema graphql_public to postgres, anon, authenticated, service_role;
