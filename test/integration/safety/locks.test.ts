import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Database, type DatabaseOptions } from "../../../infra/database/database.ts";
import { takeTurn } from "../../../infra/database/platform-locks.ts";
import type { Reading } from "../../../infra/lifecycle/recognition.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { describeLatencies, measureLatencies, Sessions, untilWaiting } from "../../support/sessions.ts";
import { accessTo, createTables, readAccess, type Version } from "../../support/small-tables.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "../truth/direct.ts";

/** So that a test takes seconds: one attempt stands in line for a second at most. */
const limits: DatabaseOptions = { lockTimeoutMilliseconds: 1000, lockAttempts: 4 };

describe("while somebody else holds a lock", () => {
  const sessions = new Sessions();
  const providers: DirectProvider[] = [];
  let server: TestServer;
  let database: TestDatabase;
  let superuser: pg.Client;
  let deployed: Reading;

  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    database = await server.createDatabase();
    superuser = await sessions.open(database.superuserUrl, "superuser");
    await createTables({ sql }, ["orders", "invoices"]);
    const provider = provide();
    deployed = await provider.create("TableAccess", "orders", await declare(provider, "old"));
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    await sessions.closeAll();
  });

  it("an update gives up in time, names that session, and readers get through meanwhile", async () => {
    const before = await access();
    const report = await open("monthly report");
    await report.query("begin; select count(*) from public.orders");
    const readers = measureLatencies(await open("application"), "select count(*) from public.orders");

    const start = performance.now();
    const provider = provide();
    const refusal = await refusalOf(update(provider));
    const elapsed = performance.now() - start;

    const measured = await readers.stop();
    console.info(`readers of a table whose update waits: ${describeLatencies(measured)}`);
    const { processID } = report as unknown as { processID: number };
    expect(refusal).toMatch(
      new RegExp(
        `^no lock could be had in \\d+ attempts within \\d+ s; it is held by session ${processID} \\(user postgres, application monthly report, idle in transaction for \\d+ s\\)`,
      ),
    );
    expect(refusal).toContain(`select pg_terminate_backend(${processID})`);
    expect(provider.messages.join()).toContain("waiting for a lock held by session");
    expect(await access()).toEqual(before);
    // Had the update stood in line all that time, so had they.
    expect(Math.max(...measured)).toBeLessThan(elapsed / 2);
  });

  it("an update goes on by itself as soon as that session ends", async () => {
    const report = await open("short report");
    await report.query("begin; select count(*) from public.orders");
    const updating = update(provide({ lockTimeoutMilliseconds: 20_000 }));
    await untilWaiting(await open("observer"));
    await report.query("commit");
    await updating;
  });

  it("an update gets its turn on a table that is never free of readers", async () => {
    const readers = await Promise.all([1, 2, 3, 4].map((number) => open(`reader ${number}`)));
    // Each reads for 0.4 s, and they overlap.
    const loops = readers.map(async (reader, index) => {
      await sleep(index * 100);
      return measureLatencies(reader, "select count(*), pg_sleep(0.4) from public.orders");
    });
    await update(provide({ lockTimeoutMilliseconds: 3000, lockAttempts: 20 }));
    for (const loop of loops) await (await loop).stop();
  });

  it("a policy's change on a hosted project, which locks the platform's tables, waits the same way", async () => {
    await lockPlatform();
    const before = await access();
    const signIn = await open("sign-in");
    await signIn.query("begin; select count(*) from auth.users");
    const users = measureLatencies(await open("authentication"), "select count(*) from auth.users");

    const start = performance.now();
    const refusal = await refusalOf(update(provide()));
    const elapsed = performance.now() - start;

    expect(Math.max(...(await users.stop()))).toBeLessThan(elapsed / 2);
    expect(refusal).toMatch(/it is held by session \d+ \(user postgres, application sign-in, idle in transaction/);
    expect(await access()).toEqual(before);
    await signIn.query("commit");
    await update(provide());
  });

  it("an update lets go of the platform's tables before an application that waits for one of them, and holds another, is in a deadlock", async () => {
    await lockPlatform();
    await sql(`alter database ${database.database} set deadlock_timeout = '200ms'`);
    const signIn = await open("sign-in");
    // Of auth.sessions and auth.users, the platform's own order takes the sessions first.
    await signIn.query("begin; select count(*) from auth.users");
    const updating = update(provide({ lockAttempts: 20 }));
    await untilWaiting(await open("observer"));
    await signIn.query("select count(*) from auth.sessions");
    await signIn.query("commit");
    await updating;
  });

  it("says that it is a change of the same deployment where it is", async () => {
    const provider = provide();
    const own = await provider.operation.database();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = own.transaction(async (session) => {
      await session.run("lock table public.orders in access exclusive mode");
      await released;
    });
    const refusal = await refusalOf(
      update(provider).finally(() => {
        release();
      }),
    );
    await holding;
    expect(refusal).toMatch(
      /it is held by another change of this same deployment: session \d+ \(user postgres, application palisade/,
    );
  });

  it("a change of policies waits for its turn for longer than for a lock, and without a word", async () => {
    await lockPlatform();
    const first = await open("another process of the same deployment");
    await first.query(`begin; ${takeTurn}; create policy first on public.invoices using (true)`);
    const provider = provide();
    const updating = update(provider);
    await untilWaiting(await open("observer"));
    // Four attempts at a lock would be over by then.
    await sleep(4 * 250);
    await first.query("rollback");
    await updating;
    expect(provider.messages.join()).not.toContain("waiting for a lock");
  });

  it("a transaction that was chosen to end a deadlock is tried again", async () => {
    await sql(`alter database ${database.database} set deadlock_timeout = '50ms'`);
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
    const maintenance = await open("maintenance");
    await maintenance.query("begin; lock table public.orders in access exclusive mode");
    const refusal = await refusalOf(preview(provide()));
    expect(refusal).toMatch(/it is held by session \d+ \(user postgres, application maintenance, idle in transaction/);
    expect(refusal).not.toContain("policies.reading.using:");

    const previewing = preview(provide({ lockTimeoutMilliseconds: 20_000 }));
    await untilWaiting(await open("observer"));
    await maintenance.query("commit");
    await previewing;
  });

  it("a statement that takes too long is ended with an error that says so, and rolled back", async () => {
    const before = await access();
    await sql(`create function public.be_slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(60); end';
      create event trigger slow on ddl_command_end when tag in ('ALTER TABLE') execute function public.be_slow()`);
    const refusal = await refusalOf(update(provide({ statementTimeoutMilliseconds: 500 })));
    expect(refusal).toContain(
      "a statement was ended: it took longer than 0.5 s, or somebody cancelled it. Nothing was changed",
    );
    expect(refusal).toContain("palisade:statementTimeoutSeconds");
    expect(await access()).toEqual(before);
  });

  function open(application: string): Promise<pg.Client> {
    return sessions.open(database.url, application);
  }

  async function sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await superuser.query<Row>(text, [...values])).rows;
  }

  async function lockPlatform(): Promise<void> {
    await sql(`alter database ${database.database} set palisade.platform_locks = 'on'`);
  }

  async function access(): Promise<string | undefined> {
    return (await readAccess({ sql }, ["orders"])).get("orders");
  }

  function provide(options: DatabaseOptions = {}): DirectProvider {
    const provider = new DirectProvider(database.url, { database: { ...limits, ...options } });
    providers.push(provider);
    return provider;
  }

  /** Declares something else than what is live. */
  async function update(provider: DirectProvider): Promise<void> {
    await provider.update("TableAccess", "orders", deployed, await declare(provider, "new"));
  }

  async function preview(provider: DirectProvider): Promise<void> {
    await provider.previewUpdate("TableAccess", "orders", deployed.inputs, await declare(provider, "new"));
  }
});

async function declare(provider: DirectProvider, version: Version): Promise<Properties> {
  return (await provider.check("TableAccess", "orders", accessTo("orders", version))) as Properties;
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "",
    (error: Error) => error.message,
  );
}
