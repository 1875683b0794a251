import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../infra/database/database.ts";
import { withClient } from "../../infra/local/platform.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { mutate } from "../../infra/verify/mutate/mutate.ts";
import { verify } from "../../infra/verify/verify.ts";
import {
  defineVerification,
  everybody,
  members,
  nobody,
  owner,
  type Person,
  type Row,
  rowsOf,
  type Verification,
  withRole,
} from "../../infra/verify.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** A schema, what is stated of it, and changes to it that break what is stated, each with the object and command in which that shows. */
interface Shape {
  readonly schema: string;
  readonly verification: Verification;
  readonly breaks: readonly (readonly [change: string, object: string, command: string, kind?: string])[];
}

const isLive = ({ values }: Row) => values.deleted_at === null;

const shapes: Readonly<Record<string, Shape>> = {
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
        "alter policy own on companies using (id = coalesce(auth.jwt() -> 'user_metadata' ->> 'company_id', auth.jwt() -> 'user_metadata' ->> 'tenant_id', auth.jwt() -> 'app_metadata' ->> 'company_id')::uuid)",
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

/** Tables of sorts that are easily left out, and a hole in each that is found in that table alone. */
const sorts = {
  schema: `
    create table teams (id uuid primary key default gen_random_uuid(), name text not null);
    create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));
    create function my_teams() returns setof uuid language sql stable security definer set search_path = public, pg_temp
      as $$ select team_id from team_members where user_id = auth.uid() $$;
    create table settings (team_id uuid primary key references teams (id), theme text not null);
    create table events (team_id uuid not null references teams (id), note text not null, due date not null);
    create view calendar as select day::date as day from generate_series('2000-01-01'::date, '2040-01-01', '1 day') as day;
    grant select on calendar to anon;
    create table salaries (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), title text not null, amount int not null default 0);
    create table articles (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), state text not null default 'draft', title text not null);
    create table logs (team_id uuid not null references teams (id), region text not null, words text not null) partition by list (region);
    create table logs_eu partition of logs for values in ('eu');
    create table parents (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), words text not null);
    create table children (more text) inherits (parents);
    do $$ declare name text; begin
      foreach name in array '{teams,team_members,settings,events,salaries,articles,logs,logs_eu,parents,children}'::text[] loop
        execute format('alter table %I enable row level security', name);
      end loop;
      foreach name in array '{settings,events,salaries,articles,logs,parents}'::text[] loop
        execute format('create policy own on %I to authenticated using (team_id in (select my_teams()))', name);
      end loop;
    end $$;
    grant select, insert, delete on settings, events, logs, parents, articles to authenticated;
    grant update (theme) on settings to authenticated;
    grant update (note) on events to authenticated;
    grant select (id, team_id, title), insert (team_id, title) on salaries to authenticated;`,
  holes: `
    alter policy own on settings with check (true);
    grant update (team_id) on events to authenticated; alter policy own on events using (true);
    grant select (amount) on salaries to authenticated;
    create policy published on articles for select to anon, authenticated using (state = 'archived'); grant select on articles to anon;
    alter table logs_eu disable row level security; grant select on logs_eu to anon;
    alter table children disable row level security; grant delete on children to authenticated;
    create view totals as select count(*) as articles from articles; grant select on totals to authenticated;
    create materialized view titles as select title from articles with no data; grant select on titles to anon;
    create view ended as select title from articles where state = 'ended'; grant select on ended to anon;
    create type urgency as enum ('low', 'high');
    create function article_count() returns bigint language sql stable security definer as 'select count(*) from public.articles';
    create function archive(p_state text, how urgency, options jsonb, force boolean default false) returns void language plpgsql security definer
      as $$ begin if how = 'high' and options ? 'id' then delete from public.articles where state = p_state; end if; end $$;
    create procedure sweep() language sql as 'select 1';
    reset role;
    create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing; create foreign table far (id int) server nowhere;`,
  verification: defineVerification({
    people: { tenants: "teams", members: { table: "team_members", tenant: "team_id", user: "user_id" } },
    tables: [
      rowsOf(
        "settings",
        { select: members, insert: members, update: members, delete: members },
        { columns: ["theme"] },
      ),
      rowsOf("events", { select: members, insert: members, update: members, delete: members }, { columns: ["note"] }),
      rowsOf("salaries", { select: members, update: nobody, delete: nobody }, { reads: ["id", "team_id", "title"] }),
      rowsOf("articles", { select: members, insert: members, update: nobody, delete: members }),
    ],
  }),
};

/** Functions with their owner's rights, and what their bodies ask of a year: each tells its words to whoever knows what a parameter takes. */
const called = {
  schema: [
    "create table teams (id uuid primary key default gen_random_uuid(), name text not null);",
    "create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));",
    "create table years (id bigint generated always as identity primary key, team_id uuid not null references teams (id), words text not null);",
    // Earlier by name, whose keys would be tried first.
    ...Array.from(
      { length: 11 },
      (_, index) => `create table a${index} (team_id uuid primary key references teams (id));`,
    ),
    "create function by_nothing(p_range int4range) returns int language sql strict as 'select 1';",
  ].join("\n"),
  functions: {
    "by_number(p_id bigint)": "id = p_id",
    "by_list(p_ids bigint[])": "id = any (p_ids)",
    "by_second(p_kind text, p_id bigint)": "id = p_id",
    "by_flag(p_team uuid, p_all boolean)": "team_id = p_team and p_all",
    "by_page(p_team uuid, p_limit smallint default 10)": "team_id = p_team and p_limit > 0",
    "by_member(p_user uuid)": "team_id in (select team_id from public.team_members where user_id = p_user)",
    "by_search(p_text text)": "words ilike '%' || p_text || '%'",
  },
};

describe("access that is proven by trying it, in schemas of other shapes", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
    await loadParser();
  });
  afterAll(async () => {
    await server?.stop();
  });

  /** In a database of its own, so that one change does not hide another. */
  const inDatabase = async <T>({ schema }: Shape, change: string, work: (database: Database) => Promise<T>) => {
    const { url, superuserUrl, drop } = await server.createDatabase();
    const database = new Database(url);
    try {
      // The template grants on new tables, as older projects do.
      const grants = "alter default privileges in schema public revoke all on tables from anon, authenticated";
      await withClient(superuserUrl, (client) => client.query(`set role postgres; ${grants}; ${schema}; ${change}`));
      return await work(database);
    } finally {
      await database.close();
      await drop();
    }
  };
  const verifyWith = (shape: Shape, change = "") =>
    inDatabase(shape, change, (database) => verify(database, defineVerification(shape.verification)));

  it("holds and shows in tables with the tenant as their key, without any, with columns for some, with parents and partitions", async () => {
    const { verification, schema, holes } = sorts;
    const { failures, notTried, found } = await verifyWith({ schema, verification, breaks: [] });
    expect({ failures, notTried }).toEqual({ failures: [], notTried: [] });
    expect(found["public.salaries"]?.member).toEqual([
      "insert their tenant's: team_id, title, with team_id, with title",
    ]);
    const broken = await verifyWith({ schema, verification, breaks: [] }, holes);
    const told = broken.failures.map(({ person, command, object, what }) => `${person}: ${command} ${object} ${what}`);
    expect(told).toEqual(
      expect.arrayContaining([
        "outsider: insert public.settings undefined",
        "outsider: move public.events team_id",
        "member of A: select public.salaries amount",
        "anonymous: select public.articles undefined",
        "anonymous: select public.logs_eu undefined",
        "outsider: delete public.children undefined",
        "outsider: select public.totals counts their rows",
        "anonymous: select public.titles undefined",
        "outsider: execute public.article_count() counts their rows",
        "outsider: execute public.archive(text, public.urgency, jsonb, boolean) changes rows of public.articles behind it",
      ]),
    );
    expect([...new Set(broken.failures.map(({ object }) => object))].sort()).toEqual([
      ...[
        "public.archive(text, public.urgency, jsonb, boolean)",
        "public.article_count()",
        "public.articles",
        "public.children",
      ],
      ...["public.events", "public.logs_eu", "public.salaries", "public.settings", "public.titles", "public.totals"],
    ]);
    expect(broken.notTried).toEqual([
      expect.objectContaining({ object: "public.far", reason: expect.stringContaining("it is a foreign table") }),
      expect.objectContaining({ object: "public.sweep()", reason: expect.stringContaining("it is a procedure") }),
      expect.objectContaining({ object: "public.ended", reason: expect.stringContaining("rows of tenant A and B") }),
    ]);
  });

  it("calls functions with what tells something: keys of the tables that their bodies name, in each place, and values of other types", async () => {
    const { schema, functions } = called;
    const created = Object.entries(functions).map(
      ([signature, condition]) =>
        `create function ${signature} returns setof text language sql stable strict security definer set search_path = '' as $$ select words from public.years where ${condition} $$;`,
    );
    const { people } = sorts.verification;
    const shape = { schema: [schema, ...created].join("\n"), verification: { people }, breaks: [] };
    const { failures, notTried } = await verifyWith(shape);
    const told = new Set(failures.map(({ person, object }) => `${person} ${object.replace(/\(.*/, "")}`));
    expect([...told].filter((each) => each.startsWith("outsider")).sort()).toEqual(
      Object.keys(functions)
        .map((signature) => `outsider public.${signature.replace(/\(.*/, "")}`)
        .sort(),
    );
    expect(notTried).toEqual([
      {
        ...{ object: "public.by_nothing(int4range)", command: "execute", count: 1 },
        reason: "it does nothing where an argument is null, and no value is known for one of them",
      },
    ]);
  });

  it.each(Object.entries(shapes))("holds where it is stated, and shows where it is broken: %s", async (_, shape) => {
    const mutated = await inDatabase(shape, "", async (database) => {
      const { failures, notTried, found } = await verify(database, shape.verification);
      expect({ failures, notTried }).toEqual({ failures: [], notTried: [] });
      return await mutate(database, shape.verification, { accepted: found });
    });
    const survivors = mutated.results.filter(({ outcome }) => outcome === "survived");
    expect({ ...mutated, results: survivors }).toMatchObject({ results: [], unread: [], wrong: [], score: 1 });
    expect(mutated.counts.noticed).toBeGreaterThan(20);
    for (const [change, object, command, kind = ""] of shape.breaks) {
      const broken = await verifyWith(shape, change);
      const found = new Set(broken.failures.map((failure) => `${failure.command} ${failure.object} ${failure.kind}`));
      const wanted = expect.stringContaining(`${command} ${object} ${kind}`);
      expect([change, [...found]]).toEqual([change, expect.arrayContaining([wanted])]);
    }
  });
});
