import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deployMigrations } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { MigrationError } from "../../infra/migrations/deployment/migration-error.ts";
import { writeMigration } from "../../infra/migrations/deployment/new-migration.ts";
import {
  markApplied,
  markRolledBack,
  migrateDiff,
  readPrismaRecords,
} from "../../infra/migrations/deployment/prisma-commands.ts";
import { readPrismaFolder } from "../../infra/migrations/formats/prisma/folder.ts";
import { interruptedMark } from "../../infra/migrations/formats/prisma/records.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

const projectMigrations = "prisma/migrations";

/** A statement that takes until the test allows it to end. */
const sleepUntilAllowed = `do $$ begin
  while shobj_description((select oid from pg_database where datname = current_database()), 'pg_database') is distinct from 'allowed' loop
    perform pg_sleep(0.05);
  end loop;
end $$`;

describe.each([17, 15] as const)("Prisma migrations on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: TestDatabase;
  let directory: string;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    database = await server.createDatabase();
    directory = await mkdtemp(join(tmpdir(), "migrations "));
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterEach(async () => {
    await client.end().catch(() => {});
    await database.drop();
    await rm(directory, { recursive: true });
  });

  const deploy = (options: { signal?: AbortSignal; lockHeldTimeoutMilliseconds?: number } = {}) =>
    deployMigrations({ connectionString: database.url, directory, ...options });

  const write = async (migrations: Readonly<Record<string, string>>) => {
    for (const [name, script] of Object.entries(migrations)) {
      await mkdir(join(directory, name), { recursive: true });
      await writeFile(join(directory, name, "migration.sql"), script);
    }
  };

  const history = async () => compareHistory(await readPrismaFolder(directory), await readPrismaRecords(database.url));

  const exists = async (relation: string) => {
    const { rows } = await client.query("select to_regclass($1) is not null as found", [relation]);
    return rows[0].found as boolean;
  };

  const connect = async (applicationName = "test") => {
    const other = new pg.Client({ connectionString: database.url, application_name: applicationName });
    other.on("error", () => {});
    await other.connect();
    return other;
  };

  it("creates the application's tables, and has nothing to do the second time", async () => {
    const target = { connectionString: database.url, directory: projectMigrations };
    const folder = await readPrismaFolder(projectMigrations);
    expect(await deployMigrations(target)).toEqual({ applied: folder.map(({ name }) => name) });
    expect(await deployMigrations(target)).toEqual({ applied: [] });

    const rows = await readPrismaRecords(database.url);
    expect(rows.map((row) => row.checksum)).toEqual(folder.map(({ checksum }) => checksum));
    const { rows: tables } = await client.query(
      "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    expect(tables.map(({ relname }) => relname).sort()).toEqual([
      "_prisma_migrations",
      "ai_conversations",
      "attachments",
      "customers",
      "notifications",
      "organization_invitations",
      "organization_members",
      "organizations",
      "projects",
      "tasks",
      "users",
    ]);
  });

  it("leads to exactly what schema.prisma declares, as replayed in an empty database and as applied", async () => {
    const schema = { kind: "schema", schema: await readFile("prisma/schema.prisma", "utf8") } as const;
    await deployMigrations({ connectionString: database.url, directory: projectMigrations });
    const diff = (from: Parameters<typeof migrateDiff>[0]["from"]) =>
      migrateDiff({ connectionString: database.url, from, to: schema });
    expect(await diff({ kind: "migrations", directory: projectMigrations })).toBe("");
    expect(await diff({ kind: "database" })).toBe("");
    // The engine reads checks as well, and has no words for them.
    const checks = "select from pg_constraint where contype = 'c' and conname like '%email_check' and convalidated";
    expect(await client.query(checks)).toMatchObject({ rowCount: 2 });
    await client.query("alter table public.tasks drop column title");
    expect(await diff({ kind: "database" })).toContain('ADD COLUMN     "title" TEXT NOT NULL');
    const { rows } = await client.query("select 1 from pg_database where datname like 'prisma_migrate_shadow_db%'");
    expect(rows).toEqual([]);
  });

  describe("a new migration", () => {
    const models = `datasource db {\n  provider = "postgresql"\n}\n\nmodel Note {\n  id String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid\n}\n`;
    const writeNew = async (schema: string, name = "add notes", now?: Date) => {
      const path = join(directory, "schema.prisma");
      await writeFile(path, schema);
      return await writeMigration({
        name,
        directory,
        schema: path,
        connectionString: database.url,
        ...(now && { now }),
      });
    };

    it("is the difference between the migrations and the schema, applied by nobody, and deployed like any other", async () => {
      const first = await writeNew(models, "Add notes!", new Date("2026-01-02T03:04:05Z"));
      expect(first?.name).toBe("20260102030405_add_notes");
      expect(first?.script).toContain('CREATE TABLE "Note"');
      expect(await readFile(join(directory, "migration_lock.toml"), "utf8")).toContain('provider = "postgresql"');
      expect((await client.query("select to_regclass('public.\"Note\"') as found")).rows).toEqual([{ found: null }]);
      expect(await writeNew(models, "again")).toBeUndefined();
      const second = await writeNew(models.replace("@db.Uuid\n", "@db.Uuid\n  title String?\n"), "title");
      expect(second?.script).toContain('ADD COLUMN     "title" TEXT');
      expect(second?.script).not.toContain("CREATE TABLE");
      expect(await deploy()).toEqual({ applied: [first?.name, second?.name] });
      const { rows } = await client.query("select 1 from pg_database where datname like 'prisma_migrate_shadow_db%'");
      expect(rows).toEqual([]);
    });

    it("is refused where it would not come last, has no name, or the schema can't be read", async () => {
      await write({ "29990101000000_late": "create table public.late (id int)" });
      await expect(writeNew(models)).rejects.toThrow("the folder holds 29990101000000_late, which would come after");
      await expect(writeNew(models, "!")).rejects.toThrow('"!" is no name for a migration');
      await expect(writeNew(models.replace("String @id", "Strin @id"), "next", new Date("2999-02-01"))).rejects.toThrow(
        /Strin/,
      );
    });
  });

  it("takes rows of before with it: what has one answer is put right, the rest stays, and can't be made anew", async () => {
    const hardening = "20260119090000_harden_tenancy";
    const scripts = await readPrismaFolder(projectMigrations);
    const before = scripts.filter(({ name }) => name < hardening);
    for (const { name } of before)
      await write({ [name]: await readFile(join(projectMigrations, name, "migration.sql"), "utf8") });
    await deploy();
    await client.query(`
      insert into users (id, email, avatar_path) values ('ann', 'Ann@Example.com', 'ann/me.png'), ('twin', 'ann@example.com', null), ('none', '', null), ('bob', 'bob@example.com', 'ann/me.png');
      insert into organizations (id, name, slug) values ('red', 'Red', 'red'), ('blue', 'Blue', 'blue'), ('green', 'Green', 'green');
      insert into organization_members (user_id, organization_id, role) values ('ann', 'red', 'OWNER'), ('bob', 'blue', 'OWNER');
      insert into projects (id, organization_id, name) values ('p', 'red', 'P');
      insert into tasks (id, organization_id, project_id, title, assignee_id, updated_at) values ('1', 'red', 'p', 'T', 'ann', 'epoch'), ('2', 'red', 'p', 'T', 'bob', 'epoch');
      insert into attachments (id, organization_id, name, path, content_type, size_bytes, uploaded_by_id) values
        ('good', 'red', 'A', 'red/a', 'text/plain', 1, 'ann'), ('foreign', 'red', 'A', 'blue/a', 'text/plain', 1, 'bob'), ('negative', 'red', 'A', 'red/b', 'text/plain', -1, null)`);
    await write({ [hardening]: await readFile(join(projectMigrations, hardening, "migration.sql"), "utf8") });
    const lines: string[] = [];
    await deployMigrations({ connectionString: database.url, directory, onProgress: (line) => lines.push(line) });
    expect(lines.slice(1)).toEqual([
      "NOTICE: 1 tasks had an assignee who is no member of their organisation; they have none now",
      "NOTICE: 1 attachments were uploaded by somebody who is no member of their organisation; they name nobody now",
      "WARNING: 2 attachments whose path or size is impossible, left as they are: 'foreign', 'negative'",
      "WARNING: 1 organisations without an owner, left as they are: 'green'",
      "WARNING: 1 users whose avatar is outside their folder, left as they are: 'bob'",
    ]);

    const select = async (sql: string) => (await client.query(sql)).rows;
    // Before any policy, for whoever applies it without the program.
    expect(await select("select relrowsecurity from pg_class where relname = 'organization_invitations'")).toEqual([
      { relrowsecurity: true },
    ]);
    expect(await select("select id, email from users order by id")).toEqual([
      { id: "ann", email: "ann@example.com" },
      { id: "bob", email: "bob@example.com" },
      { id: "none", email: null },
      { id: "twin", email: "ann@example.com" },
    ]);
    expect(await select("select id, assignee_id, updated_at = 'epoch' as unchanged from tasks order by id")).toEqual([
      { id: "1", assignee_id: "ann", unchanged: true },
      { id: "2", assignee_id: null, unchanged: true },
    ]);
    expect(await select("select id, uploaded_by_id, path from attachments order by id")).toEqual([
      { id: "foreign", uploaded_by_id: null, path: "blue/a" },
      { id: "good", uploaded_by_id: "ann", path: "red/a" },
      { id: "negative", uploaded_by_id: null, path: "red/b" },
    ]);
    await expect(client.query("update attachments set path = 'blue/b' where id = 'good'")).rejects.toMatchObject({
      constraint: "attachments_path_check",
    });
    await client.query("update attachments set name = 'B', task_id = '1'; update users set name = 'N'");
    await client.query("update attachments set path = 'red/c' where id = 'foreign'");
    await client.query(
      "insert into organization_members (user_id, organization_id, role) values ('ann', 'green', 'OWNER')",
    );
  });

  it("sends a migration whole, whatever semicolons it holds", async () => {
    await write({
      "1_function": `
        create function public.answer() returns text language plpgsql as $$ begin perform 1; return 'a;b'; end; $$;
        comment on function public.answer() is 'first; second -- third'; /* ; */`,
    });
    await deploy();
    const { rows } = await client.query("select public.answer(), obj_description('public.answer()'::regprocedure)");
    expect(rows[0]).toEqual({ answer: "a;b", obj_description: "first; second -- third" });
  });

  it("tells what it applies, and what a migration itself has to say", async () => {
    await write({
      "1_first": "create table if not exists public.a (id int); do $$ begin raise notice '3 rows moved'; end $$",
    });
    await client.query("create schema extra");
    const lines: string[] = [];
    await deployMigrations({ connectionString: database.url, directory, onProgress: (line) => lines.push(line) });
    expect(lines).toEqual(["Applying migration 1_first", "NOTICE: 3 rows moved"]);
  });

  describe("when a migration fails", () => {
    beforeEach(() =>
      write({
        "1_good": "create table public.good (id int)",
        "2_bad": "create table public.half (id int);\n-- ü\ninsert into public.nowhere values (1);\n",
        "3_later": "create table public.later (id int)",
      }),
    );

    it("says which and why in the database's words, keeps what came before and nothing of the rest", async () => {
      const error = await deploy().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MigrationError);
      expect(error).toMatchObject({ code: "P3018", migration: "2_bad", sqlState: "42P01" });
      expect(String(error)).toContain(
        'ERROR: relation "public.nowhere" does not exist\nLINE 3: insert into public.nowhere values (1);',
      );
      expect(String(error)).not.toContain(new URL(database.url).password);
      expect([await exists("public.good"), await exists("public.half"), await exists("public.later")]).toEqual([
        true,
        false,
        false,
      ]);
    });

    it("leaves the row that Prisma leaves", async () => {
      await deploy().catch(() => {});
      const [, row] = (await client.query("select * from _prisma_migrations order by started_at")).rows;
      const [, { checksum } = {}] = await readPrismaFolder(directory);
      expect(row).toMatchObject({
        migration_name: "2_bad",
        checksum,
        finished_at: null,
        rolled_back_at: null,
        applied_steps_count: 0,
      });
      expect(row.logs).toMatch(
        /^A migration failed to apply\..*\n\nMigration name: 2_bad\n\nDatabase error code: 42P01\n\nDatabase error:\nERROR: relation/,
      );
      expect((await history()).failed).toMatchObject([{ name: "2_bad", logs: row.logs }]);
    });

    it("refuses to go on until it is resolved, and goes on when it is", async () => {
      await deploy().catch(() => {});
      await expect(deploy()).rejects.toMatchObject({
        code: "P3009",
        migration: "2_bad",
        message: expect.stringContaining("npm run migrations -- resolve --rolled-back 2_bad"),
      });
      await markRolledBack(database.url, "2_bad");
      expect(await history()).toMatchObject({ rolledBack: ["2_bad"], pending: ["2_bad", "3_later"], failed: [] });
      await write({ "2_bad": "create table public.half (id int)" });
      expect(await deploy()).toEqual({ applied: ["2_bad", "3_later"] });
      expect(await history()).toMatchObject({ applied: ["1_good", "2_bad", "3_later"], rolledBack: [], edited: [] });
    });

    it("can be recorded as applied instead", async () => {
      await deploy().catch(() => {});
      await markApplied({ connectionString: database.url, directory }, "2_bad");
      expect(await deploy()).toEqual({ applied: ["3_later"] });
      await expect(markApplied({ connectionString: database.url, directory }, "2_bad")).rejects.toMatchObject({
        code: "P3008",
      });
      await expect(markRolledBack(database.url, "9_unknown")).rejects.toMatchObject({ code: "P3011" });
    });
  });

  it("names the way out for a database that has tables and no history", async () => {
    await client.query("create table public.good (id int)");
    await write({ "1_baseline": "create table public.good (id int)", "2_next": "create table public.next (id int)" });
    await expect(deploy()).rejects.toMatchObject({
      code: "P3005",
      message: expect.stringContaining("npm run migrations -- resolve --applied"),
    });
    await markApplied({ connectionString: database.url, directory }, "1_baseline");
    expect(await deploy()).toEqual({ applied: ["2_next"] });
  });

  describe("two deployments at once", () => {
    it("apply each migration once", async () => {
      await write({
        "1_slow": "create table public.a (id int); select pg_sleep(0.5)",
        "2_next": "create table public.b (id int)",
      });
      const [one, other] = await Promise.all([deploy(), deploy()]);
      expect([...one.applied, ...other.applied]).toEqual(["1_slow", "2_next"]);
    });

    it("wait for a limited time, then say who is deploying", async () => {
      const other = await connect("somebody's deployment");
      const { rows } = await other.query("select pg_advisory_lock(72707369), pg_backend_pid() as pid");
      await write({ "1_first": "create table public.a (id int)" });
      await expect(deploy({ lockHeldTimeoutMilliseconds: 300 })).rejects.toThrow(
        new RegExp(
          `not free within 0\\.3 s.*session ${rows[0].pid} .*user postgres, application somebody's deployment`,
        ),
      );
      await other.end();
      expect(await deploy()).toEqual({ applied: ["1_first"] });
    });
  });

  describe("a deployment that is stopped half-way", () => {
    beforeEach(() =>
      write({
        "1_slow": `create table public.slow (id int);\n${sleepUntilAllowed}`,
        "2_next": "create table public.next (id int)",
      }),
    );

    it("leaves nothing when it is cancelled, and the next one applies it", async () => {
      const cancelling = new AbortController();
      const deployment = deploy({ signal: cancelling.signal }).catch((reason: unknown) => reason);
      await untilSleeping();
      cancelling.abort();
      expect(await deployment).toMatchObject({
        migration: "1_slow",
        sqlState: "57014",
        message: expect.stringContaining("there is nothing to resolve"),
      });
      expect(await exists("public.slow")).toBe(false);
      await allow();
      expect(await deploy()).toEqual({ applied: ["1_slow", "2_next"] });
    });

    it("begins no other migration when it is cancelled between two, and waits for nothing", async () => {
      const cancelling = new AbortController();
      await write({ "1_slow": "do $$ begin raise notice 'done'; end $$" });
      const deployment = deployMigrations({
        connectionString: database.url,
        directory,
        signal: cancelling.signal,
        onProgress: (line) => line.startsWith("NOTICE") && cancelling.abort(),
      });
      await expect(deployment).rejects.toMatchObject({ sqlState: "57014" });
      expect((await history()).failed).toEqual([]);
      expect(await exists("public.next")).toBe(false);
      await expect(deploy({ signal: cancelling.signal })).rejects.toThrow(/abort/i);

      const holder = await connect();
      await holder.query("select pg_advisory_lock(72707369)");
      const waiting = new AbortController();
      const refused = deploy({ signal: waiting.signal }).catch((reason: unknown) => reason);
      await untilLocked();
      waiting.abort();
      expect(await refused).toMatchObject({ name: "DatabaseError", sqlState: "57014" });
      await holder.end();
    });

    it("is completed by the server when the network fails, and the next one goes on from there", async () => {
      const { hostname, port } = new URL(database.url);
      let near: Socket | undefined;
      let far: Socket | undefined;
      const proxy = createServer((socket) => {
        near = socket.on("error", () => {});
        far = connectSocket(Number(port), hostname).on("error", () => {});
        near.pipe(far).pipe(near);
      });
      await once(proxy.listen(0, "127.0.0.1"), "listening");
      const connectionString = Object.assign(new URL(database.url), {
        host: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      }).href;
      const deployment = deployMigrations({ connectionString, directory }).catch((reason: unknown) => reason);
      await untilSleeping();
      // Only the near side: the server learns nothing of the failure at first.
      near?.destroy();
      expect(await deployment).toMatchObject({
        migration: "1_slow",
        sqlState: undefined,
        message: expect.stringContaining("The server may still finish it"),
      });
      await allow();
      while ((await history()).applied.length === 0) await pause(50);
      far?.destroy();
      expect(await deploy()).toEqual({ applied: ["2_next"] });
      expect(await history()).toMatchObject({ applied: ["1_slow", "2_next"], failed: [] });
      proxy.close();
    });

    it("leaves nothing when the server ends its session, and the next one applies it", async () => {
      const deployment = deploy().catch((reason: unknown) => reason);
      await client.query("select pg_terminate_backend($1)", [await untilSleeping()]);
      expect(await deployment).toMatchObject({ name: "MigrationError", migration: "1_slow" });
      expect(await exists("public.slow")).toBe(false);
      await allow();
      const lines: string[] = [];
      await deployMigrations({ connectionString: database.url, directory, onProgress: (line) => lines.push(line) });
      expect(lines[0]).toBe("Migration 1_slow was interrupted before it took effect; applying it again");
      expect(await history()).toMatchObject({ applied: ["1_slow", "2_next"], failed: [], interrupted: [] });
    });

    it("records the migration that the server finishes after the deployment was killed", async () => {
      const child = startDeployment();
      await untilSleeping();
      expect(await history()).toMatchObject({ interrupted: ["1_slow"], pending: ["1_slow", "2_next"], failed: [] });
      child.kill("SIGKILL");
      await once(child, "exit");
      await allow();
      expect(await deploy()).toEqual({ applied: ["2_next"] });
      expect(await history()).toMatchObject({ applied: ["1_slow", "2_next"], failed: [] });
      const { rows } = await client.query("select logs from _prisma_migrations where logs = $1", [interruptedMark]);
      expect(rows).toEqual([]);
    });

    const allow = () => client.query(`comment on database ${database.database} is 'allowed'`);

    const untilLocked = async (): Promise<void> => {
      const locked = "select from pg_locks where not granted and locktype = 'advisory'";
      while ((await client.query(locked)).rows.length === 0) await pause(20);
    };

    const untilSleeping = async (): Promise<number> => {
      for (;;) {
        const { rows } = await client.query(
          "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        );
        if (rows[0]) return rows[0].pid;
        await pause(20);
      }
    };

    const startDeployment = (): ChildProcess =>
      spawn(
        process.execPath,
        [
          "--import",
          "tsx",
          "--input-type=module",
          "--eval",
          `import { deployMigrations } from "./infra/migrations/deployment/deploy-migrations.ts";
          await deployMigrations({ connectionString: process.env.DIRECT_URL, directory: process.env.MIGRATIONS });`,
        ],
        { stdio: "inherit", env: { ...process.env, DIRECT_URL: database.url, MIGRATIONS: directory } },
      );
  });

  describe("a migration that waits for a lock", () => {
    beforeEach(async () => {
      await client.query("create table public.busy (id int)");
      await write({
        "1_table": "create table public.free (id int)",
        "2_alter": "alter table public.busy add column name text",
      });
      await markAllButLast();
    });
    const markAllButLast = () => markApplied({ connectionString: database.url, directory }, "1_table");

    it("lets the application through between its attempts, and is applied once the lock is free", async () => {
      const holder = await connect("a long report");
      await holder.query("begin; lock table public.busy in access share mode");
      const lines: string[] = [];
      const deployment = deployMigrations({
        connectionString: database.url,
        directory,
        onProgress: (line) => lines.push(line),
      });
      while (!lines.some((line) => line.includes("waits for a lock"))) await pause(50);
      await holder.query("rollback");
      expect(await deployment).toEqual({ applied: ["2_alter"] });
      expect(lines[1]).toMatch(
        /^Migration 2_alter waits for a lock held by session \d+ \(user postgres, application a long report, idle in transaction for \d+ s\)/,
      );
      await holder.end();
    });
  });

  describe("scripts that are no ordinary transaction", () => {
    it("may be one statement that runs outside transactions", async () => {
      await write({
        "1_table": "create table public.a (id int)",
        "2_index": "-- by itself\ncreate index concurrently a_id on public.a (id);\n",
      });
      expect(await deploy()).toEqual({ applied: ["1_table", "2_index"] });
      expect(await exists("public.a_id")).toBe(true);
    });

    it("may have transactions of their own", async () => {
      await write({ "1_own": "begin; create table public.a (id int); commit; create table public.b (id int);" });
      expect(await deploy()).toEqual({ applied: ["1_own"] });
      expect([await exists("public.a"), await exists("public.b")]).toEqual([true, true]);
    });

    it("may fail inside a transaction of their own, and say so in their row", async () => {
      await write({ "1_own": "begin; create table public.a (id int); select 1 / 0; commit;" });
      await expect(deploy()).rejects.toMatchObject({ migration: "1_own", sqlState: "22012" });
      expect((await history()).failed).toMatchObject([
        { name: "1_own", logs: expect.stringContaining("ERROR: division by zero") },
      ]);
      expect(await exists("public.a")).toBe(false);
    });

    it("may hold statements of which none runs inside a transaction, or that need others to be committed, as with Prisma 7.4", async () => {
      await write({
        "1_table": "create type public.color as enum ('red'); create table public.a (id int, name text)",
        "2_indexes":
          "alter table public.a add column size int;\ncreate index concurrently a_id on public.a (id);\ncreate index concurrently a_name on public.a (name);\ncreate index a_size on public.a (size);",
        "3_value":
          "alter type public.color add value 'blue'; alter table public.a add column color public.color default 'blue'; insert into public.a default values;",
        "4_upkeep":
          "set lock_timeout = '30s'; vacuum public.a; prepare one as select 1; drop index concurrently public.a_id; drop index concurrently public.a_name; analyze public.a;",
        "5_deferred":
          "create table public.parent (id int primary key); create table public.child (id int, parent int references public.parent deferrable initially deferred); insert into public.parent values (1); insert into public.child values (1, 1); alter table public.child add column late text;",
        "6_own":
          "begin; create table public.b (id int); commit; create index concurrently b_id on public.b (id); begin; create table public.undone (id int); rollback;",
        "7_procedure":
          "create procedure public.twice() language plpgsql as $$ begin insert into public.a (id) values (7); commit; insert into public.a (id) values (7); end $$; call public.twice();",
      });
      const { applied } = await deploy();
      expect(applied).toHaveLength(7);
      const { rows: indexes } = await client.query(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relname in ('a_id', 'a_name', 'a_size', 'b_id', 'undone') order by 1",
      );
      expect(indexes.map(({ relname }) => relname)).toEqual(["a_size", "b_id"]);
      const { rows } = await client.query(
        "select (select count(*)::int from public.a where id = 7) as twice, (select color::text from public.a where id is null) as color, bool_and(finished_at is not null and logs is null and applied_steps_count = 1) as recorded from _prisma_migrations",
      );
      expect(rows).toEqual([{ twice: 2, color: "blue", recorded: true }]);
      expect(await deploy()).toEqual({ applied: [] });
    });

    it("say what stayed where one of several transactions fails, with the line", async () => {
      await write({
        "1_half":
          "create table public.a (id int);\n\n-- the first index\ncreate index concurrently a_id on public.a (id);\ninsert into public.nowhere values (1);",
      });
      const error = await deploy().catch((reason: unknown) => reason);
      expect(String(error)).toContain("LINE 5: insert into public.nowhere values (1);");
      expect(String(error)).toContain("Everything up to the statement on line 4 stayed");
      expect((await history()).failed).toMatchObject([{ name: "1_half" }]);
      expect(await exists("public.a_id")).toBe(true);
    });

    it("are recognised as begun and not finished after a kill, unless nothing of them stayed", async () => {
      await write({
        "1_half":
          "create table public.a (id int); create index concurrently a_id on public.a (id); select pg_sleep(30)",
      });
      const deployment = deploy().catch((reason: unknown) => reason);
      const sleeping = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
      while (!(await exists("public.a_id")) || (await client.query(sleeping)).rows.length === 0) await pause(20);
      await client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
      await deployment;
      expect((await history()).failed).toMatchObject([{ name: "1_half", logs: null }]);
      await expect(deploy()).rejects.toMatchObject({ code: "P3009" });

      await markRolledBack(database.url, "1_half");
      await client.query("drop table public.a");
      await write({ "1_half": "begin; create table public.a (id int); select pg_sleep(30); commit" });
      const again = deploy().catch((reason: unknown) => reason);
      while ((await client.query(sleeping)).rows.length === 0) await pause(20);
      await client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
      await again;
      await write({ "1_half": "begin; create table public.a (id int); commit" });
      expect(await deploy()).toEqual({ applied: ["1_half"] });
    });

    it("wait for a lock as long as they are told, and ask as often", async () => {
      await client.query("create table public.busy (id int)");
      await write({ "1_alter": "alter table public.busy add column name text" });
      const holder = await connect("a long report");
      await holder.query("begin; lock table public.busy in access share mode");
      const lines: string[] = [];
      const options = {
        lockTimeoutMilliseconds: 50,
        lockAttempts: 3,
        onProgress: (line: string) => lines.push(line),
      };
      await write({ "0_first": "create table public.first (id int)" });
      await markApplied({ connectionString: database.url, directory }, "0_first");
      const error = await deployMigrations({ connectionString: database.url, directory, ...options }).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ sqlState: "55P03" });
      expect(lines.filter((line) => line.includes("waits for a lock"))).toHaveLength(2);
      await holder.end();
      expect(await deploy()).toEqual({ applied: ["1_alter"] });
    });

    it("may not leave one open, which would lose everything in silence", async () => {
      await write({ "1_open": "begin; create table public.a (id int);" });
      await expect(deploy()).rejects.toThrow(/1_open failed: .*never ends it/);
      expect((await history()).failed).toMatchObject([{ name: "1_open" }]);
    });

    it("may empty the search path, as dumps do", async () => {
      await write({
        "1_dump":
          "select pg_catalog.set_config('search_path', '', false); set role anon; reset role; create table public.a (id int);",
        "2_next": "create table b (id int)",
      });
      expect(await deploy()).toEqual({ applied: ["1_dump", "2_next"] });
      expect(await exists("public.b")).toBe(true);
    });

    it("may be empty, or equal to another one", async () => {
      await write({ "1_empty": "-- nothing\n", "2_empty": "-- nothing\n" });
      expect(await deploy()).toEqual({ applied: ["1_empty", "2_empty"] });
    });
  });

  it("says what it may not do, in the database's words", async () => {
    const administrator = new pg.Client(database.superuserUrl);
    await administrator.connect();
    await administrator.query(`
        create role visitor login password 'visitor';
        grant connect on database ${database.database} to visitor;
        grant usage on schema public to visitor`);
    await write({ "1_first": "create table a (id int)" });
    const url = Object.assign(new URL(database.url), { username: "visitor", password: "visitor" }).href;
    const error = await deployMigrations({ connectionString: url, directory }).catch((reason: unknown) => reason);
    await administrator.query("drop owned by visitor; drop role visitor");
    await administrator.end();
    expect(error).toMatchObject({
      name: "MigrationError",
      message: expect.stringMatching(/permission denied for schema public/),
    });
    expect(String(error)).not.toMatch(/engine\.rs/);
    const wrong = Object.assign(new URL(database.url), { password: "a-wrong-password" }).href;
    const refused = await deployMigrations({ connectionString: wrong, directory }).catch((reason: unknown) => reason);
    expect(refused).toMatchObject({ name: "DatabaseError", sqlState: "28P01" });
    expect(String(refused)).not.toMatch(/a-wrong-password/);
  });

  it("keeps the history in the schema that the connection string names", async () => {
    await client.query("create schema product");
    await write({ "1_first": "create table a (id int)" });
    const connectionString = `${database.url}${database.url.includes("?") ? "&" : "?"}schema=product`;
    expect(await deployMigrations({ connectionString, directory })).toEqual({ applied: ["1_first"] });
    expect([await exists("product.a"), await exists("product._prisma_migrations"), await exists("public.a")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
