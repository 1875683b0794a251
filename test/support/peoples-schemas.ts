/** A schema as people have it, made by hand or by another tool, and the ways in that it truly has beside what is declared. */
export interface PeoplesSchema {
  readonly name: string;
  /** Run by `postgres`. */
  readonly sql: string;
  /** What a program would declare of it, as kind and name. */
  readonly declared: readonly string[];
  /** The ways in that are left: whom they let through, and by what. */
  readonly findings: readonly string[];
}

const closed = (table: string) => `
  alter table ${table} enable row level security;
  revoke all on ${table} from anon, authenticated;`;

export const peoplesSchemas: readonly PeoplesSchema[] = [
  {
    name: "notes of one owner each, with helper functions and an extension in public",
    sql: `
      create extension if not exists citext schema public;
      create table public.profiles (id uuid primary key, handle public.citext);
      create table public.notes (id bigint generated always as identity primary key, owner uuid, body text);
      ${closed("public.profiles")} ${closed("public.notes")}
      create policy own on public.notes to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
      create policy seen on public.profiles for select to anon, authenticated using (true);
      grant select on public.profiles to anon, authenticated;
      grant select, insert, update, delete on public.notes to authenticated;
      create function public.slug(title text) returns text language sql immutable as 'select lower(title)';
      create function public.touch() returns trigger language plpgsql security definer set search_path = '' as 'begin return new; end';`,
    declared: ["table public.profiles", "table public.notes"],
    findings: [],
  },
  {
    name: "teams with RPC functions for signed-in users",
    sql: `
      create schema private;
      create table public.teams (id uuid primary key, name text);
      create table public.members (team uuid references public.teams, person uuid, primary key (team, person));
      ${closed("public.teams")} ${closed("public.members")}
      create function private.is_member(team uuid) returns boolean language sql stable security definer set search_path = ''
        as 'select exists (select from public.members m where m.team = $1 and m.person = (select auth.uid()))';
      create policy mine on public.teams for select to authenticated using (private.is_member(id));
      grant select on public.teams to authenticated;
      create function public.create_team(name text) returns uuid language sql security definer set search_path = ''
        as 'insert into public.teams values (gen_random_uuid(), $1) returning id';
      revoke execute on function public.create_team(text) from public;
      grant execute on function public.create_team(text) to authenticated;
      create function public.count_teams() returns bigint language sql security invoker as 'select count(*) from public.teams';`,
    declared: ["table public.teams", "table public.members", "schema private"],
    // Nobody but its owner may name what is in the schema private.
    findings: ["authenticated: function public.create_team(text)"],
  },
  {
    name: "a shop with views, one of them with its owner's rights",
    sql: `
      create table public.products (id int primary key, name text, cost numeric);
      create table public.orders (id int primary key, buyer uuid, product int references public.products);
      ${closed("public.products")} ${closed("public.orders")}
      create policy mine on public.orders for select to authenticated using (buyer = (select auth.uid()));
      grant select on public.orders to authenticated;
      create view public.my_orders with (security_invoker = true) as select id from public.orders;
      create view public.catalogue as select id, name from public.products;
      revoke all on public.my_orders, public.catalogue from anon, authenticated;
      grant select on public.my_orders to authenticated;
      grant select on public.catalogue to anon;
      create materialized view public.bestsellers as select product, count(*) from public.orders group by product;
      revoke all on public.bestsellers from anon, authenticated;`,
    declared: ["table public.products", "table public.orders"],
    findings: ["anon: view public.catalogue"],
  },
  {
    name: "an old project, whose default privileges give everything",
    sql: `
      alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
      alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
      alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
      create table public.messages (id serial primary key, author uuid, body text);
      alter table public.messages enable row level security;
      create policy read on public.messages for select using (true);
      create table public.settings (key text primary key, value text);`,
    declared: ["table public.messages"],
    findings: [
      "anon, authenticated: default privileges postgres public functions",
      "anon, authenticated: default privileges postgres public sequences",
      "anon, authenticated: default privileges postgres public tables",
      "anon, authenticated: table public.settings",
    ],
  },
  {
    name: "files and channels, a public bucket and a role for reports",
    sql: `
      create role reporting;
      create table public.documents (id uuid, owner uuid, primary key (id, owner)) partition by list (owner);
      create table public.documents_rest partition of public.documents default;
      ${closed("public.documents")} ${closed("public.documents_rest")}
      grant select on public.documents to reporting;
      insert into storage.buckets (id, name, public) values ('papers', 'papers', false), ('pictures', 'pictures', true);
      create policy papers on storage.objects for select to authenticated using (bucket_id = 'papers' and owner_id = (select auth.uid()::text));
      create policy listen on realtime.messages for select to authenticated using (realtime.topic() = 'news');
      create publication analytics for table public.documents;`,
    declared: ["table public.documents", "table public.documents_rest", "policy storage.objects/papers"],
    findings: [
      "authenticated: policy realtime.messages/listen",
      "public: bucket pictures",
      "replication clients: publication analytics",
    ],
  },
];
