/** Beside the corpus: things that exist and can't be used as somebody might want to. */
export const refusedSetup = `
  create materialized view public.task_counts as select organization_id, count(*) from public.tasks group by 1;
  create sequence public.numbers;
  create unlogged table public.scratch (id text primary key);
  create table public.keyless (id text, title text);
  create table public.generated (id text primary key, twice text generated always as (id || id) stored);
  create view public.own_tasks with (security_invoker = true) as select * from public.tasks;
  create function private.used(a text) returns boolean language sql stable as 'select true';
  create function private.used_default(a text, b int default 1) returns boolean language sql stable as 'select true';
  create policy uses on public.organizations using (private.used(id) and private.used_default(id));
  create function private.other_owner() returns int language sql as 'select 1';
`;

/** Run by the superuser: what belongs to somebody else. */
export const refusedSetupByOthers = `
  create role wrong_stranger;
  create schema strange;
  create table strange.things (id text primary key);
  create table public.strange_things (id text primary key);
  create publication strange_publication;
  alter function private.other_owner() owner to supabase_admin;
`;
