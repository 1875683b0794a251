import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestDatabase, type TestServer } from "../../../infra/local/postgres/index.ts";
import { Database } from "../../../infra/provider/database.ts";
import { describeLatencies, measureLatencies, Sessions, untilWaiting } from "../../support/sessions.ts";
import { createTables, declareTables, readAccess, type Version } from "../../support/small-tables.ts";
import { type Run, TestStack } from "../../support/stack.ts";

const tables = ["orders", "invoices"];

describe("while somebody else holds a lock", () => {
  const sessions = new Sessions();
  let server: TestServer;
  let database: TestDatabase;
  let stack: TestStack;
  let version: Version = "old";
  const open = (application: string) => sessions.open(database.url, application);

  /** Declares something else than what is live. */
  const change = () => {
    version = version === "old" ? "new" : "old";
    stack.write(declareTables(tables, version));
  };

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    stack = await TestStack.create({ database, program: declareTables(tables, version) });
    await createTables(stack, tables);
    // So that a test takes seconds: one attempt stands in line for a second at most.
    succeed(await stack.up("-c", "palisade:lockTimeoutSeconds=1", "-c", "palisade:lockAttempts=4"));
  });
  afterAll(async () => {
    await stack.close();
    await server.stop();
  });
  afterEach(async () => {
    await sessions.closeAll();
  });

  it("an update gives up in time, names that session, and has kept no reader waiting for long", async () => {
    change();
    const before = await readAccess(stack, tables);
    const report = await open("monthly report");
    await report.query("begin; select count(*) from public.orders");
    const readers = measureLatencies(await open("application"), "select count(*) from public.orders");

    const run = await stack.up();

    const measured = await readers.stop();
    console.info(`readers of a table whose update waits: ${describeLatencies(measured)}`);
    const pid = await pidOf(report);
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(/no lock could be had in 4 attempts within \d+ s; it is held by session/);
    expect(run.output).toMatch(
      new RegExp(
        `held by session ${pid} \\(user postgres, application monthly report, idle in transaction for \\d+ s\\)`,
      ),
    );
    expect(run.output).toContain(`select pg_terminate_backend(${pid})`);
    expect(run.output).toContain("waiting for a lock held by session");
    expect((await readAccess(stack, tables)).get("orders")).toBe(before.get("orders"));
    // Each of the four attempts stands in line for a quarter of a second; the rest is the machine's.
    expect(Math.max(...measured)).toBeLessThan(600);
    expect(measured.filter((milliseconds) => milliseconds > 150).length).toBeLessThanOrEqual(4);

    await report.query("commit");
    succeed(await stack.up());
  });

  it("an update goes on by itself as soon as that session ends", async () => {
    change();
    const report = await open("short report");
    await report.query("begin; select count(*) from public.orders");
    const update = stack.up();
    await untilWaiting(await open("observer"));
    await sleep(1000);
    await report.query("commit");
    succeed(await update);
  });

  it("an update gets its turn on a table that is never free of readers", async () => {
    change();
    const readers = await Promise.all([1, 2, 3, 4].map((number) => open(`reader ${number}`)));
    // Each reads for 0.4 s, and they overlap.
    const loops = readers.map(async (reader, index) => {
      await sleep(index * 100);
      return measureLatencies(reader, "select count(*), pg_sleep(0.4) from public.orders");
    });
    succeed(await stack.up());
    const measured = await Promise.all(loops.map(async (loop) => await (await loop).stop()));
    console.info(`readers of 0.4 s on a table that is updated: ${describeLatencies(measured.flat())}`);
    expect(Math.max(...measured.flat())).toBeLessThan(1000 + 400 + 400);
  });

  it("a policy's change on a hosted project, which locks the platform's tables, waits the same way", async () => {
    change();
    await stack.sql(`alter database ${database.database} set palisade.platform_locks = 'on'`);
    const signIn = await open("sign-in");
    await signIn.query("begin; select count(*) from auth.users");
    const readers = measureLatencies(await open("application"), "select count(*) from public.orders");
    const users = measureLatencies(await open("authentication"), "select count(*) from auth.users");

    const run = await stack.up();

    const measured = [await readers.stop(), await users.stop()];
    console.info(`readers of the table, under the platform's locks: ${describeLatencies(measured[0] ?? [])}`);
    console.info(`readers of auth.users, under the platform's locks: ${describeLatencies(measured[1] ?? [])}`);
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(/it is held by session \d+ \(user postgres, application sign-in, idle in transaction/);
    expect(Math.max(...measured.flat())).toBeLessThan(1200);
    await signIn.query("commit");
    succeed(await stack.up());
    await stack.sql(`alter database ${database.database} reset palisade.platform_locks`);
  });

  it("a transaction that was chosen to end a deadlock is tried again", async () => {
    await stack.sql(`alter database ${database.database} set deadlock_timeout = '50ms'`);
    const rival = await sessions.open(database.superuserUrl, "rival");
    const observer = await open("observer");
    const provider = new Database(database.url);
    let rivalsWait: Promise<unknown> | undefined;
    let attempts = 0;
    await provider.transaction(async (session) => {
      attempts++;
      await session.run("lock table public.orders in access exclusive mode");
      if (attempts === 1) {
        // The rival never looks for a deadlock, so it is found by the provider's session.
        await rival.query("set deadlock_timeout = '1min'; begin; lock table public.invoices in access exclusive mode");
        rivalsWait = rival.query("select count(*) from public.orders").then(() => rival.query("commit"));
        await untilWaiting(observer, "rival");
      }
      await session.run("lock table public.invoices in access exclusive mode");
    });
    await rivalsWait;
    await provider.close();
    expect(attempts).toBe(2);
    expect(await readFile(server.logFile, "utf8")).toContain("deadlock detected");
  });

  it("a preview waits, names that session, and does not take the lock for a mistake in the declaration", async () => {
    change();
    const maintenance = await open("maintenance");
    await maintenance.query("begin; lock table public.orders in access exclusive mode");
    const refused = await stack.preview();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(
      /it is held by session \d+ \(user postgres, application maintenance, idle in transaction/,
    );
    expect(refused.output).not.toContain("policies.reading.using:");

    const preview = stack.preview();
    await untilWaiting(await open("observer"));
    await maintenance.query("commit");
    succeed(await preview);
  });

  it("a statement that takes too long is ended with an error that says so, and rolled back", async () => {
    // What the preview before this showed is still to be done.
    const before = await readAccess(stack, tables);
    await stack.sql(`create function public.be_slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(3); end';
      create event trigger slow on ddl_command_end when tag in ('ALTER TABLE') execute function public.be_slow()`);
    const run = await stack.up("-c", "palisade:statementTimeoutSeconds=0.5");
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain(
      "a statement was ended: it took longer than 0.5 s, or somebody cancelled it. Nothing was changed",
    );
    expect(run.output).toContain("palisade:statementTimeoutSeconds");
    expect(await readAccess(stack, tables)).toEqual(before);
  });
});

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}
