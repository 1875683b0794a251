import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Sessions, until, untilWaiting } from "../../support/sessions.ts";
import { accessTo, createTables, declareTables, readAccess, type Version } from "../../support/small-tables.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { PulumiProcess } from "../../support/terminal.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

const tables = ["orders", "invoices"];
const somebodysChange = "alter policy reading on public.invoices using (tenant = 'somebody')";

describe("what somebody changes between the preview and the update", () => {
  const sessions = new Sessions();
  let server: TestServer;
  let database: TestDatabase;
  let stack: TestStack;

  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    database = await server.createDatabase();
    stack = await TestStack.create({ database, program: declareTables(tables, "old"), ownProcess: true });
    await createTables(stack, tables);
    succeed(await stack.up());
  });
  afterEach(async () => {
    await sessions.closeAll();
    await stack.close();
  });

  it("is left as it is when the change was made while Pulumi asked for confirmation", async () => {
    stack.write(declareTables(["invoices"], "new") + declareTables(["orders"], "old").replace(/^import.*\n/, ""));
    const update = PulumiProcess.startInTerminal(stack, "up");
    await until(() => /Do you want to perform this update\?/.test(update.output));
    await stack.sql(somebodysChange);
    const changed = await readAccess(stack, tables);
    const upArrow = "\u001b[A";
    update.child.stdin?.write(`${upArrow}\r`);
    expect(await update.ended, update.output).not.toBe(0);
    expect(update.output).toContain(
      "public.invoices is no longer what the preview showed: somebody changed policies.reading.using. Nothing was changed; run the preview again",
    );
    expect(await readAccess(stack, tables)).toEqual(changed);
  });

  it("is left as it is when the change was made after a plan was saved", async () => {
    stack.write(declareTables(tables, "new"));
    const plan = join(stack.folder, "plan.json");
    succeed(await stack.preview("--save-plan", plan));
    await stack.sql(somebodysChange);
    const changed = await readAccess(stack, tables);
    const run = await stack.up("--plan", plan);
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain("TableAccess::invoices violates plan");
    expect((await readAccess(stack, tables)).get("invoices")).toBe(changed.get("invoices"));
  });

  it("is left as it is when the change was made after the update itself had looked", async () => {
    const { run, changed } = await changeWhileTheFirstWaits("invoices", declareInOrder("new", tables));
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain(
      "public.invoices is no longer what the preview showed: somebody changed policies.reading.using",
    );
    expect((await readAccess(stack, tables)).get("invoices")).toBe(changed);
  });

  it("is left as it is when what was changed was to be removed", async () => {
    const { run, changed } = await changeWhileTheFirstWaits("invoices", declareInOrder("new", ["orders"]));
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain(
      "public.invoices is no longer what the preview showed: somebody changed policies.reading.using",
    );
    expect((await readAccess(stack, tables)).get("invoices")).toBe(changed);
  });

  /** Runs an update whose first table is locked, and changes the second meanwhile. */
  async function changeWhileTheFirstWaits(table: string, program: string) {
    stack.write(program);
    const reader = await sessions.open(database.url, "report");
    await reader.query("begin; select count(*) from public.orders");
    const update = stack.up();
    await untilWaiting(await sessions.open(database.url, "observer"));
    await stack.sql(somebodysChange);
    const changed = (await readAccess(stack, tables)).get(table);
    await reader.query("commit");
    return { run: await update, changed };
  }
});

/** Each table after the one before it. */
function declareInOrder(version: Version, names: readonly string[]): string {
  return `import { CustomResource } from "@pulumi/pulumi";
let before: CustomResource[] = [];
for (const [name, properties] of ${JSON.stringify(names.map((name) => [name, accessTo(name, version)]))} as [string, object][])
  before = [new CustomResource("palisade:index:TableAccess", name, properties, { dependsOn: before })];
`;
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
