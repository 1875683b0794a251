/** Beside the corpus: things that exist and can't be used as somebody might want to. */
export const refusedSetup = `
  create materialized view public.task_counts as select organization_id, count(*) from public.tasks group by 1;
  create sequence public.numbers;
  create table public.counted (id int generated always as identity);
  create unlogged table public.scratch (id text primary key);
  create table public.keyless (id text, title text);
  create table public.generated (id text primary key, twice text generated always as (id || id) stored);
  create view public.own_tasks with (security_invoker = true) as select * from public.tasks;
  create function private.used(a text) returns boolean language sql stable as 'select true';
  create function private.used_default(a text, b int default 1) returns boolean language sql stable as 'select true';
  create function private.fires() returns trigger language plpgsql as 'begin return new; end';
  create aggregate private.added(int) (sfunc = int4pl, stype = int, initcond = '0');
  create policy uses on public.organizations using (private.used(id) and private.used_default(id));
  create function private.other_owner() returns int language sql as 'select 1';
`;

/** Run by the superuser: what belongs to somebody else. */
export const refusedSetupByOthers = `
  create role wrong_stranger;
  create schema strange;
  create table strange.things (id text primary key);
  create foreign data wrapper strange_wrapper;
  create server strange_server foreign data wrapper strange_wrapper;
  create foreign table public.remote_tasks (id text) server strange_server;
  alter foreign table public.remote_tasks owner to postgres;
  create table public.strange_things (id text primary key);
  create publication strange_publication;
  alter function private.other_owner() owner to supabase_admin;
`;
