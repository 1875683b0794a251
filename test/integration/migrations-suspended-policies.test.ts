import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DatabaseOptions } from "../../infra/database/database.ts";
import { Declarations } from "../../infra/desired/declarations.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import { normalise } from "../../infra/lifecycle/normalise.ts";
import { Operation } from "../../infra/lifecycle/operation.ts";
import { PreviewedStates } from "../../infra/lifecycle/previewed-states.ts";
import { deploy } from "../../infra/migrations/deploy.ts";
import { prismaFormat } from "../../infra/migrations/formats/prisma/format.ts";
import type { Properties } from "../../infra/values/properties.ts";
import { createTestFolder } from "../support/folder.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";
import { kindOf } from "./truth/direct.ts";

const base = `
  create table public.tasks (id text primary key, org text, archived boolean default false);
  insert into public.tasks values ('a1', 'a', false), ('b1', 'b', false);
  alter table public.tasks enable row level security;
  grant select on public.tasks to authenticated;
  create policy opens on public.tasks for select to authenticated using (org = 'a');
  create policy narrows on public.tasks as restrictive for all to authenticated using (not archived) with check (not archived);
`;

describe.each([17, 15] as const)("policies in a migration's way, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: TestDatabase;
  let client: pg.Client;
  let operation: Operation;
  let isOpen = false;
  let declarations: Declarations;
  let previewed: PreviewedStates;
  let folder: string;
  let said: string[];
  let connections: number;

  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    database = await server.createDatabase();
    client = new pg.Client(database.url);
    client.on("error", () => {});
    await client.connect();
    folder = createTestFolder();
    declarations = new Declarations();
    previewed = new PreviewedStates();
    said = [];
    migration("1_base", base);
    await begin();
    await deployPending();
    await begin();
  });
  afterEach(async () => {
    await client.end();
    await operation.close();
    isOpen = false;
    await database.drop();
  });

  const migration = (name: string, script: string) => {
    mkdirSync(join(folder, "migrations", name), { recursive: true });
    writeFileSync(join(folder, "migrations", name, "migration.sql"), script);
  };

  /** What an update has read before it carries anything out. */
  const begin = async (options: DatabaseOptions = {}) => {
    if (isOpen) await operation.close();
    isOpen = true;
    connections = 0;
    operation = new Operation({
      kinds,
      connect: async () => {
        connections++;
        return database.url;
      },
      database: options,
      adopt: false,
      stack: "test",
      projectDirectory: folder,
      declarations,
      isAsShown: (urn, id) => previewed.isAsShown(urn, id),
    });
    await operation.snapshot();
  };

  const deployPending = () =>
    deploy({ directory: "migrations", format: prismaFormat }, operation, (line) => said.push(line));

  const declare = async (kind: "TableAccess" | "Policy" | "Function", input: Properties) => {
    const { server: found } = await operation.snapshot();
    const inputs = (await normalise(kindOf(kind), input, {
      server: found,
      operation,
      old: undefined,
    })) as never;
    const id = kindOf(kind).identify(inputs);
    declarations.note({ urn: id, kind, id, inputs });
    declarations.noteChange(id);
  };

  const declareTasks = (opens: string, narrows: string) =>
    declare("TableAccess", {
      table: "public.tasks",
      grants: { authenticated: ["select"] },
      policies: {
        opens: { command: "select", roles: ["authenticated"], using: opens },
        narrows: { as: "restrictive", roles: ["authenticated"], using: narrows, withCheck: narrows },
      },
    });

  const policies = async (table = "public.tasks") => {
    const { rows } = await client.query(
      "select polname, pg_get_expr(polqual, polrelid) as qual, pg_get_expr(polwithcheck, polrelid) as check from pg_policy where polrelid = $1::regclass order by 1",
      [table],
    );
    return Object.fromEntries(
      rows.map(({ polname, qual, check }) => [polname, [qual, check].filter((text) => text !== null)]),
    );
  };

  const columns = async () => {
    const { rows } = await client.query(
      "select attname from pg_attribute where attrelid = 'public.tasks'::regclass and attnum > 0 and not attisdropped order by attnum",
    );
    return rows.map(({ attname }) => attname);
  };

  const untouched = { opens: ["(org = 'a'::text)"], narrows: ["(NOT archived)", "(NOT archived)"] };
  const closed = { opens: ["false"], narrows: ["false", "false"] };

  it("are brought to their declaration with the migration, whatever way it takes things away", async () => {
    await declareTasks("team = 'a'", "not hidden");
    migration(
      "2_next",
      `alter table public.tasks add column team text, add column hidden boolean default false;
       alter table public.tasks drop column org cascade;
       drop policy narrows on public.tasks;
       alter table public.tasks drop column archived;`,
    );
    await deployPending();
    expect(await policies()).toEqual({ opens: ["(team = 'a'::text)"], narrows: ["(NOT hidden)", "(NOT hidden)"] });
    const { rows } = await client.query(
      "select rolled_back_at, finished_at is not null as done from _prisma_migrations order by started_at",
    );
    expect(rows).toEqual([
      { rolled_back_at: null, done: true },
      { rolled_back_at: null, done: true },
    ]);
  });

  it("get it back after a failure with the stack's time-outs, and from the address that the stack asked for once", async () => {
    await begin({ lockTimeoutMilliseconds: 100, lockAttempts: 1 });
    await declareTasks("team = 'a'", "not archived");
    migration("2_next", "alter table public.tasks add column team text; alter table public.tasks drop column org");
    const command = [process.execPath, "-e", "console.log('at work'); setTimeout(() => process.exit(1), 1000)"];
    let locking: Promise<unknown> | undefined;
    const deploying = deploy({ directory: "migrations", format: prismaFormat, command }, operation, (line) => {
      said.push(line);
      if (line === "at work") locking = client.query("begin; lock table public.tasks in access share mode");
    });
    await expect(deploying).rejects.toThrow("failed with exit code 1");
    // With the default of five attempts it would try again.
    expect(said.filter((line) => line.includes("trying again"))).toEqual([]);
    await locking;
    await client.query("rollback");
    expect(said.at(-1)).toContain("the policies that were in the way let nothing through until the next update");
    expect((await policies()).opens).toEqual(closed.opens);
    expect(connections).toBe(1);
  });

  it("keep their condition, where nobody declares another and it still holds", async () => {
    migration("2_next", "alter table public.tasks alter column org type varchar(10)");
    await deployPending();
    expect(await policies()).toEqual({ ...untouched, opens: ["((org)::text = 'a'::text)"] });
  });

  it("stop the migration, and nothing is changed, where nobody says what becomes of them", async () => {
    migration("2_next", "alter table public.tasks drop column org");
    await expect(deployPending()).rejects.toThrow(
      "the migration 2_next was stopped: the policy opens on public.tasks uses what this migration takes away, and no resource of the stack says what becomes of it.",
    );
    expect([await policies(), await columns()]).toEqual([untouched, ["id", "org", "archived"]]);
    await begin();
    migration("2_next", "alter table public.tasks add column team text");
    await deployPending();
    expect(await columns()).toEqual(["id", "org", "archived", "team"]);
  });

  it("stop the migration where somebody changed their table after the preview", async () => {
    await declareTasks("true", "true");
    migration("2_next", "alter table public.tasks drop column org, drop column archived");
    await client.query("grant delete on public.tasks to anon");
    await expect(deployPending()).rejects.toThrow("public.tasks is no longer what the preview showed");
    expect(await policies()).toEqual(untouched);

    await begin();
    previewed.note("public.tasks", "public.tasks", { table: "public.tasks", policies: {} });
    previewed.note("public.tasks", "public.tasks", { table: "public.tasks", policies: { other: {} } });
    await expect(deployPending()).rejects.toThrow("public.tasks is no longer what the preview showed");
    expect(await policies()).toEqual(untouched);
  });

  it("let nothing through until their resource follows, where it needs something that is still to come", async () => {
    await declareTasks("private.mine() = org", "private.mine() is not null");
    migration("2_next", "alter table public.tasks drop column archived, drop column org, add column org text");
    await deployPending();
    // The open one's former condition holds again, and is as it was; the narrowing one's does not.
    expect(await policies()).toEqual({ opens: untouched.opens, narrows: closed.narrows });
    expect(said).toContain(
      "the policy narrows on public.tasks lets nothing through until its resource is updated, later in this update",
    );
  });

  it("are opened by the first migration that brings what their declaration needs", async () => {
    await declareTasks("team = 'a'", "true");
    migration("2_drop", "alter table public.tasks drop column org");
    migration("3_add", "alter table public.tasks add column team text");
    await deployPending();
    expect(await policies()).toEqual({ opens: ["(team = 'a'::text)"], narrows: ["true", "true"] });
    expect(said.filter((line) => line.includes("until its resource"))).toEqual([]);
  });

  it("follow their resource without a preview, and let nothing through meanwhile", async () => {
    operation.managed.note("TableAccess", "public.tasks");
    migration("2_next", "alter table public.tasks drop column org, drop column archived");
    await deployPending();
    expect(await policies()).toEqual(closed);
  });

  it("take along the functions that they call, as these will be", async () => {
    await client.query(`
      create schema private;
      create function private.orgs() returns setof text language sql as 'select org from public.tasks';
      alter policy opens on public.tasks using (org in (select private.orgs()));`);
    await begin();
    await declare("Function", {
      definition: "create function private.orgs() returns setof text language sql as 'select team from public.tasks'",
      execute: ["authenticated"],
    });
    await declare("Function", {
      definition: "create function private.mine() returns text language sql as 'select ''a''::text'",
      execute: ["authenticated"],
    });
    await declareTasks("team in (select private.orgs()) and team = private.mine()", "true");
    migration("2_next", "alter table public.tasks add column team text; alter table public.tasks drop column org");
    await deployPending();
    expect((await policies()).opens?.join()).toContain("private.mine()");
    const { rows } = await client.query(
      "select proname, prosrc, has_function_privilege('anon', oid, 'execute') as anon, has_function_privilege('authenticated', oid, 'execute') as auth from pg_proc where pronamespace = 'private'::regnamespace order by 1",
    );
    expect(rows).toEqual([
      { proname: "mine", prosrc: "select 'a'::text", anon: false, auth: true },
      { proname: "orgs", prosrc: "select team from public.tasks", anon: false, auth: true },
    ]);
  });

  it("may be single ones, on tables that others share, with any names", async () => {
    await client.query(`
      create table public."My ""files""" ("Owner's" text); alter table public."My ""files""" enable row level security;
      create policy "it's ""mine"" $1" on public."My ""files""" using ("Owner's" = 'me');
      create policy files on storage.objects using (exists (select from public."My ""files""" where "Owner's" = 'me'));`);
    await begin();
    await declare("Policy", { table: 'public."My ""files"""', name: 'it\'s "mine" $1', using: `"Author; --" = 'me'` });
    await declare("Policy", {
      table: "storage.objects",
      name: "files",
      using: `exists (select from public."My ""files""" where "Author; --" = 'me')`,
    });
    migration(
      "2_next",
      `alter table public."My ""files""" add column "Author; --" text; alter table public."My ""files""" drop column "Owner's"`,
    );
    await deployPending();
    expect(await policies('public."My ""files"""')).toEqual({ 'it\'s "mine" $1': [`("Author; --" = 'me'::text)`] });
    expect((await policies("storage.objects")).files?.join()).toContain(`"Author; --" = 'me'::text`);
  });

  it("are on a table that gets another name as well", async () => {
    await declare("TableAccess", {
      table: "public.jobs",
      policies: { opens: { command: "select", using: "team = 'a'" } },
    });
    operation.managed.note("TableAccess", "public.tasks");
    migration(
      "2_next",
      "alter table public.tasks rename to jobs; alter table public.jobs drop column org, add column team text",
    );
    await deployPending();
    expect(await policies("public.jobs")).toEqual({ opens: ["(team = 'a'::text)"] });
  });

  it("come with a table that is made, before anybody may reach it", async () => {
    await client.query("alter default privileges in schema public grant all on tables to anon, authenticated");
    await begin();
    await declare("TableAccess", {
      table: "public.invoices",
      grants: { authenticated: ["select"] },
      policies: { mine: { command: "select", roles: ["authenticated"], using: "org = 'a'" } },
    });
    migration("2_next", "create table public.invoices as select id, org from public.tasks");
    await deployPending();
    expect(await policies("public.invoices")).toEqual({ mine: ["(org = 'a'::text)"] });
    const { rows } = await client.query(
      "select relrowsecurity, has_table_privilege('anon', oid, 'select') as anon, has_table_privilege('authenticated', oid, 'insert') as insert from pg_class where relname = 'invoices'",
    );
    expect(rows).toEqual([{ relrowsecurity: true, anon: false, insert: false }]);
  });

  it("wait with the migration for a lock, let the application through between, and are carried over at last", async () => {
    await declareTasks("true", "true");
    migration("2_next", "alter table public.tasks drop column org, drop column archived");
    const reader = new pg.Client(database.url);
    await reader.connect();
    await reader.query("begin; select from public.tasks");
    const running = deployPending();
    while (!said.some((line) => line.startsWith("Migration 2_next waits for a lock"))) await pause(20);
    await reader.query("commit");
    await reader.end();
    await running;
    expect(await policies()).toEqual({ opens: ["true"], narrows: ["true", "true"] });
  });

  it("are as they were when the connection is lost half-way, and carried over the next time", async () => {
    await declareTasks("true", "true");
    migration("2_next", "alter table public.tasks drop column org, drop column archived; select pg_sleep(86400)");
    const running = deployPending().then(
      () => "done",
      (error: Error) => error.message,
    );
    const sleeping = "select pid from pg_stat_activity where wait_event = 'PgSleep'";
    while ((await client.query(sleeping)).rows.length === 0) await pause(20);
    await client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
    expect(await running).toContain("the migration 2_next was stopped");
    expect([await policies(), await columns()]).toEqual([untouched, ["id", "org", "archived"]]);
    migration("2_next", "alter table public.tasks drop column org, drop column archived");
    await begin();
    await deployPending();
    expect(await policies()).toEqual({ opens: ["true"], narrows: ["true", "true"] });
  });
});
