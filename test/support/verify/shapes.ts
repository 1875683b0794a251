import {
  everybody,
  members,
  nobody,
  owner,
  type Person,
  type Row,
  rowsOf,
  type Verification,
  withRole,
} from "../../../infra/verify.ts";

/** A schema, what is stated of it, and changes to it that break what is stated, each with the object and command in which that shows. */
export interface Shape {
  readonly schema: string;
  readonly verification: Verification;
  readonly breaks: readonly (readonly [change: string, object: string, command: string, kind?: string])[];
}

const isLive = ({ values }: Row) => values.deleted_at === null;

export const shapes: Readonly<Record<string, Shape>> = {
  "owner columns with uuid, public read and private write": {
    schema: `
      create table posts (id bigint generated always as identity primary key, user_id uuid not null default auth.uid() references auth.users (id) on delete cascade, title text not null);
      alter table posts enable row level security;
      grant select on posts to anon, authenticated;
      grant insert, update, delete on posts to authenticated;
      create policy read on posts for select using (true);
      create policy write on posts for insert to authenticated with check (user_id = (select auth.uid()));
      create policy change on posts for update to authenticated using (user_id = (select auth.uid()));
      create policy remove on posts for delete to authenticated using (user_id = (select auth.uid()));`,
    verification: {
      people: {},
      tables: [rowsOf("posts", { select: everybody, insert: owner, update: owner, delete: owner })],
    },
    breaks: [
      ["alter policy write on posts with check (true)", "public.posts", "insert"],
      ["alter policy change on posts using (true)", "public.posts", "update"],
      ["alter policy change on posts with check (true)", "public.posts", "move"],
      ["alter policy remove on posts using (user_id is not null)", "public.posts", "delete"],
      ["drop policy read on posts", "public.posts", "select"],
    ],
  },
  "teams of teams": {
    schema: `
      create table teams (id uuid primary key default gen_random_uuid(), parent_id uuid references teams (id), name text not null);
      create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));
      create table notes (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), body text not null);
      create function private_teams() returns setof uuid language sql stable security definer set search_path = public, pg_temp as $$
        with recursive mine as (
          select team_id from team_members where user_id = auth.uid()
          union select teams.id from teams join mine on teams.parent_id = mine.team_id
        ) select team_id from mine $$;
      alter table teams enable row level security;
      alter table team_members enable row level security;
      alter table notes enable row level security;
      grant select on teams, team_members to authenticated;
      grant select, insert, update, delete on notes to authenticated;
      create policy teams on teams for select to authenticated using (id in (select private_teams()));
      create policy members on team_members for select to authenticated using (user_id = (select auth.uid()));
      create policy notes on notes to authenticated using (team_id in (select private_teams()));`,
    verification: {
      people: { tenants: "teams", members: { table: "team_members", tenant: "team_id", user: "user_id" } },
      tables: [
        rowsOf("teams", { select: members, insert: nobody, update: nobody, delete: nobody }),
        rowsOf("team_members", { select: owner, insert: nobody, update: nobody, delete: nobody }),
        rowsOf("notes", { select: members, insert: members, update: members, delete: members }, { moves: members }),
      ],
      // A team of the first: what is stated holds for it by the recursion alone.
      rows: [{ table: "teams", tenant: "A", values: { name: "team of A" } }],
    },
    breaks: [
      ["alter policy notes on notes with check (true)", "public.notes", "insert"],
      ["alter policy members on team_members using (true)", "public.team_members", "select"],
      [
        "create or replace function private_teams() returns setof uuid language sql stable security definer as 'select id from public.teams'",
        "public.notes",
        "select",
      ],
    ],
  },
  "roles, and somebody who has another one in the other team": {
    schema: `
      create table teams (id uuid primary key default gen_random_uuid(), name text not null);
      create table team_members (team_id uuid not null references teams (id), user_id uuid not null, role text not null, primary key (team_id, user_id));
      create table notes (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), author_id uuid not null, body text not null);
      create function private_teams(variadic roles text[]) returns setof uuid language sql stable security definer set search_path = public, pg_temp
        as $$ select team_id from team_members where user_id = auth.uid() and role = any (roles) $$;
      alter table teams enable row level security;
      alter table team_members enable row level security;
      alter table notes enable row level security;
      grant select, insert, update (body), delete on notes to authenticated;
      create policy read on notes for select to authenticated using (team_id in (select private_teams('owner', 'member')));
      create policy write on notes for insert to authenticated with check (author_id = (select auth.uid()) and team_id in (select private_teams('owner', 'member')));
      create policy change on notes for update to authenticated using (author_id = (select auth.uid()) and team_id in (select private_teams('owner', 'member')));
      create policy remove on notes for delete to authenticated using (team_id in (select private_teams('owner')));`,
    verification: {
      people: {
        tenants: "teams",
        members: {
          table: "team_members",
          tenant: "team_id",
          user: "user_id",
          role: "role",
          roles: ["owner", "member"],
        },
      },
      tables: [
        rowsOf("teams", { select: nobody, insert: nobody, update: nobody, delete: nobody }),
        rowsOf("team_members", { select: nobody, insert: nobody, update: nobody, delete: nobody }),
        rowsOf(
          "notes",
          { select: members, insert: owner, update: owner, delete: withRole("owner") },
          { owner: "author_id", columns: ["body"] },
        ),
      ],
      equivalents: [
        {
          mutations: ['grant update ("author_id") on public.notes to authenticated'],
          because: "the policy takes no other author than the one that is there",
        },
      ],
    },
    breaks: [
      [
        "alter policy remove on notes using (team_id in (select private_teams('owner', 'member')) and exists (select private_teams('owner')))",
        "public.notes",
        "delete",
        "in both",
      ],
      ["grant update on notes to authenticated", "public.notes", "move", "in both"],
      [
        "grant update on notes to authenticated; alter policy change on notes using (true) with check (author_id = (select auth.uid()))",
        "public.notes",
        "move",
        "member",
      ],
    ],
  },
  "a tenant in the token": {
    schema: `
      create table companies (id uuid primary key default gen_random_uuid(), name text not null);
      create table invoices (id uuid primary key default gen_random_uuid(), company_id uuid not null references companies (id), amount numeric(10, 2) not null check (amount > 0));
      alter table companies enable row level security;
      alter table invoices enable row level security;
      grant select on companies to authenticated;
      grant select, insert on invoices to authenticated;
      create policy own on companies for select to authenticated using (id = (auth.jwt() -> 'app_metadata' ->> 'company_id')::uuid);
      create policy own on invoices to authenticated using (company_id = (auth.jwt() -> 'app_metadata' ->> 'company_id')::uuid);`,
    verification: {
      people: {
        tenants: "companies",
        claims: ({ tenantId }) => ({ app_metadata: tenantId === undefined ? {} : { company_id: tenantId } }),
      },
      tables: [
        rowsOf("companies", { select: members, insert: nobody, update: nobody, delete: nobody }),
        rowsOf("invoices", { select: members, insert: members, update: nobody, delete: nobody }),
      ],
      equivalents: [
        {
          mutations: ['grant update ("company_id") on public.invoices to authenticated'],
          because: "the policy takes no other company than the one that is there",
        },
      ],
    },
    breaks: [
      [
        "alter policy own on companies using (id = coalesce(auth.jwt() -> 'user_metadata' ->> 'company_id', auth.jwt() -> 'app_metadata' ->> 'company_id')::uuid)",
        "public.companies",
        "select",
      ],
      ["alter policy own on invoices with check (true)", "public.invoices", "insert"],
    ],
  },
  "soft deletion, and restrictive policies": {
    schema: `
      create table accounts (id uuid primary key, email text);
      create table documents (id uuid primary key default gen_random_uuid(), account_id uuid not null references accounts (id), title text not null, deleted_at timestamptz);
      alter table accounts enable row level security;
      alter table documents enable row level security;
      grant select on documents to authenticated;
      grant insert (account_id, title), update (title) on documents to authenticated;
      create policy own on documents to authenticated using (account_id = (select auth.uid()));
      create policy live on documents as restrictive to authenticated using (deleted_at is null);`,
    verification: {
      people: { users: { table: "accounts", subject: "id" } },
      tables: [
        rowsOf(
          "documents",
          {
            select: (person: Person, row: Row) => owner(person, row) && isLive(row),
            insert: owner,
            update: (person: Person, row: Row) => owner(person, row) && isLive(row),
            delete: nobody,
          },
          { columns: ["title"] },
        ),
      ],
      fixtures: { "public.documents": { deleted_at: null } },
      rows: [{ table: "documents", tenant: "A", owner: "user of A", values: { deleted_at: "2020-01-01" } }],
      equivalents: [
        {
          mutations: ["policy live of public.documents: with check (true)"],
          because: "no column that is granted says whether a document is deleted",
        },
        {
          mutations: ['grant update ("*_*") on public.documents to authenticated'],
          because: "the policies take no other value than the one that is there",
        },
      ],
    },
    breaks: [
      ["drop policy live on documents", "public.documents", "select"],
      ["alter policy live on documents using (true)", "public.documents", "update"],
      ["grant update on documents to authenticated", "public.documents", "update"],
      ["alter table documents disable row level security", "public.documents", "select"],
    ],
  },
};
