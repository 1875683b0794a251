import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Sessions, until, untilWaiting } from "../../support/sessions.ts";
import { createTables, declareTables, readAccess } from "../../support/small-tables.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

describe("two deployments at once on one database", () => {
  const sessions = new Sessions();
  let server: TestServer;
  let database: TestDatabase;
  let first: TestStack;
  let second: TestStack;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    first = await TestStack.create({ database, program: declareTables(["orders"], "old"), ownProcess: true });
    second = await TestStack.create({ database, program: declareTables(["invoices"], "old"), ownProcess: true });
    await createTables(first, ["orders", "invoices"]);
  });
  afterAll(async () => {
    await sessions.closeAll();
    await first.close();
    await second.close();
    await server.stop();
  });

  it("of two stacks: the second waits for the first, and then goes on", async () => {
    const { update, release } = await holdFirst();
    const other = second.up();
    // Both have something to write, and only one has begun.
    await until(async () => (await palisadeSessions()).length === 2);
    await release();
    const runs = await Promise.all([update, other]);
    for (const run of runs) succeed(run);
    expect(
      runs.filter(({ output }) => output.includes("waiting for another deployment on this database: session")),
    ).toHaveLength(1);
    expect((await readAccess(first, ["orders", "invoices"])).size).toBe(2);
  });

  it("of two stacks: the second is refused with the name of the first, when that takes too long, and changes nothing", async () => {
    first.write(declareTables(["orders"], "new"));
    second.write(declareTables(["invoices"], "new"));
    const before = await readAccess(first, ["invoices"]);
    const { update, release } = await holdFirst();
    const refused = await second.up("-c", "palisade:lockTimeoutSeconds=0.05");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(
      /another deployment is at work on this database: session \d+ \(user postgres, application palisade test, idle for \d+ s\)\. It was waited for 1 s, and nothing was changed; run this again when it has finished/,
    );
    expect(await readAccess(first, ["invoices"])).toEqual(before);
    await release();
    succeed(await update);
    succeed(await second.up("-c", "palisade:lockTimeoutSeconds=3"));
  });

  it("of one stack: the second is refused with the process of the first, which finishes", async () => {
    first.write(declareTables(["orders"], "old"));
    const { update, release } = await holdFirst();
    await expect(first.up()).rejects.toThrow(
      /an update of the stack test is still running \(process \d+, begun .+\): wait until it has ended/,
    );
    succeed(await first.preview());
    await release();
    succeed(await update);
  });

  it("of two stacks that declare the same: both end well, or one is told to look again, and the declaration holds", async () => {
    second.write(declareTables(["orders"], "old"));
    succeed(await second.up());
    for (const stack of [first, second]) stack.write(declareTables(["orders"], "new"));
    const runs = await Promise.all([first.up(), second.up()]);
    expect(runs.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(0);
    for (const run of runs.filter(({ exitCode }) => exitCode !== 0)) {
      expect(run.output).toContain("public.orders is no longer what the preview showed: somebody changed");
    }
    for (const stack of [first, second]) succeed(await stack.up());
    expect([...(await readAccess(first, ["orders"])).values()].join()).toContain("only in the new");
  });

  /** Begins the first stack's update, and keeps it waiting in the middle until it is let go. */
  async function holdFirst() {
    const reader = await sessions.open(database.url, "report");
    await reader.query("begin; select count(*) from public.orders");
    // Not given up while the second takes its time to start.
    const update = first.up("-c", "palisade:lockTimeoutSeconds=30");
    await untilWaiting(await sessions.open(database.url, "observer"));
    return { update, release: async () => void (await reader.query("commit")) };
  }

  async function palisadeSessions() {
    return await first.sql(
      "select from pg_stat_activity where application_name = 'palisade test' and datname = current_database()",
    );
  }
});

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
