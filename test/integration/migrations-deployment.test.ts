import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeployOptions } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { palisadeLock, prismaLock } from "../../infra/migrations/deployment/lock.ts";
import type { FormatName } from "../../infra/migrations/formats/format.ts";
import { interruptedMark } from "../../infra/migrations/formats/prisma/records.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { createTestFolder } from "../support/folder.ts";
import { type MigrationFolder, migrationFolders, writeMigrations } from "../support/migration-folders.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

/** A statement that takes until the test allows it to end. */
const sleepUntilAllowed = `do $$ begin
  while shobj_description((select oid from pg_database where datname = current_database()), 'pg_database') is distinct from 'allowed' loop
    perform pg_sleep(0.05);
  end loop;
end $$`;

const cases = (
  [
    ["prisma", 17],
    ["prisma", 15],
    ["supabase", 17],
    ["plain", 15],
  ] as const
).map(([name, major]) => [name, major, new Map(migrationFolders).get(name) as MigrationFolder] as const);

describe.each(cases)("a deployment of %s migrations on PostgreSQL %i", (name: FormatName, major, folder) => {
  const { format } = folder;
  const isPrismas = name === "prisma";
  /** Whether its table has a word for one of which a part is committed. */
  const knowsParts = name !== "supabase";
  const lock = (isPrismas ? prismaLock : palisadeLock).key;
  let server: TestServer;
  let database: TestDatabase;
  let project: string;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    database = await server.createDatabase();
    project = createTestFolder();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterEach(async () => {
    await client.end().catch(() => {});
    await database.drop();
    rmSync(project, { recursive: true });
  });

  const target = () => ({ connectionString: database.url, directory: join(project, folder.directory) });

  const deploy = (options: Partial<DeployOptions> = {}) => format.deploy({ ...target(), ...options });

  const write = async (scripts: Readonly<Record<string, string | Buffer>>) => writeMigrations(project, folder, scripts);

  const history = async () =>
    compareHistory(await format.readFolder(target().directory), await format.readRecords(database.url));

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

  it("keeps what came before a migration that fails and nothing of the rest, and says why in the database's words", async () => {
    await write({
      "1_good": "create table public.good (id int)",
      "2_bad": "create table public.half (id int);\n-- ü\ninsert into public.nowhere values (1);\n",
      "3_later": "create table public.later (id int)",
    });
    const error = await deploy().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "MigrationError", migration: "2_bad", sqlState: "42P01" });
    expect(String(error)).toContain(
      'ERROR: relation "public.nowhere" does not exist\nLINE 3: insert into public.nowhere values (1);',
    );
    expect([await exists("public.good"), await exists("public.half"), await exists("public.later")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(String(error).includes("there is nothing to resolve")).toBe(!isPrismas);
    if (isPrismas) await format.markRolledBack(target(), "2_bad");
    await write({ "2_bad": "create table public.half (id int)" });
    expect(await deploy()).toEqual({ applied: ["2_bad", "3_later"] });
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

  it("refuses a file that is no text for the server before it applies any, and not one that is applied", async () => {
    await write({ "1_a": "create table public.a (id int)", "2_b": Buffer.from("-- d\xe9j\xe0", "latin1") });
    await expect(deploy()).rejects.toThrow(/2_b.* is not UTF-8 \(line 1\)/);
    expect(await exists("public.a")).toBe(false);
    await format.markApplied(target(), "2_b");
    expect(await deploy()).toEqual({ applied: ["1_a"] });
  });

  it("tells what it applies, and what a migration itself has to say", async () => {
    await write({
      "1_first": "create table if not exists public.a (id int); do $$ begin raise notice '3 rows moved'; end $$",
    });
    await client.query("create schema extra");
    const lines: string[] = [];
    await deploy({ onProgress: (line) => lines.push(line) });
    expect(lines).toEqual(["Applying migration 1_first", "NOTICE: 3 rows moved"]);
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

    it("apply each once where one builds an index that waits for everybody else", async () => {
      await write({
        "1_table": "create table public.a (id int)",
        "2_index": "create index concurrently a_id on public.a (id)",
      });
      await deploy();
      await write({
        "3_slow": "create table public.slow (id int); select pg_sleep(1)",
        "4_index": "create index concurrently a_id_again on public.a (id)",
      });
      const [one, other, resolving] = await Promise.all([
        deploy(),
        deploy(),
        format.markApplied(target(), "1_table").catch((reason: unknown) => reason),
      ]);
      expect([...one.applied, ...other.applied]).toEqual(["3_slow", "4_index"]);
      // Prisma has it recorded already.
      expect(String(resolving).includes("already recorded as applied")).toBe(isPrismas);
    });

    it("wait for a limited time, then say who is deploying", async () => {
      const other = await connect("somebody's deployment");
      const { rows } = await other.query(`select pg_advisory_lock(${lock}), pg_backend_pid() as pid`);
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
      const deployment = deploy({
        signal: cancelling.signal,
        onProgress: (line) => line.startsWith("NOTICE") && cancelling.abort(),
      });
      await expect(deployment).rejects.toMatchObject({ sqlState: "57014" });
      expect((await history()).failed).toEqual([]);
      expect(await exists("public.next")).toBe(false);
      await expect(deploy({ signal: cancelling.signal })).rejects.toThrow(/abort/i);

      const holder = await connect();
      await holder.query(`select pg_advisory_lock(${lock})`);
      const waiting = new AbortController();
      const refused = deploy({ signal: waiting.signal }).catch((reason: unknown) => reason);
      await untilAsked();
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
      const deployment = deploy({ connectionString }).catch((reason: unknown) => reason);
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
      await deploy({ onProgress: (line) => lines.push(line) });
      // The others' tables say nothing of one that is not committed.
      if (isPrismas) expect(lines[0]).toBe("Migration 1_slow was interrupted before it took effect; applying it again");
      expect(await history()).toMatchObject({ applied: ["1_slow", "2_next"], failed: [], interrupted: [] });
    });

    it("records the migration that the server finishes after the deployment was killed", async () => {
      const child = startDeployment();
      await untilSleeping();
      expect(await history()).toMatchObject({
        interrupted: isPrismas ? ["1_slow"] : [],
        pending: ["1_slow", "2_next"],
        failed: [],
      });
      child.kill("SIGKILL");
      await once(child, "exit");
      await allow();
      expect(await deploy()).toEqual({ applied: ["2_next"] });
      expect(await history()).toMatchObject({ applied: ["1_slow", "2_next"], failed: [] });
      if (!isPrismas) return;
      const { rows } = await client.query("select logs from _prisma_migrations where logs = $1", [interruptedMark]);
      expect(rows).toEqual([]);
    });

    const allow = () => client.query(`comment on database ${database.database} is 'allowed'`);

    const untilAsked = async (): Promise<void> => {
      const asked =
        "select from pg_stat_activity where query like '%pg_try_advisory_lock($1)%' and pid <> pg_backend_pid() and datname = current_database()";
      while ((await client.query(asked)).rows.length === 0) await pause(20);
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
          `import { formatNamed } from "./infra/migrations/formats/registry.ts";
          const { DIRECT_URL: connectionString, MIGRATIONS: directory } = process.env;
          await formatNamed("${format.name}").deploy({ connectionString, directory });`,
        ],
        { stdio: "inherit", env: { ...process.env, DIRECT_URL: database.url, MIGRATIONS: target().directory } },
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
    const markAllButLast = () => format.markApplied(target(), "1_table");

    it("lets the application through between its attempts, and is applied once the lock is free", async () => {
      const holder = await connect("a long report");
      await holder.query("begin; lock table public.busy in access share mode");
      const lines: string[] = [];
      const deployment = deploy({
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
      // Nothing of it stayed, and a table other than Prisma's says nothing of it.
      expect(await history()).toMatchObject(
        isPrismas
          ? { failed: [{ name: "1_own", logs: expect.stringContaining("ERROR: division by zero") }] }
          : { failed: [], pending: ["1_own"] },
      );
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
        "select (select count(*)::int from public.a where id = 7) as twice, (select color::text from public.a where id is null) as color",
      );
      expect(rows).toEqual([{ twice: 2, color: "blue" }]);
      expect(await history()).toMatchObject({ applied, edited: [], failed: [] });
      if (isPrismas) {
        const steps = "select from _prisma_migrations where logs is null and applied_steps_count = 1";
        expect(await client.query(steps)).toMatchObject({ rowCount: 7 });
      }
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
      expect((await history()).failed).toMatchObject(knowsParts ? [{ name: "1_half" }] : []);
      expect(String(error).includes("No record says so: the migration is still pending")).toBe(!knowsParts);
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
      expect((await history()).failed).toMatchObject(knowsParts ? [{ name: "1_half", logs: null }] : []);
      await expect(deploy()).rejects.toThrow(
        knowsParts ? "1_half" : /relation "a" already exists[\s\S]*An earlier attempt may have left a part of it/,
      );

      if (knowsParts) await format.markRolledBack(target(), "1_half");
      await client.query("drop table public.a");
      await write({ "1_half": "begin; create table public.a (id int); select pg_sleep(30); commit" });
      const again = deploy().catch((reason: unknown) => reason);
      while ((await client.query(sleeping)).rows.length === 0) await pause(20);
      await client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
      await again;
      await write({ "1_half": "begin; create table public.a (id int); commit" });
      expect(await deploy()).toEqual({ applied: ["1_half"] });
    });

    it("leave nothing where the server can't read them, and need no resolving but Prisma's", async () => {
      await write({ "1_psql": "create table public.a (id int);\n\\set x 1\n" });
      const error = await deploy().catch((reason: unknown) => reason);
      expect(String(error)).toContain('syntax error at or near "\\"');
      expect(String(error)).toContain("Nothing of it stayed");
      expect((await history()).failed).toMatchObject(isPrismas ? [{ name: "1_psql" }] : []);
      await write({ "1_psql": "create table public.a (id int);\n" });
      if (isPrismas) await format.markRolledBack(target(), "1_psql");
      expect(await deploy()).toEqual({ applied: ["1_psql"] });
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
      await format.markApplied(target(), "0_first");
      const error = await deploy(options).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ sqlState: "55P03" });
      expect(lines.filter((line) => line.includes("waits for a lock"))).toHaveLength(2);
      await holder.end();
      expect(await deploy()).toEqual({ applied: ["1_alter"] });
    });

    it("may not leave one open, which would lose everything in silence", async () => {
      await write({ "1_open": "begin; create table public.a (id int);" });
      await expect(deploy()).rejects.toThrow(/1_open failed: .*never ends it/);
      expect((await history()).failed).toMatchObject(isPrismas ? [{ name: "1_open" }] : []);
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

    it("leave nothing in the session to the next one", async () => {
      await write({
        "1_leaves": `
          create temporary table kept (id int); prepare one as select 1; declare open cursor with hold for select 1;
          create sequence public.counter; select nextval('public.counter'); set app.tenant = 'one'; listen changes;`,
        "2_finds": `
          do $$ begin
            if to_regclass('pg_temp.kept') is not null or exists (select from pg_prepared_statements) or exists (select from pg_cursors where is_holdable)
              or current_setting('app.tenant', true) <> '' or exists (select pg_listening_channels()) then raise 'something was left';
            end if;
            begin perform lastval(); raise 'a number was left'; exception when object_not_in_prerequisite_state then null; end;
          end $$`,
      });
      expect(await deploy()).toEqual({ applied: ["1_leaves", "2_finds"] });
    });

    it("may release the lock, but no other is applied without it until the next deployment", async () => {
      await write({ "1_discards": "discard all", "2_next": "create table public.b (id int)" });
      await expect(deploy()).rejects.toThrow(
        /^the migration 2_next was stopped: the script before it has released .*deploy again\.$/s,
      );
      expect(await history()).toMatchObject({ applied: ["1_discards"], failed: [], pending: ["2_next"] });
      expect(await deploy()).toEqual({ applied: ["2_next"] });
    });

    it.each([
      ["a role set", "set role anon", "42501"],
      ["their transaction read only", "set transaction read only", "25006"],
    ])("may not leave %s, and no line of theirs is blamed", async (_, statement, sqlState) => {
      await write({ "0_first": "select 1", "1_leaves": `select 1;\n${statement}` });
      const error = await deploy().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ migration: "1_leaves", sqlState });
      expect(String(error)).toContain("HINT: This is what records the migration");
      expect(String(error)).not.toMatch(/LINE|CONTEXT/);
    });

    it("may be empty, or equal to another one", async () => {
      await write({ "1_empty": "-- nothing\n", "2_empty": "-- nothing\n" });
      expect(await deploy()).toEqual({ applied: ["1_empty", "2_empty"] });
    });
  });
});
