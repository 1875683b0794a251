import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { writeProgram } from "./every-kind.ts";

const one = (name: string, body = "select 1") =>
  `{ definition: "create function helpers.${name}() returns int language sql as $$ ${body} $$" }`;

describe("a program", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(17);
  });

  afterAll(() => server.stop());

  async function run(program: readonly string[], work: (stack: TestStack) => Promise<Run>): Promise<Run> {
    const stack = await TestStack.create({ database: await server.createDatabase(), program: writeProgram(program) });
    try {
      await stack.sql("create table public.t (id int); alter table public.t owner to postgres");
      return await work(stack);
    } finally {
      await stack.close();
    }
  }

  const up = (...program: string[]) => run(program, (stack) => stack.up());

  it("may wait for a resource before it declares more, and declare in apply", async () => {
    const program = [
      `const f = new DatabaseFunction("f", ${one("f", "select helpers.g()")});`,
      `new DatabaseFunction("g", ${one("g")});`,
      `new Schema("helpers");`,
      "await new Promise((resolve) => setTimeout(resolve, 300));",
      `new TableAccess("t", { table: "public.t", policies: { p: { command: "select", using: "elsewhere.h() = id" } } });`,
      "await new Promise((resolve) => f.signature.apply(resolve));",
      `const h = new DatabaseFunction("late", ${one("late", "select helpers.f()")});`,
      `h.signature.apply(() => new DatabaseFunction("later", ${one("later", "select helpers.late()")}));`,
      `new DatabaseFunction("h", { definition: "create function elsewhere.h() returns int language sql as 'select 1'" });`,
    ];
    const { exitCode, output } = await run(program, async (stack) => {
      await stack.sql(`create schema elsewhere authorization postgres; set role postgres;
        create function elsewhere.h() returns int language sql as 'select 1';
        revoke execute on function elsewhere.h() from public, anon, authenticated, service_role; reset role`);
      return await stack.up();
    });
    expect([exitCode, output]).toEqual([0, expect.stringContaining("+ 8 created")]);
    // What was needed before the program went on can't be waited for: where nothing is there yet, it would fail. That is said.
    expect(output).toMatch(
      /warning: TableAccess t names what Function h makes, and did not wait for it: the program declares Function h only after/,
    );
    expect(output.match(/did not wait/g)?.length).toBeLessThanOrEqual(2);
  });

  it("may declare each resource in apply of the one before, and a resource of its own kind at the end", async () => {
    const { exitCode, output } = await up(
      `new Schema("helpers");`,
      `const next = (n) => new DatabaseFunction("f" + n, { definition: \`create function helpers.f\${n}() returns int language sql as 'select \${n}'\` }).signature.apply(() => n < 6 ? next(n + 1) : new Own("own"));`,
      "class Own extends pulumi.ComponentResource { constructor(name) { super('test:Own', name); this.registerOutputs({}); } }",
      "next(1);",
    );
    expect([exitCode, output]).toEqual([0, expect.stringContaining("+ 9 created")]);
  });

  it("may keep the process alive until a resource is there", async () => {
    const { exitCode, output } = await up(
      "const tunnel = setInterval(() => undefined, 100);",
      `new DatabaseFunction("f", ${one("f")}).signature.apply(() => clearInterval(tunnel));`,
      `new Schema("helpers");`,
    );
    expect([exitCode, output]).toEqual([0, expect.stringContaining("+ 3 created")]);
  });

  it("may compute one function from another that names it", async () => {
    const { exitCode, output } = await up(
      `const f = new DatabaseFunction("f", { definition: "create function helpers.f() returns int language plpgsql as $$ begin return helpers.g(); end $$" });`,
      `new DatabaseFunction("g", { definition: pulumi.output(1).apply(() => f.signature.apply((f) => \`create function helpers.g() returns int language sql as $$ select case when false then \${f} end $$\`)) });`,
      `const schema = new Schema("helpers");`,
      `new DatabaseFunction("other", ${one("other", "select helpers.unrelated()")}, { dependsOn: pulumi.output([schema]) });`,
      `const unrelated = new DatabaseFunction("unrelated", ${one("unrelated")}, { dependsOn: [Promise.resolve(schema)], aliases: [{ name: "former" }] });`,
      `new TableAccess("t", { table: "public.t", policies: { p: { command: "select", using: "helpers.other() = 1" } } }, pulumi.mergeOptions({ dependsOn: unrelated }, { protect: false }));`,
    );
    expect([exitCode, output]).toEqual([0, expect.stringContaining("+ 7 created")]);
  });

  it("may grant what a policy needs after the policy, and is warned under the policy where it does not", async () => {
    const outputs = await Promise.all(
      ["{ authenticated: ['select'] }", "{}"].map(async (grants) => {
        const { output } = await run(
          [
            `const t = new TableAccess("t", { table: "public.t", policies: { p: { command: "select", roles: ["authenticated"], using: "id in (select id from public.m)" } }, grants: { authenticated: ["select"] } });`,
            `new TableAccess("m", { table: "public.m", rowSecurity: false, grants: ${grants} }, { dependsOn: t });`,
          ],
          async (stack) => {
            await stack.sql(
              "create table public.m (id int); alter table public.m owner to postgres; revoke all on public.m from authenticated",
            );
            return await stack.preview("--parallel", "1");
          },
        );
        return output;
      }),
    );
    expect(outputs[0]).not.toMatch(/permission denied/);
    expect(outputs[1]).toMatch(/warning: policies\.p\.using: the policy p on public\.t reads public\.m/);
  });

  it("that declares an object twice is refused at the same resource, whichever comes first", async () => {
    const twice = ["b", "a"].map((name) => `new TableAccess("${name}", { table: "public.t" });`);
    const policy = `new Policy("p", { table: "t", using: "true" });`;
    for (const program of [
      [...twice, policy],
      [policy, ...twice.toReversed()],
    ]) {
      const { output } = await run(program, (stack) => stack.preview());
      expect(output).toMatch(/TableAccess \(b\):\n.*error: .*already belongs to the resource a/);
    }
  });

  it("whose tables read each other in a circle is refused at the same resource, whichever comes first", async () => {
    const tables = ["a", "b"].map(
      (name, index) =>
        `new TableAccess("${name}", { table: "public.${name}", policies: { p: { command: "select", using: "exists (select from public.${["b", "a"][index]})" } } });`,
    );
    for (const program of [tables, tables.toReversed()]) {
      const { output } = await run(program, async (stack) => {
        for (const name of ["a", "b"])
          await stack.sql(`create table public.${name} (id int); alter table public.${name} owner to postgres`);
        return await stack.preview();
      });
      expect(output).toMatch(/TableAccess \(a\):\n.*error: .*leads back to/);
      expect(output).not.toMatch(/TableAccess \(b\):\n.*error: /);
    }
  });
});
