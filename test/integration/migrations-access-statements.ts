/** One statement of a migration that changes access to what the program of the test declares, and how a preview names it. */
export interface AccessStatement {
  readonly sql: string;
  /** Part of the preview's line; undefined where a preview says nothing of it, since the declaration says the same or nothing at all. */
  readonly named?: string;
}

const privileges = ["insert", "update", "delete", "truncate", "references", "trigger"];

const grants: readonly AccessStatement[] = [
  ...privileges.flatMap((privilege) =>
    ["anon", "public"].map((role) => ({
      sql: `grant ${privilege} on public.tasks to ${role}`,
      named: `grants ${privilege} on public.tasks to ${role}, which the resource tasks does not declare: the update takes it back`,
    })),
  ),
  { sql: "grant select on tasks to anon", named: "grants select on public.tasks to anon" },
  { sql: "grant all on all tables in schema public to anon", named: "grants all on public.tasks to anon" },
  {
    sql: "grant update (id, title) on public.tasks to authenticated",
    named: "grants update (id) on public.tasks to authenticated",
  },
  { sql: "grant select (id) on public.tasks to anon", named: "grants select (id) on public.tasks to anon" },
  {
    sql: "grant select on public.tasks to authenticated with grant option",
    named: "grants select on public.tasks to authenticated with grant option",
  },
  {
    sql: "revoke select on public.tasks from authenticated",
    named:
      "revokes select on public.tasks from authenticated, which the resource tasks declares: the update grants it again",
  },
  {
    sql: "revoke update (title) on public.tasks from authenticated",
    named: "revokes update (title) on public.tasks from authenticated",
  },
  { sql: "revoke all on public.tasks from authenticated, service_role", named: "revokes select" },
  {
    sql: "create schema filled create table held (id int) grant select on public.tasks to anon; drop schema filled cascade",
    named: "grants select on public.tasks to anon",
  },
  { sql: "grant select on public.tasks to authenticated" },
  { sql: "drop owned by authenticated" },
  {
    sql: `do 'begin grant select on public.tasks to colleague with grant option;
      set local role colleague;
      grant select on public.tasks to anon;
      reset role;
      end'`,
  },
  { sql: "grant insert on public.tasks to anon; revoke insert on public.tasks from anon" },
];

const tables: readonly AccessStatement[] = [
  {
    sql: "alter table public.tasks disable row level security",
    named:
      "switches row-level security off on public.tasks, which the resource tasks declares on: the update switches it on again",
  },
  {
    sql: "alter table public.tasks force row level security",
    named: "switches row-level security for the owner on on public.tasks",
  },
  {
    sql: "alter table public.secrets no force row level security",
    named: "switches row-level security for the owner off on public.secrets",
  },
  { sql: "alter table public.tasks enable row level security" },
  {
    sql: `create or replace function public.later() returns trigger language plpgsql as 'begin alter table public.tasks disable row level security;
      return null;
      end'; drop trigger if exists later on public.secrets; create constraint trigger later after insert on public.secrets
      deferrable initially deferred for each row execute function public.later(); insert into public.secrets values (gen_random_uuid())`,
  },
  { sql: "alter table public.tasks owner to colleague", named: "makes colleague the owner of public.tasks" },
  { sql: "alter table public.secrets rename to hidden; alter table public.hidden rename to secrets" },
  {
    sql: "alter table public.secrets rename to old_secrets; create table public.secrets (id text primary key); drop table public.old_secrets; grant select on public.secrets to anon",
    named: "grants select on public.secrets to anon",
  },
];

const policies: readonly AccessStatement[] = [
  {
    sql: "create policy extra on public.tasks for select to anon using (true)",
    named:
      "creates the policy extra on public.tasks for anon, which the resource tasks does not declare: the update drops it",
  },
  {
    sql: "create policy extra on public.tasks as restrictive using (false)",
    named: "creates the policy extra on public.tasks for everybody",
  },
  {
    sql: "alter policy opens on public.tasks using (true)",
    named:
      "alters the policy opens on public.tasks, which the resource tasks declares otherwise: the update brings it to its declaration",
  },
  { sql: "alter policy opens on public.tasks to anon", named: "alters the policy opens on public.tasks" },
  { sql: "alter policy opens on public.tasks rename to other", named: "drops the policy opens on public.tasks" },
  {
    sql: "drop policy narrows on public.tasks",
    named: "drops the policy narrows on public.tasks, which the resource tasks declares: the update makes it again",
  },
  {
    sql: "drop policy opens on public.tasks; create policy opens on public.tasks for select to authenticated using (owner = (select private.me()))",
  },
  {
    sql: "create policy extra on storage.objects for select to anon using (true)",
    named: "creates the policy extra on storage.objects for anon, which the resource files-list does not declare",
  },
  {
    sql: "alter policy files on storage.objects using (true)",
    named: "alters the policy files on storage.objects, which the resource files declares otherwise",
  },
  {
    sql: "drop policy files on storage.objects",
    named: "drops the policy files on storage.objects, which the resource files declares",
  },
  {
    sql: "drop policy topics on realtime.messages; create policy topics on realtime.messages for select to anon using (true)",
    named: "creates the policy topics on realtime.messages, which the resource topics declares otherwise",
  },
];

const functions: readonly AccessStatement[] = [
  {
    sql: "create or replace function private.me() returns text language sql stable security definer set search_path = pg_catalog, pg_temp as 'select ''ann''::text'",
    named: "defines the function private.me(), which the resource me declares otherwise",
  },
  {
    sql: "create or replace function private.me() returns text stable language sql as $$ select current_setting('request.jwt.claim.sub', true) $$",
  },
  { sql: "alter function private.me() security definer", named: "alters the function private.me()" },
  { sql: "alter function private.me() set search_path = public", named: "alters the function private.me()" },
  { sql: "alter function private.me() stable" },
  {
    sql: "grant execute on function private.me() to anon",
    named: "grants execute on the function private.me() to anon",
  },
  {
    sql: "grant execute on all functions in schema private to public",
    named: "grants execute on the function private.me() to public",
  },
  {
    sql: "revoke execute on function private.me from authenticated",
    named: "revokes execute on the function private.me() from authenticated",
  },
  {
    sql: "alter function private.me() owner to colleague",
    named: "makes colleague the owner of the function private.me()",
  },
  {
    sql: "alter function private.me() rename to you; drop function private.you() cascade",
    named: "renames the function private.me()",
  },
  { sql: "drop function private.me() cascade", named: "drops the function private.me()" },
  { sql: "drop schema private cascade", named: "drops the schema private" },
  {
    sql: "alter schema private rename to hidden; drop schema hidden cascade",
    named:
      "renames the schema private to hidden and drops it, which the resource private declares: the update makes it again",
  },
  { sql: "alter schema private rename to hidden; alter schema hidden rename to private" },
  { sql: "grant usage, create on schema private to anon", named: "grants usage, create on the schema private to anon" },
  {
    sql: "revoke usage on schema private from authenticated",
    named: "revokes usage on the schema private from authenticated",
  },
];

const others: readonly AccessStatement[] = [
  {
    sql: "alter publication sent add table public.secrets",
    named:
      "adds public.secrets to the publication sent, which the resource sent does not declare: the update takes it out again",
  },
  { sql: "alter publication sent drop table public.tasks", named: "takes public.tasks out of the publication sent" },
  { sql: "alter publication sent set table public.secrets", named: "adds public.secrets to the publication sent" },
  {
    sql: "alter publication sent set (publish = 'insert, update, delete, truncate')",
    named: "changes the settings of the publication sent",
  },
  { sql: "alter publication sent set (publish = 'INSERT', publish_via_partition_root = off)" },
  {
    sql: "alter publication sent set (publish = 'update'); alter publication sent set (publish = insert)",
  },
  {
    sql: "drop publication sent; create publication sent for table public.tasks",
    named: "chooses the settings of the publication sent, which the resource sent declares",
  },
  { sql: "drop publication sent", named: "drops the publication sent" },
  {
    sql: "drop publication sent; create publication sent for table public.tasks with (publish = 'insert')",
  },
  {
    sql: "update storage.buckets set public = true",
    named: "may change public of the bucket files, which the resource bucket declares otherwise",
  },
  {
    sql: "update storage.buckets set public = true, file_size_limit = 5 where id = 'files'",
    named: "changes public, file_size_limit of the bucket files",
  },
  { sql: "update storage.buckets set public = false where id = 'files'" },
  {
    sql: "with opened as (update storage.buckets set public = true where id = 'files' returning 1) insert into public.secrets select gen_random_uuid() from opened",
    named: "changes public of the bucket files",
  },
  {
    sql: "merge into storage.buckets b using (select 'files' as id) f on b.id = f.id when matched then update set public = true",
    named: "may change public of the bucket files",
  },
  {
    sql: "insert into storage.buckets (id, name, public) values ('files', 'files', true) on conflict (id) do update set public = excluded.public",
    named: "changes public of the bucket files",
  },
  { sql: "insert into storage.buckets (id, name, public) values ('other', 'other', true) on conflict do nothing" },
];

const madeByMigrations: readonly AccessStatement[] = [
  { sql: "create or replace view public.totals as select count(*) from public.tasks" },
  { sql: "drop view public.totals; create view public.totals as select count(*) from public.tasks" },
  {
    sql: "drop view public.totals; create view public.totals with (security_invoker = yes) as select count(*) from public.tasks",
  },
  {
    sql: "alter view public.totals set (security_invoker = off)",
    named: "has public.totals read with the rights of its owner",
  },
  {
    sql: "alter view public.totals reset (security_invoker)",
    named: "has public.totals read with the rights of its owner",
  },
  { sql: "alter view public.totals set (security_barrier)" },
  { sql: "alter view public.totals owner to colleague", named: "makes colleague the owner of public.totals" },
  { sql: "alter view public.totals rename to sums; alter view public.sums rename to totals" },
  {
    sql: "grant select on public.totals to anon",
    named: "grants select on public.totals to anon, which the resource totals does not declare",
  },
  {
    sql: "revoke select on public.totals from authenticated",
    named: "revokes select on public.totals from authenticated",
  },
  {
    sql: "grant usage on sequence public.numbers to anon",
    named: "grants usage on the sequence public.numbers to anon",
  },
  { sql: "grant select on public.numbers to anon", named: "grants select on the sequence public.numbers to anon" },
  {
    sql: "grant all on all sequences in schema public to public",
    named: "grants all on the sequence public.numbers to public",
  },
  {
    sql: "alter sequence public.numbers owner to colleague",
    named: "makes colleague the owner of the sequence public.numbers",
  },
  { sql: "drop trigger touch on public.tasks" },
  { sql: "alter table public.tasks disable trigger touch" },
  { sql: "create or replace trigger touch after delete on public.tasks execute function public.touch()" },
  { sql: "drop sequence public.numbers; create sequence public.numbers" },
  {
    sql: "grant execute on function public.total() to anon",
    named: "grants execute on the function public.total() to anon",
  },
  {
    sql: "alter function public.total() security invoker",
    named:
      "has the function public.total() run with the rights of whoever calls it, which the resource total declares otherwise: the update changes that back",
  },
  {
    sql: "drop function public.total(); create function public.total() returns bigint language sql as 'select 1::bigint'",
    named: "has the function public.total() run with the rights of whoever calls it",
  },
  {
    sql: "create or replace function public.total() returns bigint language sql security definer as 'select 1::bigint'",
  },
  { sql: "alter function public.total() reset search_path" },
  {
    sql: "alter function public.total() owner to colleague",
    named: "makes colleague the owner of the function public.total()",
  },
];

const roles: readonly AccessStatement[] = [
  {
    sql: "grant service_role to agent",
    named: "makes agent a member of service_role, which the resource agent does not declare: the update takes it back",
  },
  {
    sql: "revoke authenticated from agent",
    named: "ends agent's membership of authenticated, which the resource agent declares: the update grants it again",
  },
  { sql: "grant authenticated to agent" },
  { sql: "alter role agent createrole" },
  {
    sql: "alter default privileges in schema private grant insert on tables to anon",
    named: "to anon, which the resource new tables does not declare",
  },
  {
    sql: "alter default privileges in schema private revoke select on tables from authenticated",
    named: "from authenticated, which the resource new tables declares",
  },
  { sql: "alter default privileges in schema private grant select on tables to authenticated" },
];

export const accessStatements: readonly AccessStatement[] = [
  ...grants,
  ...tables,
  ...policies,
  ...functions,
  ...madeByMigrations,
  ...roles,
  ...others,
];
