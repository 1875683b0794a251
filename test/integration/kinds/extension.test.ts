import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

const program = (...resources: readonly string[]) =>
  `import { Extension, Migrations } from "pulumi-palisade";\n${resources.join("\n")}\n`;
const caseless = `new Extension("citext");`;

describe("an extension that is taken out of the program", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({
      database: await server.createDatabase(),
      program: program(caseless, `new Extension("pgcrypto");`),
    });
    const run = await stack.up();
    expect(run.exitCode, run.output).toBe(0);
    await stack.sql(
      "create table public.people (email extensions.citext); create view public.mine as select 1 as one from public.people where email = 'me'",
    );
    stack.write(program());
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });
  const installed = async () =>
    (await stack.sql("select extname from pg_extension where extname in ('citext', 'pgcrypto') order by 1")).map(
      ({ extname }) => extname,
    );

  it("is not dropped while something uses it: the error names that, and nothing goes with it", async () => {
    const run = await stack.up();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(readDiagnostics(run).get("Extension citext")?.join(" ")).toContain(
      "the extension citext can't be dropped: the table column public.people.email and the view public.mine use it. Drop or change what uses it first",
    );
    expect(await installed()).toContain("citext");
    expect(await stack.sql("select email from public.people")).toEqual([]);
  });

  it("can't be replaced by another one either, which the preview says", async () => {
    stack.write(program(`new Extension("citext", { name: "isn" });`));
    const run = await stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain(
      "citext can't be replaced by isn: the table column public.people.email and the view public.mine use it",
    );
    stack.write(program());
  });

  it("goes once nothing does, and stays where it was there before the stack", async () => {
    await stack.sql("drop table public.people cascade");
    const run = await stack.up();
    expect(run.exitCode, run.output).toBe(0);
    expect(await installed()).toEqual(["pgcrypto"]);
  });
});

describe("an extension in a schema that a pending migration makes", () => {
  it("is previewed with the migration, and made after it", async () => {
    const server = await startTestServer(17);
    const stack = await TestStack.create({
      database: await server.createDatabase(),
      program: program(
        'const migrations = new Migrations("migrations", { directory: "migrations" });',
        'new Extension("citext", { schema: "tools" }, { dependsOn: migrations });',
      ),
    });
    try {
      mkdirSync(join(stack.folder, "migrations/1_tools"), { recursive: true });
      writeFileSync(join(stack.folder, "migrations/1_tools/migration.sql"), "create schema tools;");
      writeFileSync(join(stack.folder, "migrations/migration_lock.toml"), 'provider = "postgresql"\n');
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).toBe(0);
      const up = await stack.up();
      expect(up.exitCode, up.output).toBe(0);
      expect(
        await stack.sql("select extnamespace::regnamespace::text from pg_extension where extname = 'citext'"),
      ).toEqual([{ extnamespace: "tools" }]);
    } finally {
      await stack.close();
      await server.stop();
    }
  });
});
