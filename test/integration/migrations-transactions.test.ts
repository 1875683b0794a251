import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deploymentCases, useDeployments } from "./migrations-deployments.ts";

describe.each(deploymentCases)(
  "scripts of %s migrations that are no ordinary transaction, on PostgreSQL %i",
  (name, major, folder) => {
    const { at, format, isPrismas, knowsParts, target, deploy, write, history, connect } = useDeployments(
      name,
      major,
      folder,
    );

    it("may be one statement that runs outside transactions", async () => {
      await write({
        "1_table": "create table public.a (id int)",
        "2_index": "-- by itself\ncreate index concurrently a_id on public.a (id);\n",
      });
      expect(await deploy()).toEqual({ applied: ["1_table", "2_index"] });
      expect(await at.exists("public.a_id")).toBe(true);
    });

    it("may have transactions of their own", async () => {
      await write({ "1_own": "begin; create table public.a (id int); commit; create table public.b (id int);" });
      expect(await deploy()).toEqual({ applied: ["1_own"] });
      expect([await at.exists("public.a"), await at.exists("public.b")]).toEqual([true, true]);
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
      expect(await at.exists("public.a")).toBe(false);
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
      const { rows: indexes } = await at.client.query(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relname in ('a_id', 'a_name', 'a_size', 'b_id', 'undone') order by 1",
      );
      expect(indexes.map(({ relname }) => relname)).toEqual(["a_size", "b_id"]);
      const { rows } = await at.client.query(
        "select (select count(*)::int from public.a where id = 7) as twice, (select color::text from public.a where id is null) as color",
      );
      expect(rows).toEqual([{ twice: 2, color: "blue" }]);
      expect(await history()).toMatchObject({ applied, edited: [], failed: [] });
      if (isPrismas) {
        const steps = "select from _prisma_migrations where logs is null and applied_steps_count = 1";
        expect(await at.client.query(steps)).toMatchObject({ rowCount: 7 });
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
      expect(await at.exists("public.a_id")).toBe(true);
    });

    it("are recognised as begun and not finished after a kill, unless nothing of them stayed", async () => {
      await write({
        "1_half":
          "create table public.a (id int); create index concurrently a_id on public.a (id); select pg_sleep(30)",
      });
      const deployment = deploy().catch((reason: unknown) => reason);
      const sleeping = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
      while (!(await at.exists("public.a_id")) || (await at.client.query(sleeping)).rows.length === 0) await pause(20);
      await at.client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
      await deployment;
      expect((await history()).failed).toMatchObject(knowsParts ? [{ name: "1_half", logs: null }] : []);
      await expect(deploy()).rejects.toThrow(
        knowsParts ? "1_half" : /relation "a" already exists[\s\S]*An earlier attempt may have left a part of it/,
      );

      if (knowsParts) await format.markRolledBack(target(), "1_half");
      await at.client.query("drop table public.a");
      await write({ "1_half": "begin; create table public.a (id int); select pg_sleep(30); commit" });
      const again = deploy().catch((reason: unknown) => reason);
      while ((await at.client.query(sleeping)).rows.length === 0) await pause(20);
      await at.client.query(`select pg_terminate_backend(pid) from (${sleeping}) as found`);
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
      await at.client.query("create table public.busy (id int)");
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
      expect(await at.exists("public.b")).toBe(true);
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
  },
);
