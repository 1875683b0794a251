import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { findProcesses, kill, type RunningProcess } from "../../support/processes.ts";
import { until } from "../../support/sessions.ts";
import { createTables, declareTables, readAccess, type Version } from "../../support/small-tables.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { PulumiProcess } from "../../support/terminal.ts";
import { startTestServer } from "../../support/test-server.ts";

/** How many; a release is tested with 100 (`PALISADE_KILLS=100`). */
const kills = Number(process.env.PALISADE_KILLS ?? 20);
const victims = ["the provider", "the engine", "PostgreSQL", "Ctrl-C"] as const;
type Victim = (typeof victims)[number];

const tables = ["orders", "invoices", "payments", "parcels", "returns", "notes"];

interface Kill {
  readonly victim: Victim;
  /** Whether a transaction was open that had changed something. */
  readonly isWriting: boolean;
  /** How many of the tables were as before, and how many as declared. */
  readonly old: number;
  readonly new: number;
}

describe("an update that is killed at a random moment", () => {
  it(
    "leaves each table wholly as it was or wholly as declared, and the next update finishes it",
    async () => {
      const done: Kill[] = [];
      const lanes = await Promise.all([openLane(), openLane()]);
      try {
        let next = 0;
        await Promise.all(
          lanes.map(async (lane) => {
            for (let number = next++; number < kills; number = next++) {
              done.push(await lane.killOne(victims[number % victims.length] ?? "the engine"));
            }
            await lane.expectNothingLeft();
          }),
        );
      } finally {
        await Promise.all(lanes.map((lane) => lane.close()));
        for (const victim of victims) console.info(describeKills(victim, done));
      }
      expect(done).toHaveLength(kills);
    },
    900_000 + kills * 120_000,
  );
});

/** A server and a stack of its own, on which one update after the other is killed. */
async function openLane() {
  const server = await startTestServer(17);
  const database = await server.createDatabase();
  const stack = await TestStack.create({ database, program: declareTables(tables, "old"), ownProcess: true });
  await createTables(stack, tables);
  // How long an update reads, and how long it writes, in milliseconds: measured whenever one is left to finish.
  const durations = { reading: 1000, writing: 1000 };
  const known = { old: await become("old"), new: await become("new") };
  expect(tables.filter((table) => known.old.get(table) === known.new.get(table))).toEqual([]);
  // Statements that take a while, as over a network: so that more of the moments fall into a transaction.
  await stack.sql(`create function public.take_a_while() returns event_trigger language plpgsql as 'begin perform pg_sleep(0.03); end';
    create event trigger take_a_while on ddl_command_end execute function public.take_a_while()`);
  let version: Version = "new";

  async function become(wanted: Version) {
    stack.write(declareTables(tables, wanted));
    const { ended, isOver, untilItReads, untilItWrites } = start("finish");
    await untilItReads();
    const began = performance.now();
    await untilItWrites();
    const [wrote, hasWritten] = [performance.now(), !isOver()];
    succeed(await ended);
    if (hasWritten) {
      durations.reading = 0.7 * durations.reading + 0.3 * (wrote - began);
      durations.writing = 0.7 * durations.writing + 0.3 * (performance.now() - wrote);
    }
    return await readAccess(stack, tables);
  }

  /** An update, and the moments at which its provider begins to read, to write, and to change something. */
  function start(message: string, run?: PulumiProcess) {
    const ended = run?.ended.then((exitCode) => ({ exitCode, output: run.output })) ?? stack.up("--message", message);
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    ended.then(over, over);
    const untilSession = (application: string) => until(async () => isOver || (await isConnected(application)));
    return {
      ended,
      isOver: () => isOver,
      untilItReads: () => untilSession("palisade"),
      untilItWrites: () => untilSession("palisade test"),
      untilItChanges: () => until(async () => isOver || (await isWritingNow())),
    };
  }

  async function killOne(victim: Victim): Promise<Kill> {
    version = version === "old" ? "new" : "old";
    stack.write(declareTables(tables, version));
    for (;;) {
      const found = await tryToKill(victim);
      if (found !== undefined) {
        const counts = await inspect();
        const access = await become(version);
        expect(access, `after ${victim} was killed`).toEqual(known[version]);
        expect(readFileSync(stateFile(stack), "utf8")).not.toContain("pending_operations");
        return { victim, ...found, ...counts };
      }
      // It was over before: back to the other version, and once more.
      await become(version === "old" ? "new" : "old");
      stack.write(declareTables(tables, version));
    }
  }

  async function tryToKill(victim: Victim): Promise<{ readonly isWriting: boolean } | undefined> {
    const message = `kill-${Math.random().toString(36).slice(2)}`;
    const run =
      victim === "Ctrl-C"
        ? PulumiProcess.start(stack, "up", "--yes", "--skip-preview", "--message", message)
        : undefined;
    const { ended, isOver, untilItReads, untilItWrites, untilItChanges } = start(message, run);
    // A third each: anywhere in the part that reads, anywhere in the part that writes, and within a transaction.
    const [begin, length] = [
      [untilItReads, durations.reading] as const,
      [untilItWrites, durations.writing] as const,
      [untilItChanges, 100] as const,
    ][Math.floor(Math.random() * 3)] ?? [untilItReads, 0];
    await begin();
    const processes = await findProcesses(stack.folder);
    const engine = (await findProcesses(message)).find(({ command }) => /\/pulumi up /.test(command));
    const providers = processes.filter(({ command }) => command.includes("infra/provider/start.mjs"));
    await sleep(Math.random() * length);
    if (isOver() || engine === undefined || (victim === "the provider" && providers.length === 0))
      return void (await ended);
    const isWriting = await isWritingNow();
    await strike(victim, engine, providers, run);
    await ended;
    await until(async () => (await findProviders()).length === 0);
    return { isWriting };
  }

  async function strike(
    victim: Victim,
    engine: RunningProcess,
    providers: readonly RunningProcess[],
    run: PulumiProcess | undefined,
  ): Promise<void> {
    if (victim === "the provider") kill(providers[Math.floor(Math.random() * providers.length)]?.pid ?? 0);
    if (victim === "Ctrl-C") run?.signal("SIGINT");
    if (victim === "PostgreSQL") await crash();
    if (victim === "the engine") {
      const hosts = (await findProcesses("pulumi-language-nodejs")).filter(({ parent }) => parent === engine.pid);
      kill(engine.pid);
      // The program ends by itself. Pulumi's language host does so within five minutes, and is in nobody's way meanwhile.
      await until(async () => (await findProcesses(`--pwd ${stack.folder}`)).length === 0);
      for (const { pid } of hosts) kill(pid);
    }
  }

  /** Kills the server's main process; or that of one of our sessions, which makes the server end all the others and recover. */
  async function crash(): Promise<void> {
    const [session] = await stack.sql<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'palisade' limit 1",
    );
    if (session !== undefined && Math.random() < 0.5) return kill(session.pid);
    await server.kill("SIGKILL");
    await server.restart();
  }

  /** A server that recovers refuses its first guests. */
  async function untilRecovered(): Promise<void> {
    await until(() =>
      stack.sql("select 1 as up").then(
        () => true,
        () => false,
      ),
    );
  }

  async function inspect() {
    await untilRecovered();
    const access = await readAccess(stack, tables);
    const inBetween = tables.filter(
      (table) => ![known.old.get(table), known.new.get(table)].includes(access.get(table)),
    );
    expect(inBetween.map((table) => access.get(table))).toEqual([]);
    const isNew = tables.filter((table) => access.get(table) === known[version].get(table)).length;
    return { old: tables.length - isNew, new: isNew };
  }

  async function isConnected(application: string): Promise<boolean> {
    const rows = await stack.sql("select from pg_stat_activity where application_name = $1", [application]);
    return rows.length > 0;
  }

  async function isWritingNow(): Promise<boolean> {
    const rows = await stack.sql(
      "select from pg_stat_activity where application_name = 'palisade' and backend_xid is not null",
    );
    return rows.length > 0;
  }

  async function findProviders() {
    return (await findProcesses(stack.folder)).filter(({ command }) => command.includes("infra/provider/start.mjs"));
  }

  return {
    killOne,
    async expectNothingLeft() {
      const run = await stack.preview("--expect-no-changes");
      succeed(run);
      expect(await findProviders()).toEqual([]);
      const sessions = await stack.sql("select from pg_stat_activity where application_name like 'palisade%'");
      expect(sessions).toEqual([]);
    },
    async close() {
      await stack.close();
      await server.stop();
    },
  };
}

function stateFile(stack: TestStack): string {
  return join(stack.folder, "state", ".pulumi", "stacks", "palisade", "test.json");
}

function describeKills(victim: Victim, done: readonly Kill[]): string {
  const mine = done.filter((one) => one.victim === victim);
  const sum = (key: "old" | "new") => mine.reduce((total, one) => total + one[key], 0);
  return `${victim}: ${mine.length} times, ${mine.filter((one) => one.isWriting).length} of them while something was being written; ${sum("old")} tables were left as before, ${sum("new")} as declared, 0 in between`;
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
