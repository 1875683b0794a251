import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTables, readAccess } from "../../support/small-tables.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

const table = "public.notes";
const reading = `{ command: "select", roles: ["authenticated"], using: "tenant = 'red'" }`;
const access = `new TableAccess("notes", {
  table: "${table}", policies: { reading: ${reading} }, grants: { authenticated: ["select"] },
});`;
const policy = (name: string) =>
  `new Policy("${name}", { table: "${table}", name: "reading", ...(${reading} as const) });`;
const program = (...resources: readonly string[]) =>
  `import { Policy, TableAccess } from "pulumi-palisade";\n${resources.join("\n")}\n`;

/** What a resource declares stays as it is, at every moment, when another one takes over its declaration. */
describe("a declaration that passes from one resource to another", () => {
  let server: TestServer;
  let stack: TestStack;
  const policies = async () => await stack.sql("select oid, polname from pg_policy order by polname");

  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: program(access) });
    await createTables(stack, ["notes"]);
    succeed(await stack.up());
  });
  afterAll(async () => {
    await stack.close();
    await server.stop();
  });

  it("is kept when the resource is replaced by itself", async () => {
    const before = [await readAccess(stack, ["notes"]), await policies()];
    const run = await stack.up("--replace", "urn:pulumi:test::palisade::palisade:index:TableAccess::notes");
    succeed(run);
    expect(run.output).toContain("public.notes stays as it is: the resource notes declares it now");
    expect([await readAccess(stack, ["notes"]), await policies()]).toEqual(before);
    expect((await stack.preview()).output).toContain("2 unchanged");
  });

  it("is kept when policies of their own follow on a resource that owned the table", async () => {
    const before = [await readAccess(stack, ["notes"]), await policies()];
    stack.write(program(policy("reading")));
    const run = await stack.up();
    succeed(run);
    expect(run.output).toContain("public.notes stays as it is: the resource reading declares it now");
    expect([await readAccess(stack, ["notes"]), await policies()]).toEqual(before);
  });

  it("is kept when the policy's resource gets another name", async () => {
    const before = await policies();
    stack.write(program(policy("everybody reads")));
    succeed(await stack.up());
    expect(await policies()).toEqual(before);
  });

  it("is kept when a resource that owns the table follows on policies of their own", async () => {
    const before = [await readAccess(stack, ["notes"]), await policies()];
    stack.write(program(access));
    succeed(await stack.up());
    expect([await readAccess(stack, ["notes"]), await policies()]).toEqual(before);
    expect((await stack.preview()).output).toContain("2 unchanged");
  });

  it("is removed when nobody declares it any more, and the table stays closed", async () => {
    stack.write(program());
    succeed(await stack.up());
    expect(await policies()).toEqual([]);
    const [row] = await stack.sql(
      "select relrowsecurity, has_table_privilege('authenticated', oid, 'select') as granted from pg_class where relname = 'notes'",
    );
    expect(row).toEqual({ relrowsecurity: true, granted: false });
  });
});

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
