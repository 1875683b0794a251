import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

const program = (...resources: readonly string[]) =>
  `import { DefaultPrivileges } from "pulumi-palisade";\n${resources.join("\n")}\n`;
const functions = (grants: string) =>
  `export const { owner } = new DefaultPrivileges("functions", { objects: "functions", grants: ${grants} });`;

describe("default privileges", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: program(functions("{}")) });
    succeed(await stack.up());
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  /** Whether anon may execute a function that `postgres` makes now. */
  async function isOpen(): Promise<unknown> {
    await stack.sql(
      "set role postgres; create function public.made() returns int language sql as 'select 1'; reset role",
    );
    const [row] = await stack.sql("select has_function_privilege('anon', 'public.made()', 'execute') as open");
    await stack.sql("drop function public.made()");
    return row?.open;
  }

  it("take from everybody what PostgreSQL grants on new functions, where nobody is declared", async () => {
    expect(await isOpen()).toBe(false);
    const preview = await stack.run("preview", "--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
  });

  it("say whose objects they are about, where the program leaves that to the default", async () => {
    expect((await stack.run("stack", "output", "owner")).output.trim()).toBe("postgres");
  });

  it("grant it where that is declared", async () => {
    stack.write(program(functions('{ public: ["execute"] }')));
    succeed(await stack.up());
    expect(await isOpen()).toBe(true);
    stack.write(program(functions("{}")));
    succeed(await stack.up());
  });

  it("that are taken out of the program leave new functions as closed as they were", async () => {
    stack.write(program());
    succeed(await stack.up());
    expect(await isOpen()).toBe(false);
  });

  it("that a project has had for long are somebody's decision: they are not overwritten unasked", async () => {
    await stack.sql("alter default privileges for role postgres in schema public grant all on tables to anon");
    stack.write(program('new DefaultPrivileges("tables", { schema: "public", objects: "tables" });'));
    const run = await stack.preview();
    expect(run.output).toContain(
      "postgres/public/tables exists already and differs from what is declared (grants.anon",
    );
    await stack.run("config", "set", "palisade:adopt", "true");
    succeed(await stack.up());
    await stack.sql("set role postgres; create table public.next (id text); reset role");
    expect(await stack.sql("select has_table_privilege('anon', 'public.next', 'select') as open")).toEqual([
      { open: false },
    ]);
  });
});

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
