import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployPrismaMigrations } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { readSignature } from "../../infra/sql/signature.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const uuidUser = "7d1f8a52-63a5-4c0e-9d7e-0b5a1e3c9f11";

describe.each([17, 15] as const)("the helper functions on PostgreSQL %i", (major) => {
  let server: TestServer;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(major);
    const database = await server.createDatabase();
    await deployPrismaMigrations({ connectionString: database.url, directory: "prisma/migrations" });
    client = new pg.Client(database.url);
    await client.connect();
    await client.query("create schema private");
    // One function calls another, and the files are read in the order of their names.
    await client.query("set check_function_bodies = off");
    for (const file of await readdir("sql/functions")) {
      const definition = await readFile(`sql/functions/${file}`, "utf8");
      await client.query(definition);
    }
    await client.query(`
      revoke execute on all functions in schema private from public, anon, authenticated;
      grant execute on all functions in schema private to authenticated`);
    await client.query(`
      insert into users (id, email) values ('test-user-123', 'a@example.com'), ('${uuidUser}', 'b@example.com'), ('in-both', 'c@example.com'), ('in-none', 'd@example.com');
      insert into organizations (id, name, slug) values ('red', 'Red', 'red'), ('blue', 'Blue', 'blue');
      insert into organization_members (user_id, organization_id, role) values
        ('test-user-123', 'red', 'OWNER'), ('${uuidUser}', 'blue', 'ADMIN'), ('in-both', 'red', 'MEMBER'), ('in-both', 'blue', 'MEMBER')`);
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  /** The API exposes no schema \`private\`; the functions are asked the way a policy asks them, with the schema's name known. */
  const ask = async (expression: string, settings: Readonly<Record<string, string>>) => {
    await client.query("begin");
    try {
      for (const [name, value] of Object.entries(settings))
        await client.query("select set_config($1, $2, true)", [name, value]);
      const { rows } = await client.query(`select ${expression} as answer`);
      return rows[0].answer as unknown;
    } finally {
      await client.query("rollback");
    }
  };
  const as = (user: string) => ({ "request.jwt.claims": JSON.stringify({ sub: user, role: "authenticated" }) });
  const list = (name: string, user: string) =>
    ask(`array(select id from private.${name}() as id order by id)`, as(user));

  it("are one CREATE FUNCTION a file, named as the file, in the schema that the API does not expose", async () => {
    await loadParser();
    for (const file of await readdir("sql/functions")) {
      const definition = await readFile(`sql/functions/${file}`, "utf8");
      expect(definition).toMatch(/^-- /);
      expect(readSignature(definition)).toMatchObject({
        schema: "private",
        name: file.replace(".sql", ""),
        isProcedure: false,
      });
    }
  });

  it("are stable unless they lock, find only built-in names without a schema, and run with their owner's rights where they need them", async () => {
    const { rows } = await client.query(`
      select proname, provolatile, proconfig, prosecdef, proparallel, prosrc ~ '(from|join) public\\.|integrity\\.' as reads
      from pg_proc where pronamespace = 'private'::regnamespace order by proname`);
    expect(rows.length).toBe((await readdir("sql/functions")).length);
    for (const row of rows) {
      // A table's policies and the schema integrity are closed to whoever asks. The one that decides about an invitation locks it.
      const locks = row.proname === "holds_invitation";
      expect(row).toMatchObject({
        provolatile: locks ? "v" : "s",
        proconfig: ["search_path=pg_catalog, pg_temp"],
        proparallel: locks ? "u" : "s",
        prosecdef: row.reads,
      });
    }
  });

  it.each<[string, Readonly<Record<string, string>>, string | null]>([
    ["no claims at all", {}, null],
    ["empty settings, as a reset leaves them", { "request.jwt.claim.sub": "", "request.jwt.claims": "" }, null],
    ["a uuid", as(uuidUser), uuidUser],
    ["any text", as("test-user-123"), "test-user-123"],
    ["text that has to be quoted", as(`o'brien "x" \\ ü 🙂`), `o'brien "x" \\ ü 🙂`],
    ["an empty subject", as(""), null],
    ["a subject that is null", { "request.jwt.claims": '{"sub": null}' }, null],
    ["a subject that is a number", { "request.jwt.claims": '{"sub": 42}' }, "42"],
    ["claims without a subject, as the anonymous key's", { "request.jwt.claims": '{"role": "anon"}' }, null],
    [
      "a subject that is only inside the user's own metadata",
      { "request.jwt.claims": '{"user_metadata": {"sub": "test-user-123"}}' },
      null,
    ],
    ["claims that are null", { "request.jwt.claims": "null" }, null],
    ["claims that are a list", { "request.jwt.claims": '["sub"]' }, null],
    ["claims that are a string", { "request.jwt.claims": '"sub"' }, null],
    ["the single claim alone", { "request.jwt.claim.sub": "test-user-123" }, "test-user-123"],
    [
      "the single claim before the whole claims",
      { ...as(uuidUser), "request.jwt.claim.sub": "test-user-123" },
      "test-user-123",
    ],
    ["the whole claims behind an empty single claim", { ...as(uuidUser), "request.jwt.claim.sub": "" }, uuidUser],
    [
      "the single claim, whatever the claims hold",
      { "request.jwt.claim.sub": "test-user-123", "request.jwt.claims": "{" },
      "test-user-123",
    ],
  ])("know the current user from %s", async (_, settings, expected) => {
    expect(await ask("private.current_user_id()", settings)).toBe(expected);
  });

  it("agree with auth.uid() wherever that has an answer", async () => {
    for (const settings of [as(uuidUser), { "request.jwt.claim.sub": uuidUser }, {}, { "request.jwt.claims": "{}" }]) {
      expect(await ask("private.current_user_id()", settings)).toBe(await ask("auth.uid()::text", settings));
    }
    await expect(ask("auth.uid()", as("test-user-123"))).rejects.toThrow(/invalid input syntax for type uuid/);
  });

  it("raise on claims that are no JSON, so that nothing is shown", async () => {
    await expect(ask("private.current_user_id()", { "request.jwt.claims": "{" })).rejects.toMatchObject({
      code: "22P02",
    });
  });

  it.each([
    ["test-user-123", ["red"], ["red"], ["red"], ["in-both", "test-user-123"]],
    [uuidUser, ["blue"], ["blue"], [], [uuidUser, "in-both"]],
    ["in-both", ["blue", "red"], [], [], [uuidUser, "in-both", "test-user-123"]],
    ["in-none", [], [], [], []],
    ["unknown", [], [], [], []],
    ["", [], [], [], []],
  ])("know the organisations and the fellows of user '%s'", async (user, member, admin, owner, fellows) => {
    expect(await list("current_organization_ids", user)).toEqual(member);
    expect(await list("current_admin_organization_ids", user)).toEqual(admin);
    expect(await list("current_owner_organization_ids", user)).toEqual(owner);
    expect(await list("current_fellow_user_ids", user)).toEqual(fellows);
    for (const organization of ["red", "blue", "green"]) {
      expect(await ask(`private.is_organization_member('${organization}')`, as(user))).toBe(
        member.includes(organization),
      );
    }
  });

  it("answer false, and never null, about nothing", async () => {
    expect(await ask("private.is_organization_member(null)", as("in-both"))).toBe(false);
    expect(await ask("private.is_organization_member('red')", {})).toBe(false);
  });

  describe("in policies", () => {
    beforeAll(async () => {
      await client.query(`
        insert into projects (id, organization_id, name) select org || '-project', org, 'P' from unnest(array['red', 'blue']) as org;
        insert into organizations (id, name, slug) select 'other-' || i, 'Other', 'other-' || i from generate_series(1, 200) as i;
        insert into tasks (organization_id, project_id, title) select 'red', 'red-project', 'T' from generate_series(1, 20);
        insert into projects (id, organization_id, name) select 'other-project-' || i, 'other-' || i, 'P' from generate_series(1, 200) as i;
        insert into tasks (organization_id, project_id, title)
          select 'other-' || i, 'other-project-' || i, 'T' from generate_series(1, 200) as i, generate_series(1, 100);
        analyze;
        grant select on users, organization_members, tasks to authenticated;
        alter table users enable row level security;
        alter table users force row level security;
        alter table organization_members enable row level security;
        alter table organization_members force row level security;
        alter table tasks enable row level security;
        create policy users_select on users for select to authenticated
          using (id = (select private.current_user_id()) or id = any (array(select private.current_fellow_user_ids())));
        create policy organization_members_select on organization_members for select to authenticated
          using (organization_id = any (array(select private.current_organization_ids())));
        create policy tasks_select on tasks for select to authenticated
          using (organization_id = any (array(select private.current_organization_ids())))`);
    });

    const query = async (text: string, user: string) => {
      await client.query("begin");
      try {
        await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: user })]);
        await client.query("set local role authenticated");
        return (await client.query(text)).rows;
      } finally {
        await client.query("rollback");
      }
    };

    it("do not recurse, not even on the table that they read, and need no access to their schema", async () => {
      const { rows } = await client.query("select has_schema_privilege('authenticated', 'private', 'usage') as usage");
      expect(rows[0].usage).toBe(false);
      expect(await query("select user_id from organization_members order by 1", "test-user-123")).toEqual([
        { user_id: "in-both" },
        { user_id: "test-user-123" },
      ]);
      expect(await query("select id from users order by 1", uuidUser)).toEqual([{ id: uuidUser }, { id: "in-both" }]);
      expect(await query("select id from users", "in-none")).toEqual([{ id: "in-none" }]);
      expect(await query("select id from users", "")).toEqual([]);
      expect(await query("select count(*)::int from tasks", "test-user-123")).toEqual([{ count: 20 }]);
    });

    it("are asked once a statement, and leave the table to its index", async () => {
      const rows = await query(
        "explain (analyze, costs off, timing off, summary off) select * from tasks",
        "test-user-123",
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(plan).toMatch(/InitPlan[\s\S]*ProjectSet \(actual rows=1(\.00)? loops=1\)/);
      expect(plan).toMatch(/Index Cond: \(organization_id = ANY \(/);
      expect(plan).not.toMatch(/Filter/);
    });
  });

  it("the schema keeps tenants apart by itself: no reference crosses, and a tenant leaves nothing behind", async () => {
    await client.query("begin");
    try {
      await client.query(`
        savepoint before;
        insert into customers (id, organization_id, name) values ('red-customer', 'red', 'C');
        insert into projects (id, organization_id, customer_id, name) values ('p', 'red', 'red-customer', 'P');
        insert into tasks (id, organization_id, project_id, assignee_id, title) values ('t', 'red', 'p', 'in-both', 'T');
        insert into attachments (organization_id, task_id, uploaded_by_id, name, path, content_type, size_bytes) values ('red', 't', 'in-both', 'f', 'red/f', 'text/plain', 1);
        insert into ai_conversations (organization_id, user_id, title) values ('red', 'in-both', 'C');
        insert into notifications (organization_id, user_id, title, message) values ('red', 'in-both', 'N', 'M')`);
      for (const crossing of [
        "insert into projects (organization_id, customer_id, name) values ('blue', 'red-customer', 'P')",
        "insert into tasks (organization_id, project_id, title) values ('blue', 'p', 'T')",
        "insert into attachments (organization_id, task_id, name, path, content_type, size_bytes) values ('blue', 't', 'f', 'blue/p', 'text/plain', 1)",
        `update tasks set assignee_id = '${uuidUser}' where id = 't'`,
        "update tasks set organization_id = 'blue' where id = 't'",
      ]) {
        await client.query("savepoint attempt");
        await expect(client.query(crossing)).rejects.toMatchObject({ code: "23503" });
        await client.query("rollback to attempt");
      }
      await client.query("delete from users where id = 'in-both'");
      const { rows: left } = await client.query(
        "select organization_id, assignee_id, uploaded_by_id from tasks join attachments using (organization_id) where tasks.id = 't'",
      );
      expect(left).toEqual([{ organization_id: "red", assignee_id: null, uploaded_by_id: null }]);
      await client.query("delete from organizations where id = 'red'");
      for (const table of [
        "organization_members",
        "customers",
        "projects",
        "tasks",
        "attachments",
        "ai_conversations",
        "notifications",
      ]) {
        const { rows } = await client.query(`select count(*)::int from ${table} where organization_id = 'red'`);
        expect([table, rows[0].count]).toEqual([table, 0]);
      }
    } finally {
      await client.query("rollback");
    }
  });
});
