import type { WayIn } from "./way-in.ts";

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

/** Through tables, views and functions. */
export const waysThroughObjects: readonly WayIn[] = [...tables, ...otherTables, ...views, ...functions];
