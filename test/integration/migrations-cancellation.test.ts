import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { interruptedMark } from "../../infra/migrations/formats/prisma/records.ts";
import { deploymentCases, useDeployments } from "./migrations-deployments.ts";

describe.each(deploymentCases)(
  "a deployment of %s migrations on PostgreSQL %i that is cancelled",
  (name, major, folder) => {
    const { at, isPrismas, deploy, write, history, connect } = useDeployments(name, major, folder);

    const untilWaiting = async (condition: string): Promise<void> => {
      const waiting = `select from pg_stat_activity where datname = current_database() and ${condition}`;
      while ((await at.client.query(waiting)).rows.length === 0) await pause(20);
    };
    const untilAsleep = () => untilWaiting("wait_event = 'PgSleep'");

    const lockTable = async () => {
      const holder = await connect("a long import");
      await holder.query(`begin; lock table ${folder.table}`);
      return holder;
    };

    it("ends while somebody else still holds the lock on the table of migrations for which it waits", async () => {
      await write({ "1_first": "create table public.a (id int)" });
      await deploy();
      await write({ "2_next": "create table public.b (id int)" });
      const holder = await lockTable();
      const cancelling = new AbortController();
      const deployment = deploy({ signal: cancelling.signal }).catch((reason: unknown) => reason);
      await untilWaiting("wait_event_type = 'Lock'");
      cancelling.abort();
      expect(await deployment).toMatchObject({
        name: "DatabaseError",
        sqlState: "57014",
        message: "cancelled while no migration was being applied; there is nothing to resolve: deploy again",
      });
      await holder.end();
      expect(await history()).toMatchObject({ failed: [], interrupted: [], pending: ["2_next"] });
      expect(await deploy()).toEqual({ applied: ["2_next"] });
    });

    it("ends although the table is locked since it runs a migration, which the next one applies", async () => {
      await write({ "1_slow": "create table public.a (id int); select pg_sleep(600)" });
      const cancelling = new AbortController();
      const deployment = deploy({ signal: cancelling.signal, lockTimeoutMilliseconds: 100 }).catch(
        (reason: unknown) => reason,
      );
      await untilAsleep();
      const holder = await lockTable();
      cancelling.abort();
      expect(await deployment).toMatchObject({ name: "MigrationError", migration: "1_slow", sqlState: "57014" });
      await holder.end();
      expect(await history()).toMatchObject({ failed: [], pending: ["1_slow"] });
      expect(await at.exists("public.a")).toBe(false);
      await write({ "1_slow": "create table public.a (id int)" });
      expect(await deploy()).toEqual({ applied: ["1_slow"] });
    });

    it.runIf(isPrismas).each([
      ["Prisma's engine records its start", "insert", "true", 600],
      ["its start is marked", "update", `new.logs = '${interruptedMark}'`, 1],
    ])("records no migration as failed that had not begun while %s", async (_, event, condition, seconds) => {
      await write({
        "1_slow_table": `create function public.take_time() returns trigger language plpgsql as
          'begin perform pg_sleep(${seconds}); return new; end';
        create trigger takes_time before ${event} on ${folder.table} for each row when (${condition}) execute function public.take_time()`,
        "2_next": "create table public.b (id int)",
      });
      const cancelling = new AbortController();
      const deployment = deploy({ signal: cancelling.signal }).catch((reason: unknown) => reason);
      await untilAsleep();
      cancelling.abort();
      expect(await deployment).toMatchObject({ sqlState: "57014" });
      expect(await history()).toMatchObject({ applied: ["1_slow_table"], failed: [], interrupted: [] });
      expect(await at.exists("public.b")).toBe(false);
      await at.client.query(`drop trigger takes_time on ${folder.table}`);
      expect(await deploy()).toEqual({ applied: ["2_next"] });
    });
  },
);
