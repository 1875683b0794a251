import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { interruptedMark } from "../../infra/migrations/formats/prisma/records.ts";
import { deploymentCases, useDeployments } from "./migrations-deployments.ts";

/** A statement that takes until the test allows it to end. */
const sleepUntilAllowed = `do $$ begin
  while shobj_description((select oid from pg_database where datname = current_database()), 'pg_database') is distinct from 'allowed' loop
    perform pg_sleep(0.05);
  end loop;
end $$`;

describe.each(deploymentCases)("a deployment of %s migrations on PostgreSQL %i", (name, major, folder) => {
  const { at, format, isPrismas, lock, target, deploy, startDeployment, write, history, connect } = useDeployments(
    name,
    major,
    folder,
  );

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
    expect([await at.exists("public.good"), await at.exists("public.half"), await at.exists("public.later")]).toEqual([
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
    const { rows } = await at.client.query("select public.answer(), obj_description('public.answer()'::regprocedure)");
    expect(rows[0]).toEqual({ answer: "a;b", obj_description: "first; second -- third" });
  });

  it("refuses a file that is no text for the server before it applies any, and not one that is applied", async () => {
    await write({ "1_a": "create table public.a (id int)", "2_b": Buffer.from("-- d\xe9j\xe0", "latin1") });
    await expect(deploy()).rejects.toThrow(/2_b.* is not UTF-8 \(line 1\)/);
    expect(await at.exists("public.a")).toBe(false);
    await format.markApplied(target(), "2_b");
    expect(await deploy()).toEqual({ applied: ["1_a"] });
  });

  it("tells what it applies, and what a migration itself has to say", async () => {
    await write({
      "1_first": "create table if not exists public.a (id int); do $$ begin raise notice '3 rows moved'; end $$",
    });
    await at.client.query("create schema extra");
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
      expect(await at.exists("public.slow")).toBe(false);
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
      expect(await at.exists("public.next")).toBe(false);
      await expect(deploy({ signal: cancelling.signal })).rejects.toThrow(/abort/i);

      const holder = await connect();
      await holder.query(`select pg_advisory_lock(${lock})`);
      const waiting = new AbortController();
      const refused = deploy({ signal: waiting.signal }).catch((reason: unknown) => reason);
      await untilQueried("%pg_try_advisory_lock($1)%");
      waiting.abort();
      expect(await refused).toMatchObject({ name: "DatabaseError", sqlState: "57014" });
      await holder.end();
    });

    it("is cancelled although the server was between two of its statements when it was asked to", async () => {
      const cancelling = new AbortController();
      const before = async () => {
        cancelling.abort();
        await untilQueried("%pg_cancel_backend(%");
      };
      const deployment = deploy({
        signal: cancelling.signal,
        findHooks: async () => ({ before, after: async () => {} }),
      });
      await expect(deployment).rejects.toMatchObject({ migration: "1_slow", sqlState: "57014" });
    });

    it("is completed by the server when the network fails, and the next one goes on from there", async () => {
      const { hostname, port } = new URL(at.database.url);
      let near: Socket | undefined;
      let far: Socket | undefined;
      const proxy = createServer((socket) => {
        near = socket.on("error", () => {});
        far = connectSocket(Number(port), hostname).on("error", () => {});
        near.pipe(far).pipe(near);
      });
      await once(proxy.listen(0, "127.0.0.1"), "listening");
      const connectionString = Object.assign(new URL(at.database.url), {
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
      await at.client.query("select pg_terminate_backend($1)", [await untilSleeping()]);
      expect(await deployment).toMatchObject({ name: "MigrationError", migration: "1_slow" });
      expect(await at.exists("public.slow")).toBe(false);
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
      const { rows } = await at.client.query("select logs from _prisma_migrations where logs = $1", [interruptedMark]);
      expect(rows).toEqual([]);
    });

    const allow = () => at.client.query(`comment on database ${at.database.database} is 'allowed'`);

    const untilQueried = async (pattern: string): Promise<void> => {
      const asked =
        "select from pg_stat_activity where query like $1 and state = 'idle' and pid <> pg_backend_pid() and datname = current_database()";
      while ((await at.client.query(asked, [pattern])).rows.length === 0) await pause(20);
    };

    const untilSleeping = async (): Promise<number> => {
      for (;;) {
        const { rows } = await at.client.query(
          "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        );
        if (rows[0]) return rows[0].pid;
        await pause(20);
      }
    };
  });

  describe("a migration that waits for a lock", () => {
    beforeEach(async () => {
      await at.client.query("create table public.busy (id int)");
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
      const deployment = deploy({ onProgress: (line) => lines.push(line) });
      while (!lines.some((line) => line.includes("waits for a lock"))) await pause(50);
      await holder.query("rollback");
      expect(await deployment).toEqual({ applied: ["2_alter"] });
      expect(lines[1]).toMatch(
        /^Migration 2_alter waits for a lock held by session \d+ \(user postgres, application a long report, idle in transaction for \d+ s\)/,
      );
      await holder.end();
    });
  });
});
