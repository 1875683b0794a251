import type { WayIn } from "./way-in.ts";

const roles: readonly WayIn[] = [
  {
    name: "membership of the server's own role",
    open: "grant service_role to authenticated; grant select on public.tasks to service_role",
    role: "authenticated",
    request: "set local role service_role; select id from public.tasks",
    object: "authenticated in service_role",
  },
  {
    name: "membership of a role of one's own that may read everything",
    open: "create role reporting bypassrls; grant select on public.tasks to reporting; grant reporting to anon",
    needsSuperuser: true,
    role: "anon",
    request: "set local role reporting; select id from public.tasks",
    object: "anon in reporting",
  },
  {
    name: "membership of a predefined role",
    open: "grant pg_read_all_data to authenticated; alter table public.tasks disable row level security",
    needsSuperuser: true,
    role: "authenticated",
    request: "select id from public.tasks",
    object: "authenticated in pg_read_all_data",
    stays: true,
  },
  {
    name: "BYPASSRLS",
    open: "alter role anon bypassrls; grant select on public.tasks to anon",
    needsSuperuser: true,
    role: "anon",
    request: "select id from public.tasks",
    object: "anon BYPASSRLS",
    stays: true,
  },
  {
    name: "another role that a token may name",
    open: "create role auditor bypassrls; grant select on public.tasks to auditor; grant auditor to authenticator",
    needsSuperuser: true,
    role: "authenticator",
    request: "set local role auditor; select id from public.tasks",
    object: "auditor BYPASSRLS",
    stays: true,
  },
];

const rest: readonly WayIn[] = [
  {
    name: "creating in a schema",
    open: "grant create on schema public to anon",
    role: "anon",
    request: "create table public.mine (id int)",
    object: "public",
  },
  {
    name: "a public bucket",
    open: "insert into storage.buckets (id, name, public) values ('open', 'open', true)",
    role: "anon",
    request: "select true",
    object: "open",
  },
  ...(["select", "insert", "update", "delete"] as const).map(
    (command): WayIn => ({
      name: `a policy for ${command} on files`,
      open: `insert into storage.buckets (id, name) values ('kept', 'kept'); insert into storage.objects (bucket_id, name) values ('kept', 'a/b.txt'); create policy files on storage.objects for ${command} to anon ${command === "insert" ? "with check" : "using"} (bucket_id = 'kept')`,
      role: "anon",
      request: {
        select: "select name from storage.objects",
        insert: "insert into storage.objects (bucket_id, name) values ('kept', 'c.txt')",
        update: "update storage.objects set version = '1'",
        delete: "set local storage.allow_delete_query = 'true'; delete from storage.objects",
      }[command],
      object: "storage.objects/files",
    }),
  ),
  {
    name: "a policy on channels",
    open: "create policy listen on realtime.messages for select to authenticated using (true)",
    role: "authenticated",
    request: "select true",
    object: "realtime.messages/listen",
  },
  {
    name: "row-level security off on the platform's files",
    open: "insert into storage.buckets (id, name) values ('kept', 'kept'); insert into storage.objects (bucket_id, name) values ('kept', 'a/b.txt'); alter table storage.objects disable row level security",
    needsSuperuser: true,
    role: "anon",
    request: "select name from storage.objects",
    object: "storage.objects",
    stays: true,
  },
  {
    name: "a grant on the platform's users",
    open: "alter table auth.users disable row level security; grant select on auth.users to anon; insert into auth.users (id) values (gen_random_uuid())",
    needsSuperuser: true,
    role: "anon",
    request: "select id from auth.users",
    object: "auth.users",
    stays: true,
  },
  {
    name: "a sequence",
    open: "create sequence public.numbers; grant usage on sequence public.numbers to anon",
    role: "anon",
    request: "select nextval('public.numbers')",
    object: "public.numbers",
  },
  ...(["table public.tasks", "all tables", "tables in schema public"] as const).map(
    (what): WayIn => ({
      name: `a publication for ${what}`,
      open: `create publication copied for ${what}`,
      needsSuperuser: true,
      role: "anon",
      request: "select true",
      object: "copied",
      stays: true,
    }),
  ),
  ...(
    [
      [
        "select on tables",
        "create table public.later (id int); insert into public.later values (1)",
        "select id from public.later",
        "postgres public tables",
      ],
      [
        "insert on tables",
        "create table public.later (id int)",
        "insert into public.later values (1)",
        "postgres public tables",
      ],
      [
        "usage on sequences",
        "create sequence public.later",
        "select nextval('public.later')",
        "postgres public sequences",
      ],
    ] as const
  ).map(
    ([privilege, later, request, object]): WayIn => ({
      name: `default privileges: ${privilege}`,
      open: `alter default privileges for role postgres in schema public grant ${privilege} to anon; ${later}`,
      role: "anon",
      request,
      object,
    }),
  ),
  {
    name: "default privileges in every schema",
    open: "alter default privileges for role postgres grant select on tables to authenticated; create table public.later (id int); insert into public.later values (1)",
    role: "authenticated",
    request: "select id from public.later",
    object: "postgres tables",
  },
];

const elsewhere: readonly WayIn[] = [
  {
    name: "a table that a declared one becomes the child of",
    open: "create table public.plans (id int not null, owner_id text, title text); alter table public.plans enable row level security; revoke all on public.plans from anon, authenticated; grant select on public.plans to anon; create policy all_plans on public.plans for select to anon using (true); alter table public.tasks inherit public.plans",
    role: "anon",
    request: "select id from public.plans",
    object: "public.tasks of public.plans",
    stays: true,
  },
  {
    name: "a schema that belongs to the role of a request",
    open: "create schema mine authorization authenticated",
    role: "authenticated",
    request: "create table mine.things (id int); select true",
    object: "mine",
  },
  {
    name: "a function with its owner's rights in a schema of the platform's",
    open: "create function extensions.everything() returns bigint language sql security definer set search_path = '' as 'select count(*) from public.tasks'",
    role: "anon",
    request: "select extensions.everything()",
    object: "extensions.everything()",
  },
  {
    name: "a rule on a view that reads with its reader's rights",
    open: "create view public.door with (security_invoker = true) as select 1 as id; revoke all on public.door from anon, authenticated; grant insert on public.door to anon; create rule enter as on insert to public.door do instead delete from public.tasks",
    role: "anon",
    request: "insert into public.door values (1); select true",
    object: "public.door",
    stays: true,
  },
  {
    name: "a function that is moved to where the API finds it",
    open: "create schema hidden; create function hidden.everything() returns bigint language sql security definer set search_path = '' as 'select count(*) from public.tasks'; alter function hidden.everything() set schema public; alter function public.everything() rename to all_of_it",
    role: "anon",
    request: "select public.all_of_it()",
    object: "public.all_of_it()",
  },
  {
    name: "a role that is made with members",
    open: "grant select on public.tasks to service_role; create role boss in role service_role role anon",
    needsSuperuser: true,
    role: "anon",
    request: "set local role service_role; select id from public.tasks",
    object: "anon in boss",
    stays: true,
  },
  {
    name: "attributes by which a role makes others",
    open: "alter role anon createrole login",
    needsSuperuser: true,
    role: "anon",
    request: "create role another; select true",
    object: "anon CREATEROLE",
    stays: true,
  },
  {
    name: "a rule that writes elsewhere with its owner's rights",
    open: "create table public.inbox (id int); alter table public.inbox enable row level security; revoke all on public.inbox from anon, authenticated; grant insert on public.inbox to anon; create policy post on public.inbox for insert to anon with check (id > 1000); create rule copy as on insert to public.inbox do instead delete from public.tasks",
    role: "anon",
    request: "insert into public.inbox values (1001); select true",
    object: "public.inbox",
    stays: true,
  },
  {
    name: "a function of the platform's that somebody has replaced",
    open: "create policy server on public.tasks for select to anon using (auth.role() = 'service_role'); grant select on public.tasks to anon; create or replace function auth.role() returns text language sql stable as $$ select 'service_role' $$",
    needsSuperuser: true,
    role: "anon",
    request: "select id from public.tasks",
    object: "auth.role()",
    stays: true,
  },
];

/** By roles, default privileges, the platform, and what writes or reads elsewhere. */
export const waysByOtherMeans: readonly WayIn[] = [...roles, ...rest, ...elsewhere];
