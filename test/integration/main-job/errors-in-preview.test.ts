import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics, readOperations } from "../../support/pulumi-output.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

const program = `
  import { DatabaseFunction, Schema, sql, TableAccess } from "pulumi-palisade";
  const helpers = new Schema("helpers");
  const mine = new DatabaseFunction("mine", {
    definition: "create function helpers.mine() returns text language sql stable as $$ select current_user::text $$",
    execute: ["authenticated"],
  }, { dependsOn: helpers });
  const access = (name, options) => new TableAccess(name, {
    table: "public." + name,
    policies: { own: { command: "select", roles: ["authenticated"], using: sql\`owner = (select \${mine}())\` } },
    grants: { authenticated: ["select"] },
  }, options);
  const first = access("first", {});
  access("second", { dependsOn: first });
  access("third", { dependsOn: first });
  export const table = first.table;`;

describe("a preview of resources of which one is in error", () => {
  let server: TestServer | undefined;
  let stack: TestStack;
  let preview: Run;

  beforeAll(async () => {
    server = await startTestServer(17);
    const database = await server.createDatabase();
    stack = await TestStack.create({ database, program, ownProcess: true });
    await stack.sql(
      "set role postgres; create table public.first (owner text); create table public.second (owner text); create table public.third (owner text); reset role",
    );
    const up = await stack.up();
    expect(up.exitCode, up.output).toBe(0);
    await stack.sql(`
      alter function helpers.mine() owner to supabase_admin;
      alter table public.first owner to supabase_admin;
      drop policy own on public.first;
      alter policy own on public.second using (true);
      grant delete on public.third to anon;`);
    preview = await stack.preview();
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("fails, and shows every resource that differs all the same", () => {
    expect(preview.exitCode, preview.output).not.toBe(0);
    expect(Object.fromEntries(readOperations(preview))).toEqual({
      "Function mine": "update",
      "TableAccess first": "update",
      "TableAccess second": "update",
      "TableAccess third": "update",
    });
    const diagnostics = readDiagnostics(preview);
    const lines = (resource: string) => diagnostics.get(resource)?.join("\n") ?? "";
    expect(lines("Function mine")).toMatch(/error: owner: helpers\.mine\(\) belongs to supabase_admin/);
    expect(lines("Function mine")).toMatch(/^owner: "supabase_admin" => "postgres"$/m);
    expect(lines("TableAccess first")).toMatch(/error: owner: public\.first belongs to supabase_admin/);
    expect(lines("TableAccess first")).toMatch(/^policies\.own: \(none\) => /m);
    expect(lines("TableAccess second")).toMatch(/^policies\.own\.using: "true" => /m);
    expect(lines("TableAccess second")).toMatch(/authenticated keeps select/);
    expect(lines("TableAccess third")).toMatch(/^grants\.anon: /m);
  });

  it("ends an up before anything is touched", async () => {
    const up = await stack.run("up", "--yes");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).not.toContain("Updating (test)");
    expect(await stack.sql("select 1 from pg_policy where pg_get_expr(polqual, polrelid) = 'true'")).toHaveLength(1);
  });

  it("is an ordinary one again when the cause is gone", async () => {
    await stack.sql("alter function helpers.mine() owner to postgres; alter table public.first owner to postgres");
    const up = await stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    const clean = await stack.preview("--expect-no-changes");
    expect(clean.exitCode, clean.output).toBe(0);
  });
});

describe("a preview in which something can't be made", () => {
  let server: TestServer | undefined;
  let stack: TestStack;
  let diagnostics: ReturnType<typeof readDiagnostics>;

  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({
      database: await server.createDatabase(),
      program: `
        import { DatabaseFunction, Schema, TableAccess } from "pulumi-palisade";
        const define = (name, body, schema = "public") => new DatabaseFunction(name, {
          definition: "create function " + schema + "." + name + "() returns text language sql stable as $$ " + body + " $$",
        });
        define("mine", "select owner from public.unknown");
        define("through", "select public.mine()");
        new Schema("helpers", { owner: "nobody_of_that_name" });
        define("inside", "select 'a'", "helpers");
        const access = (name, using) => new TableAccess(name, {
          table: "public." + name, policies: { own: { command: "select", roles: ["authenticated"], using } },
        });
        access("calling", "owner = public.mine()");
        access("calling_through", "owner = (select through())");
        access("calling_inside", "owner = helpers.inside()");
        access("misspelling", "owner in (select owner from public.memberz)");
        access("misspelling_a_function", "owner = public.miner() and public.mine() = 'a'");
        access("misspelling_a_column", "ownr = 'a'");
        access("misspelt", "true");
        const own = (command, condition) => ({ command, roles: ["authenticated"], [condition]: "owner = public.mine()" });
        new TableAccess("calling_often", {
          table: "public.calling_often",
          policies: { a: own("select", "using"), b: own("insert", "withCheck"), c: own("delete", "using") },
        });`,
    });
    const tables = ["calling", "calling_often", "calling_through", "calling_inside"];
    for (const name of [...tables, "misspelling", "misspelling_a_function", "misspelling_a_column"])
      await stack.sql(`set role postgres; create table public.${name} (owner text); reset role`);
    const preview = await stack.preview();
    expect(preview.exitCode, preview.output).not.toBe(0);
    diagnostics = readDiagnostics(preview);
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const lines = (resource: string) => diagnostics.get(resource)?.join("\n") ?? "";

  it.each([
    ["Function through", "function public.mine() does not exist", "mine"],
    ["TableAccess calling", "function public.mine() does not exist", "mine"],
    ["Function inside", 'schema "helpers" does not exist', "helpers"],
    ["TableAccess calling_inside", 'schema "helpers" does not exist', "helpers"],
  ])("warns that %s can't be checked before what it needs can be made", (resource, message, cause) => {
    expect(lines(resource)).toContain(`${message}. `);
    expect(lines(resource)).toMatch(new RegExp(`[^.]\\. This can't be checked before ${cause} can be made`));
    expect(lines(resource)).not.toContain("error: ");
  });

  it("warns in one line of all that can't be checked for the same reason", () => {
    expect(diagnostics.get("TableAccess calling_often")?.filter((line) => line.includes("can't be checked"))).toEqual([
      expect.stringMatching(
        /policies\.a\.using and 2 others: function public\.mine\(\) does not exist\. .*before mine can be made$/,
      ),
    ]);
  });

  it("finds no fault with what needs it through a function", () => {
    expect(lines("TableAccess calling_through")).toContain("rowSecurity: false => true");
    expect(lines("TableAccess calling_through")).not.toMatch(/error|warning/);
  });

  it.each([
    ["misspelling", /error: policies\.own\.using: relation "public\.memberz" does not exist/],
    ["misspelling_a_function", /error: policies\.own\.using: function public\.miner\(\) does not exist/],
    ["misspelling_a_column", /error: policies\.own\.using: column "ownr" does not exist/],
    ["misspelt", /error: table: .*public\.misspelt/],
  ])("shows the error of another resource all the same: %s", (name, error) => {
    expect(lines(`TableAccess ${name}`)).toMatch(error);
    expect(lines(`TableAccess ${name}`)).not.toContain("can be made");
  });
});

describe("a table that is there already, under a component of the program", () => {
  let server: TestServer | undefined;
  let stack: TestStack;

  beforeAll(async () => {
    server = await startTestServer(17);
    const database = await server.createDatabase();
    stack = await TestStack.create({
      database,
      program: `
        import * as pulumi from "@pulumi/pulumi";
        import { sql, TableReference, TenantTable } from "pulumi-palisade";
        class Part extends pulumi.ComponentResource {
          constructor(name) {
            super("my:app:Part", name);
            const table = { $table: new TableReference("public", "kept") };
            new TenantTable("kept", { table, members: sql\`true\` }, { parent: this });
          }
        }
        new Part("it's mine");`,
    });
    await stack.sql(
      "set role postgres; create table public.kept (id text); create policy other on public.kept using (false); reset role",
    );
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("is taken over by the command that the error names, and then previewed with its differences", async () => {
    const refused = await stack.preview();
    expect(refused.exitCode).not.toBe(0);
    const command =
      /Take it over with `(echo .* > import\.json) && npm run pulumi -- (import --file import\.json --generate-code=false --stack test)`/.exec(
        refused.output,
      );
    execFileSync("sh", ["-c", command?.[1] ?? ""], { cwd: stack.folder });
    const imported = await stack.run(...((command?.[2] ?? "").split(" ") as [string]), "--yes", "--protect=false");
    expect(imported.exitCode, imported.output).toBe(0);
    const preview = await stack.preview();
    expect(preview.exitCode, preview.output).toBe(0);
    expect(Object.fromEntries(readOperations(preview))).toEqual({ "TableAccess kept": "update" });
    expect(readDiagnostics(preview).get("TableAccess kept")?.join("\n")).toMatch(/^policies\.other: .* => \(none\)$/m);
  });
});
