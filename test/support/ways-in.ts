/** One way by which somebody opens, by hand or by a migration, what a program declares closed. */
export interface WayIn {
  readonly name: string;
  /** Run by `postgres`, as on a hosted project; by a superuser where only one can. */
  readonly open: string;
  readonly needsSuperuser?: true;
  /** Who gets through, and by what: the request counts when it reaches a row, or has its effect. */
  readonly role: "anon" | "authenticated" | "authenticator";
  readonly request: string;
  /** How the object that lets it through is named. */
  readonly object: string;
  /** Whether `postgres` can close it again. Default: it can. */
  readonly stays?: true;
}

/** A table that is declared: two rows, row-level security, no grants, nothing to be had. */
export const declaredTables = `
  create table public.tasks (id int primary key, owner_id text, title text);
  insert into public.tasks values (1, 'a', 'one'), (2, 'b', 'two');
  revoke all on public.tasks from anon, authenticated;
  alter table public.tasks enable row level security;
  create table public.events (id int, title text) partition by list (id);
  revoke all on public.events from anon, authenticated;
  alter table public.events enable row level security;
`;

const rows = "create table public.leak (id int, title text); insert into public.leak values (1, 'x'), (2, 'y')";
const withPolicies = `${rows}; alter table public.leak enable row level security; revoke all on public.leak from anon, authenticated`;

const commands = [
  ["select", "select id from public.leak"],
  ["insert", "insert into public.leak (id) values (3)"],
  ["update", "update public.leak set title = 'z'"],
  ["delete", "delete from public.leak"],
] as const;

const whom = [
  ["anon", "anon"],
  ["authenticated", "authenticated"],
  ["public", "anon"],
] as const;

const tables: readonly WayIn[] = whom.flatMap(([grantee, role]) =>
  commands.flatMap(([command, request]): WayIn[] => [
    {
      name: `a new table without row-level security, ${command} granted to ${grantee}`,
      open: `${rows}; revoke all on public.leak from anon, authenticated; grant ${command} on public.leak to ${grantee}`,
      role,
      request,
      object: "public.leak",
    },
    {
      name: `a new table with a policy for ${command} that lets everything through, for ${grantee}`,
      open: `${withPolicies}; grant ${command} on public.leak to ${grantee}; create policy open on public.leak for ${command} to ${grantee} ${command === "insert" ? "with check" : "using"} (true)`,
      role,
      request,
      object: "public.leak",
    },
  ]),
);

const otherTables: readonly WayIn[] = [
  {
    name: "a new table whose rows a condition lets through",
    open: `${withPolicies}; grant select on public.leak to anon; create policy one on public.leak for select to anon using (id = 1)`,
    role: "anon",
    request: "select id from public.leak",
    object: "public.leak",
  },
  {
    name: "one column of a new table",
    open: `${rows}; revoke all on public.leak from anon, authenticated; grant select (title) on public.leak to authenticated`,
    role: "authenticated",
    request: "select title from public.leak",
    object: "public.leak",
  },
  {
    name: "truncate, which a new table gives by default",
    open: rows,
    role: "anon",
    request: "truncate public.leak",
    object: "public.leak",
  },
  {
    name: "a table that belongs to the role of a request",
    open: `${rows}; alter table public.leak enable row level security; alter table public.leak owner to authenticated`,
    needsSuperuser: true,
    role: "authenticated",
    request: "select id from public.leak",
    object: "public.leak",
  },
  {
    name: "a partition of a declared table by its own name",
    open: "create table public.events_1 partition of public.events for values in (1); insert into public.events values (1, 'x'); grant select on public.events_1 to anon",
    role: "anon",
    request: "select id from public.events_1",
    object: "public.events_1",
  },
  {
    name: "a child of a declared table by its own name",
    open: "create table public.old_tasks () inherits (public.tasks); insert into public.old_tasks values (3, 'a', 'old'); grant select on public.old_tasks to authenticated",
    role: "authenticated",
    request: "select id from public.old_tasks",
    object: "public.old_tasks",
  },
  {
    name: "a table in a schema of its own",
    open: "create schema other; grant usage on schema other to anon; create table other.leak (id int); insert into other.leak values (1); grant select on other.leak to anon",
    role: "anon",
    request: "select id from other.leak",
    object: "other.leak",
  },
  {
    name: "a name that needs quotes",
    open: `create table public."My ""leak" (id int); insert into public."My ""leak" values (1); grant select on public."My ""leak" to anon`,
    role: "anon",
    request: `select id from public."My ""leak"`,
    object: `public."My ""leak"`,
  },
];

const views: readonly WayIn[] = [
  {
    name: "a view with its owner's rights",
    open: "create view public.shown as select * from public.tasks; grant select on public.shown to anon",
    role: "anon",
    request: "select id from public.shown",
    object: "public.shown",
  },
  {
    name: "a view with its owner's rights, for everybody",
    open: "create view public.shown as select * from public.tasks; grant select on public.shown to public",
    role: "authenticated",
    request: "select id from public.shown",
    object: "public.shown",
  },
  ...(["insert", "update", "delete"] as const).map(
    (command): WayIn => ({
      name: `${command} through a view with its owner's rights`,
      open: `create view public.shown as select * from public.tasks; revoke all on public.shown from anon, authenticated; grant ${command} on public.shown to anon`,
      role: "anon",
      request: {
        insert: "insert into public.shown (id) values (9)",
        update: "update public.shown set title = 'z'",
        delete: "delete from public.shown",
      }[command],
      object: "public.shown",
    }),
  ),
  {
    name: "a view of an invoker's view",
    open: "create view public.inner_view as select * from public.tasks; create view public.shown with (security_invoker) as select * from public.inner_view; grant select on public.inner_view, public.shown to anon",
    role: "anon",
    request: "select id from public.shown",
    object: "public.inner_view",
  },
  {
    name: "a view of a join",
    open: "create view public.shown as select t.id from public.tasks t join public.tasks u using (id); grant select on public.shown to anon",
    role: "anon",
    request: "select id from public.shown",
    object: "public.shown",
  },
  {
    name: "a materialised view",
    open: "create materialized view public.kept as select * from public.tasks; grant select on public.kept to authenticated",
    role: "authenticated",
    request: "select id from public.kept",
    object: "public.kept",
  },
  {
    name: "a view of the platform's users",
    open: "create view public.shown as select 1 as id, count(*) as users from auth.users; grant select on public.shown to anon",
    needsSuperuser: true,
    role: "anon",
    request: "select id from public.shown",
    object: "public.shown",
  },
];

const functions: readonly WayIn[] = [
  {
    name: "a function with its owner's rights, by what PostgreSQL gives everybody",
    open: "create function public.all_tasks() returns setof public.tasks language sql security definer as 'select * from public.tasks'",
    role: "anon",
    request: "select id from public.all_tasks()",
    object: "public.all_tasks()",
  },
  {
    name: "a function with its owner's rights, by a grant",
    open: "create function public.all_tasks(since int, until int) returns bigint language sql security definer as 'select count(*) from public.tasks'; revoke execute on function public.all_tasks(int, int) from public; grant execute on function public.all_tasks(int, int) to authenticated",
    role: "authenticated",
    request: "select public.all_tasks(1, 2)",
    object: "public.all_tasks(integer, integer)",
  },
  {
    name: "a procedure with its owner's rights",
    open: "create procedure public.wipe() language sql security definer as 'delete from public.tasks'",
    role: "anon",
    request: "call public.wipe()",
    object: "public.wipe()",
  },
  {
    name: "a function with its owner's rights in a schema that the API does not serve",
    open: "create schema inner_place; grant usage on schema inner_place to authenticated; create function inner_place.all_tasks() returns bigint language sql security definer as 'select count(*) from public.tasks'",
    role: "authenticated",
    request: "select inner_place.all_tasks()",
    object: "inner_place.all_tasks()",
  },
];

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

export const waysIn: readonly WayIn[] = [
  ...elsewhere,
  ...tables,
  ...otherTables,
  ...views,
  ...functions,
  ...roles,
  ...rest,
];
