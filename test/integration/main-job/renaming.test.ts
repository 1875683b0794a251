import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

const program = (name: string) => `import { DatabaseFunction, TableAccess } from "pulumi-palisade";
  const visible = new DatabaseFunction("${name} function", {
    definition: "create function public.visible() returns boolean language sql stable as $$ select true $$",
    execute: ["authenticated"],
  });
  new TableAccess("${name}", {
    table: "public.notes",
    policies: { notes_select: { command: "select", roles: ["authenticated"], using: "(select public.visible())" } },
    grants: { authenticated: ["select"] },
  }, { dependsOn: visible });`;

describe("A resource that gets another name in the program", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: program("notes") });
    await stack.sql("create table public.notes (id text primary key); alter table public.notes owner to postgres");
    expect(await stack.up()).toMatchObject({ exitCode: 0 });
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("keeps its object as it is, although the old name is deleted after the new one was created", async () => {
    const before = await stack.sql("select oid, polname from pg_policy");
    stack.write(program("our notes"));
    const { exitCode, output } = await stack.up();
    expect(output).toContain("2 deleted");
    expect(exitCode).toBe(0);
    expect(await stack.sql("select oid, polname from pg_policy")).toEqual(before);
    const [table] = await stack.sql(
      "select relrowsecurity, has_table_privilege('authenticated', oid, 'select') as granted from pg_class where relname = 'notes'",
    );
    expect(table).toEqual({ relrowsecurity: true, granted: true });
    expect((await stack.preview()).output).toContain("3 unchanged");
  });
});
