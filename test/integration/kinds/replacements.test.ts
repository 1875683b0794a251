import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kinds } from "../../../infra/kinds/registry.ts";
import { classNames, samples } from "../../kinds/index.ts";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

/** One for each property whose change makes another object, by kind and property. */
const scenarios = Object.fromEntries(
  samples.flatMap(({ kind, replacements }) =>
    Object.entries(replacements).map(([property, replacement]) => [`${kind}.${property}`, replacement] as const),
  ),
);

const program = (...resources: readonly string[]) =>
  `import { CustomResource } from "@pulumi/pulumi";\nimport { ${classNames.join(", ")} } from "pulumi-palisade";\n${resources.join("\n")}\n`;

/** A resource that can't be made, and is tried when everything else is. */
const failing = (declared: string) => `
  const declared: CustomResource[] = [];
  ${declared.replaceAll(/^(\s*)(?:const used = )?new /gm, (text, space) => `${space}${text.includes("used") ? "const used = " : ""}declared[declared.length] = new `)}
  new Policy("failing", { table: "public.missing", name: "failing", using: "true" }, { dependsOn: declared });`;

describe("a resource that is replaced", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(async () => {
    await server?.stop();
  });

  const properties = kinds.flatMap(({ name, replaceOn }) => replaceOn.map((property) => `${name}.${property}`));
  const declare = (age: "old" | "new") => Object.values(scenarios).map((scenario) => scenario.program(age));

  it("has a scenario here for every property whose change replaces it", () => {
    expect(Object.keys(scenarios).sort()).toEqual([...properties].sort());
  });

  describe("when another resource of the update fails before the old object is deleted", () => {
    let stack: TestStack;
    let finished: Run;
    beforeAll(async () => {
      stack = await TestStack.create({ database: await server.createDatabase(), program: program(...declare("old")) });
      for (const { setup } of Object.values(scenarios)) if (setup !== undefined) await stack.sql(setup);
      succeed(await stack.up());
      stack.write(program(failing(declare("new").join("\n"))));
      const run = await stack.up();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(await pendingDeletions(stack), run.output).toHaveLength(properties.length);
      for (const { use } of Object.values(scenarios)) if (use !== undefined) await stack.sql(use);
      stack.write(program(...declare("new")));
      finished = await stack.up();
    });
    afterAll(async () => await stack?.close());

    it("is finished by the next update, with nothing left to delete", async () => {
      succeed(finished);
      expect(await pendingDeletions(stack)).toEqual([]);
      const preview = await stack.preview("--expect-no-changes");
      succeed(preview);
    });

    it.each(Object.entries(scenarios))("leaves what is declared: %s", async (_, { after: [sql, row] }) => {
      expect(await stack.sql(sql)).toEqual([row]);
    });

    it("says what stays because something is in it, and how to go on", () => {
      const said = readDiagnostics(finished);
      expect(said.get("Bucket replaced bucket")?.join(" ")).toMatch(
        /old-bucket stays: it holds 1 file\. Move or delete/,
      );
      expect(said.get("Schema replaced schema")?.join(" ")).toMatch(
        /old_schema stays: it still holds the table old_schema\.kept\. Its declared grants are revoked\. Drop it yourself/,
      );
    });
  });

  describe("by an object that something keeps from going", () => {
    let stack: TestStack;
    const declareOne = (age: string) =>
      program(`new Bucket("files", { name: "${age}-files" });`, `new Schema("helpers", { name: "${age}_helpers" });`);
    beforeAll(async () => {
      stack = await TestStack.create({ database: await server.createDatabase(), program: declareOne("old") });
      succeed(await stack.up());
      await stack.sql("insert into storage.objects (bucket_id, name) values ('old-files', 'a'), ('old-files', 'b')");
      await stack.sql("create table old_helpers.kept (id text)");
      stack.write(declareOne("new"));
    });
    afterAll(async () => await stack?.close());

    it.each(["preview", "up"] as const)("is refused by %s, which names it, and nothing is changed", async (command) => {
      const run = await stack[command]();
      expect(run.exitCode, run.output).not.toBe(0);
      const said = readDiagnostics(run);
      const refusals = [...said.values()].flat().join(" ");
      if (command === "preview")
        expect(refusals).toContain("old-files can't be replaced by new-files: it holds 2 files");
      expect(refusals).toMatch(/can't be replaced by/);
      expect(await stack.sql("select id from storage.buckets")).toEqual([{ id: "old-files" }]);
      expect(await stack.sql("select nspname from pg_namespace where nspname like '%_helpers'")).toEqual([
        { nspname: "old_helpers" },
      ]);
    });

    it("goes through once nothing does", async () => {
      await stack.sql("begin; set local storage.allow_delete_query = 'true'; delete from storage.objects; commit");
      await stack.sql("drop table old_helpers.kept");
      succeed(await stack.up());
      expect(await stack.sql("select id from storage.buckets")).toEqual([{ id: "new-files" }]);
      expect(await pendingDeletions(stack)).toEqual([]);
    });
  });

  it("gets its old object back, as declared now, when the program goes back to it half-way", async () => {
    const bucket = (name: string, rest = "") => `new Bucket("files", { name: "${name}"${rest} });`;
    const stack = await TestStack.create({ database: await server.createDatabase(), program: program(bucket("a")) });
    try {
      succeed(await stack.up());
      stack.write(program(failing(bucket("b"))));
      expect((await stack.up()).exitCode).not.toBe(0);
      stack.write(program(bucket("a", ", public: true")));
      succeed(await stack.up());
      expect(await stack.sql("select id, public from storage.buckets")).toEqual([{ id: "a", public: true }]);
      expect(await pendingDeletions(stack)).toEqual([]);
    } finally {
      await stack.close();
    }
  });

  it("is a schema, whose functions have to leave it in the same update", async () => {
    const schema = (name: string) => `const schema = new Schema("schema", { name: "${name}" });`;
    const called = (place: string, options = "") =>
      `new DatabaseFunction("f", { definition: "create function ${place}.f() returns int language sql as 'select 1'" }${options});`;
    const stack = await TestStack.create({
      database: await server.createDatabase(),
      program: program(schema("a"), called("a")),
    });
    try {
      succeed(await stack.up());
      const refuse = async (resource: string, says: string) => {
        stack.write(program(schema("b"), resource));
        expect((await stack.preview()).output).toContain(says);
      };
      await refuse(called("a"), "a can't be replaced by b: it holds the function a.f()");
      await refuse(
        called("a", ", { dependsOn: schema }"),
        "the schema a is replaced by b in this update; put the function there",
      );
      await refuse(
        'new FunctionAccess("access", { function: "a.f()" });',
        "a can't be replaced by b: it holds the function a.f()",
      );
      stack.write(program(schema("b"), called("b")));
      succeed(await stack.up());
      const rows = await stack.sql("select oid::regprocedure::text as name from pg_proc where proname = 'f'");
      expect(rows).toEqual([{ name: "b.f()" }]);
    } finally {
      await stack.close();
    }
  });
});

describe("a schema that is taken out of the program", () => {
  let server: TestServer;
  let stack: TestStack;
  const schema = (name: string, grants = "{}") => `new Schema("${name}", { name: "${name}", grants: ${grants} });`;
  beforeAll(async () => {
    server = await startTestServer(17);
    const declared = ["public", "extensions", "found", "filled", "empty"].map((name) =>
      schema(name, '{ anon: ["usage"] }'),
    );
    stack = await TestStack.create({ database: await server.createDatabase(), program: program(...declared) });
    await stack.sql("create schema found; alter schema found owner to postgres; grant usage on schema found to anon");
    await stack.run("config", "set", "palisade:adopt", "true");
    succeed(await stack.up());
    await stack.sql("create table filled.kept (id text)");
    stack.write(program());
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("goes only where the stack made it and it is empty; of the others its declared grants go, and it is said why", async () => {
    const run = await stack.up();
    succeed(run);
    const said = readDiagnostics(run);
    const words = (name: string) => said.get(`Schema ${name}`)?.join(" ");
    expect(words("public")).toContain("PostgreSQL makes this schema");
    expect(words("extensions")).toContain("the platform makes this schema");
    expect(words("found")).toContain("it was there before the stack");
    expect(words("filled")).toContain("it still holds the table filled.kept");
    const rows = await stack.sql(
      `select nspname as name, has_schema_privilege('anon', oid, 'usage') as granted from pg_namespace
       where nspname in ('public', 'extensions', 'found', 'filled', 'empty') order by 1`,
    );
    expect(rows).toEqual(["extensions", "filled", "found", "public"].map((name) => ({ name, granted: false })));
    const state = await stack.run("stack", "export");
    expect(
      JSON.parse(state.output).deployment.resources.filter(
        ({ custom, type }: { custom: boolean; type: string }) => custom && !type.startsWith("pulumi:providers"),
      ),
    ).toEqual([]);
  });
});

async function pendingDeletions(stack: TestStack): Promise<readonly string[]> {
  const { output } = await stack.run("stack", "export");
  const { resources = [] } = JSON.parse(output).deployment as {
    readonly resources?: readonly { readonly urn: string; readonly delete?: boolean }[];
  };
  return resources.filter((resource) => resource.delete === true).map(({ urn }) => urn);
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
