import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../infra/database/database.ts";
import { withClient } from "../../infra/local/platform.ts";
import { withScratchDatabase } from "../../infra/scratch/scratch-database.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { unprovenIn } from "../../infra/verify/report.ts";
import { verify } from "../../infra/verify/verify.ts";
import { filesOf, members, nobody, owner, type Person, rowsOf, type Verification } from "../../infra/verify.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

const schema = `
  set role postgres;
  alter default privileges in schema public revoke all on tables from anon, authenticated;
  create table teams (id uuid primary key default gen_random_uuid(), name text not null);
  create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));
  create table tasks (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), title text not null, state text not null default 'open');
  create schema private;
  create function private.my_teams() returns setof uuid language sql stable security definer set search_path = public, pg_temp
    as $$ select team_id from team_members where user_id = auth.uid() $$;
  alter table teams enable row level security;
  alter table team_members enable row level security;
  alter table tasks enable row level security;
  grant select, insert, update, delete on tasks to authenticated;
  create policy own on tasks to authenticated using (team_id in (select private.my_teams()));`;

const verification: Verification = {
  people: { tenants: "teams", members: { table: "team_members", tenant: "team_id", user: "user_id" } },
  tables: [rowsOf("tasks", { select: members, insert: members, update: members, delete: members }, { moves: members })],
};

describe("what is tried on a database in use", () => {
  let server: TestServer;
  let testDatabase: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await startTestServer(17);
    await loadParser();
    testDatabase = await server.createDatabase();
    await withClient(testDatabase.superuserUrl, (client) => client.query(schema));
    database = new Database(testDatabase.url, { lockTimeoutMilliseconds: 200, lockAttempts: 1 });
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  const change = (sql: string) =>
    withClient(testDatabase.superuserUrl, (client) => client.query(`set role postgres; ${sql}`));

  it("does not count as refused what a constraint refuses everybody", async () => {
    await change(
      "create function private.refuse() returns trigger language plpgsql as $$ begin raise exception 'closed for today'; end $$;\n create trigger refuse before delete on tasks for each row execute function private.refuse()",
    );
    const report = await verify(database, verification);
    await change("drop trigger refuse on tasks");
    const { failures, notTried } = report;
    expect(failures).toEqual([]);
    // All that would tell who may delete: so that isn't proven.
    expect(unprovenIn(report)).toEqual([
      expect.objectContaining({
        object: "public.tasks",
        command: "delete",
        reason: expect.stringContaining("closed for today"),
      }),
    ]);
    expect(notTried).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          object: "public.tasks",
          person: "member",
          command: "delete",
          reason: "closed for today",
        }),
      ]),
    );
  });

  it("finds rows that can be changed, and not read", async () => {
    await change("drop policy own on tasks; create policy changed on tasks for update to authenticated using (true)");
    const { failures } = await verify(database, {
      ...verification,
      tables: [rowsOf("tasks", { select: nobody, insert: nobody, update: nobody, delete: nobody })],
    });
    await change(
      "drop policy changed on tasks; create policy own on tasks to authenticated using (team_id in (select private.my_teams()))",
    );
    const ofOutsiders = failures.filter(({ person, command }) => person === "outsider" && command === "update");
    expect(ofOutsiders[0]).toMatchObject({
      problem: "is let through, and must not be: the declaration says so (without reading the row)",
      because: "the policy changed of public.tasks, and the privilege update of authenticated",
      // To be pasted: the cursor is opened before the role is the person's.
      statement: expect.stringMatching(
        /declare palisade_row cursor for select 1 from .*;\nmove palisade_row;\n[\s\S]*set local role[\s\S]*where current of palisade_row;/,
      ),
    });
  });

  it("does not fill a materialised view anew that is large, and says so", async () => {
    await change(
      "create materialized view titles as select repeat(md5(number::text), 20) as title from generate_series(1, 60000) as number; alter materialized view titles alter title set storage plain; grant select on titles to anon",
    );
    const { notTried } = await verify(database, verification);
    await change("drop materialized view titles");
    expect(notTried).toContainEqual(
      expect.objectContaining({ object: "public.titles", reason: expect.stringContaining("larger than 16 MB") }),
    );
  });

  it("does not take for proven what is stated of tables and tenants of which no row could be made", async () => {
    await change(
      "create function private.refuse_team() returns trigger language plpgsql as $$ begin raise exception 'no teams'; end $$;\n create trigger refuse before insert on teams for each row execute function private.refuse_team()",
    );
    const withoutTeams = await verify(database, { ...verification, tables: [] });
    await change(
      "drop trigger refuse on teams; create trigger refuse before insert on tasks for each row execute function private.refuse_team()",
    );
    const withoutTasks = await verify(database, verification);
    await change("drop trigger refuse on tasks");
    expect(unprovenIn(withoutTeams).map(({ object, reason }) => `${object}: ${reason}`)).toEqual([
      "the database: nothing could be tried",
      ...["public.teams", "public.team_members"].map(
        (table) =>
          `${table}: no row of tenant A, nor of B could be made, so that nothing is known of who reaches another's`,
      ),
    ]);
    expect(unprovenIn(withoutTasks).map(({ object, command }) => `${command} ${object}`)).toEqual(
      ["select", "insert", "update", "delete"].map((command) => `${command} public.tasks`),
    );
  });

  it("tries nothing as a role that row-level security holds", async () => {
    const { name, password } = { name: "half", password: "half" };
    await withClient(testDatabase.superuserUrl, (client) =>
      client.query(`create role ${name} login password '${password}' in role anon, authenticated, service_role;
        grant usage on schema private to ${name}; grant select, insert, update, delete on teams, team_members, tasks to ${name}`),
    );
    const half = new Database(Object.assign(new URL(testDatabase.url), { username: name, password }).href);
    await expect(verify(half, verification)).rejects.toThrow(
      "nothing was tried, because row-level security holds the role half itself in public.tasks, public.team_members and public.teams",
    );
    await half.close();
  });

  it("says where somebody may do something, and nobody was there to try", async () => {
    const { notTried } = await verify(database, {
      ...verification,
      tables: [rowsOf("tasks", { select: (person, row) => members(person, row) && row.values.state === "archived" })],
    });
    expect(notTried).toContainEqual(
      expect.objectContaining({
        object: "public.tasks",
        command: "select",
        reason: expect.stringContaining("somebody may by the declaration"),
        isStated: true,
      }),
    );
  });

  it("goes on after a statement that takes too long, and counts it as not tried", async () => {
    await change(`create function private.wait() returns boolean language plpgsql as $$ begin perform pg_sleep(30); return true; end $$;
      grant select on tasks to anon; create policy anonymous on tasks for select to anon using (private.wait())`);
    const { notTried, counts } = await verify(database, verification);
    await change("drop policy anonymous on tasks; revoke select on tasks from anon");
    expect(notTried).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ person: "anonymous", reason: "canceling statement due to statement timeout" }),
      ]),
    );
    expect(counts.asExpected).toBeGreaterThan(100);
  });

  it("keeps nobody from reading and writing", async () => {
    await change(
      "insert into teams (name) values ('Real'); insert into tasks (team_id, title) select id, 'Real' from teams",
    );
    const client = new pg.Client(testDatabase.url);
    await client.connect();
    await client.query("set lock_timeout = '100ms'");
    let isOver = false;
    const verifying = verify(database, verification).finally(() => {
      isOver = true;
    });
    let count = 0;
    try {
      while (!isOver) {
        await client.query(
          "update tasks set title = title || '.' where title like 'Real%'; insert into tasks (team_id, title) select id, 'New' from teams limit 1; select count(*) from tasks",
        );
        count++;
      }
    } finally {
      await client.end();
    }
    expect((await verifying).failures).toEqual([]);
    expect(count).toBeGreaterThan(3);
  });

  it("lists what can't be copied into a scratch database, with what needs it", async () => {
    await change(`create operator public.=== (leftarg = text, rightarg = text, function = texteq);
      create table private.plain (id int); create policy same on tasks for select to anon using (title operator(public.===) 'x')`);
    const copied = await withScratchDatabase(database, {}, async ({ notCopied, superuser }) => ({
      notCopied,
      tables: await superuser.read("select to_regclass('private.plain') is not null as plain"),
    }));
    await change("drop policy same on tasks; drop table private.plain; drop operator public.=== (text, text)");
    expect(copied).toEqual({
      notCopied: [
        { object: "operator public.===(text,text)", reason: "objects of this kind can't be copied" },
        { object: "policy same on public.tasks", reason: "it needs the operator public.===(text,text)" },
      ],
      tables: [[{ plain: true }]],
    });
  });

  it("copies no superuser, runs no text of a role's as one, and repeats no values", async () => {
    await withClient(testDatabase.superuserUrl, (client) =>
      client.query(`create role mighty superuser; create role keeper; grant pg_execute_server_program to keeper;
        alter role mighty set plpgsql.variable_conflict to 'not-for-logs';
        select set_config('search_path', 'a;create/**/role/**/made/**/superuser', false);
        alter role keeper set search_path from current; reset search_path`),
    );
    await change(
      "create table _prisma_migrations (id text check (current_user = 'postgres')); insert into _prisma_migrations values ('1')",
    );
    const copied = await withScratchDatabase(database, { withRecords: true }, async ({ notCopied, superuser }) => ({
      notCopied,
      found:
        await superuser.read(`select to_regrole('made') as made, (select rolsuper from pg_roles where rolname = 'mighty') as super,
        (select setconfig from pg_db_role_setting where setrole = 'keeper'::regrole) as settings, (select count(*)::int from public._prisma_migrations) as records`),
    }));
    await change("drop table _prisma_migrations");
    await withClient(testDatabase.superuserUrl, (client) => client.query("drop role mighty; drop role keeper"));
    expect(copied).toEqual({
      notCopied: [
        { object: "superuser mighty", reason: "objects of this kind can't be copied" },
        { object: "membership keeper of pg_execute_server_program", reason: "objects of this kind can't be copied" },
        { object: "settings role mighty", reason: "the server refuses it (SQLSTATE 22023)" },
      ],
      found: [
        [{ made: null, super: false, settings: ["search_path=a;create/**/role/**/made/**/superuser"], records: 1 }],
      ],
    });
  });

  it("makes nobody a member for the sake of a row that can't be made otherwise, and says which row that is", async () => {
    await change(
      "alter table team_members add constraint known foreign key (user_id) references auth.users (id); create table invitations (team_id uuid not null references teams (id), inviter_id uuid, foreign key (team_id, inviter_id) references team_members (team_id, user_id), unique (team_id, inviter_id))",
    );
    const row = { table: "invitations", tenant: "A", owner: "member of B" };
    const { failures, notTried } = await verify(database, {
      ...verification,
      rows: [{ ...row, values: ({ subject }) => ({ inviter_id: subject }) }],
    });
    await change("drop table invitations; alter table team_members drop constraint known");
    expect(failures).toEqual([]);
    expect(notTried).toEqual([
      expect.objectContaining({
        object: "public.invitations",
        reason: expect.stringMatching(/^no row of tenant A could be made: .*violates foreign key constraint/),
      }),
    ]);
  });

  it("takes what a further row says of somebody's account into the account that they have anyway", async () => {
    await change(
      "alter table team_members add constraint known foreign key (user_id) references auth.users (id); create function private.is_confirmed() returns boolean language sql stable security definer as 'select email_confirmed_at is not null from auth.users where id = auth.uid()'; create policy confirmed on teams for select to authenticated using (private.is_confirmed()); grant select on teams to authenticated",
    );
    const account = (owner: string, confirmed: string | null) => ({
      ...{ table: "auth.users", owner },
      values: ({ subject }: Person) => ({ id: subject, email_confirmed_at: confirmed }),
    });
    const { failures, notTried } = await verify(database, {
      ...verification,
      people: { ...verification.people, others: ["confirmed", "unconfirmed"] },
      tables: [rowsOf("teams", { select: ({ name }) => name === "confirmed" })],
      rows: [account("confirmed", "2026-01-01"), account("unconfirmed", null)],
    });
    await change(
      "drop policy confirmed on teams; drop function private.is_confirmed(); revoke select on teams from authenticated; alter table team_members drop constraint known",
    );
    const ofOthers = failures.filter(({ person }) => ["confirmed", "unconfirmed"].includes(person));
    expect({ ofOthers, notTried }).toEqual({ ofOthers: [], notTried: [] });
  });

  it("refuses names that the database has not", async () => {
    const attempt = (changed: Partial<Verification["people"]>) =>
      verify(database, { people: { ...verification.people, ...changed } });
    await expect(attempt({ tenants: "temas" })).rejects.toThrow(
      "verification.people.tenants: the database has no table public.temas",
    );
    await expect(attempt({ members: { table: "team_members", tenant: "team", user: "user_id" } })).rejects.toThrow(
      "verification: public.team_members has no column team",
    );
    const stating = (changed: Partial<Verification>) => verify(database, { ...verification, ...changed });
    await change("create view told as select id from tasks");
    await expect(
      stating({
        tables: [
          rowsOf("taks", { select: members }),
          rowsOf("tasks", { select: members }, { owner: "author", columns: ["tilte"], reads: ["id"] }),
          rowsOf("public.tasks", {}),
          rowsOf("told", { select: owner }, { owner: "id" }),
        ],
        files: [filesOf("avatras", "user", {})],
        fixtures: { "public.tasks": { nope: 1 }, "public.nope": {} },
        rows: [{ table: "tasks", values: { nope: null } }],
      }),
    ).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          new RegExp(
            [
              String.raw`verification\.tables\[0\]\.table: the database has no table or view public\.taks`,
              String.raw`verification\.tables\[1\]: public\.tasks has no column author; it has .*\bid\b.*`,
              String.raw`verification\.tables\[1\]: public\.tasks has no column tilte; .*`,
              String.raw`verification\.tables\[2\]\.table: public\.tasks stands in the list twice; state it once`,
              String.raw`verification\.tables\[3\]\.owner: public\.told is a view, .*`,
              String.raw`verification\.files\[0\]\.bucket: the database has no bucket avatras; it has .*`,
              String.raw`verification\.fixtures\["public\.tasks"\]: public\.tasks has no column nope; .*`,
              String.raw`verification\.fixtures\["public\.nope"\]: the database has no table public\.nope`,
              String.raw`verification\.rows\[0\]: public\.tasks has no column nope; .*`,
            ].join("\n"),
          ),
        ),
      }),
    );
    await change("drop view told");
    await expect(
      verify(database, { ...verification, rows: [{ table: "tasks", owner: "somebody", values: {} }] }),
    ).rejects.toThrow("verification.rows[0]: the owner somebody is none of outsider");
  });
});
