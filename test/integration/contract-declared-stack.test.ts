import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { readDeclaredStack } from "../../infra/contract/declared-stack.ts";
import { platformVariables } from "../../infra/contract/environment/variables.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { parseSchema } from "../../infra/prisma/model.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

const imports = `import * as pulumi from "@pulumi/pulumi";
import { Bucket, DatabaseFunction, ExclusivePolicies, FileBucket, FunctionAccess, Publication, RealtimeChanges, Role } from "./infra/index.ts";
import { defineTable, Schema, sql, TableAccess, TenantTable, ViewAccess } from "./infra/index.ts";
`;

describe("what a program declares", () => {
  it("is read in the same order whatever comes first, with what its configuration says", async () => {
    const program = `
      const later = pulumi.output(new Promise((resolve) => setTimeout(() => resolve("later"), 200)));
      new Bucket("b", { name: later });
      new Bucket("a", { public: new pulumi.Config("app").requireBoolean("open") });
      const mine = new DatabaseFunction("mine", { definition: "create function private.mine() returns text return ''" });
      new TableAccess("t", { table: "public.t", policies: { p: { using: sql\`x = \${mine}()\` } } });
      if (!pulumi.runtime.isDryRun() || pulumi.getStack() !== "dev" || pulumi.getProject() !== "small") throw new Error("elsewhere");`;
    const resources = await read(
      program,
      'config:\n  app:open: "true" # for everybody\n  app:secret:\n    secure: v1:xyz\n',
    );
    expect(resources.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "palisade:index:Bucket a",
      "palisade:index:Bucket b",
      "palisade:index:Function mine",
      "palisade:index:TableAccess t",
    ]);
    expect(resources.slice(0, 2).map(({ inputs }) => inputs)).toEqual([{ name: "a", public: true }, { name: "later" }]);
  });

  it("has functions by their own names, and what is named after its resource by that name", async () => {
    const program = `
      const member = new DatabaseFunction("is-member", { definition: 'create function private."F n"(a int) returns text return 1' });
      const reader = new Role("reader");
      new TableAccess("t", { table: "public.t", policies: { p: { using: sql\`\${member}(1) = name\` } } });
      new FunctionAccess("f", { function: member.signature, execute: [reader.name] });`;
    const inputs = new Map((await read(program)).map((resource) => [resource.name, resource.inputs]));
    expect(inputs.get("t")).toEqual({ table: "public.t", policies: { p: { using: 'private."F n"(1) = name' } } });
    expect(inputs.get("f")).toEqual({ function: 'private."F n"(integer)', execute: ["reader"] });
  });

  it("is read where the program keeps it secret", async () => {
    const program = `
      new TableAccess("t", { table: pulumi.secret("public.t"), grants: { anon: pulumi.secret(["select"]) } });
      new Bucket("b", { allowedMimeTypes: pulumi.secret([pulumi.secret("image/png")]) });`;
    const inputs = new Map((await read(program)).map((resource) => [resource.name, resource.inputs]));
    expect(inputs.get("t")).toEqual({ table: "public.t", grants: { anon: ["select"] } });
    expect(inputs.get("b")).toEqual({ name: "b", allowedMimeTypes: ["image/png"] });
  });

  it("has the publication's own name where the program leaves it out", async () => {
    const program = `
      const { name } = new Publication("realtime", { tables: ["public.t"] });
      new Bucket("b", { name });`;
    const inputs = new Map((await read(program)).map((resource) => [resource.name, resource.inputs]));
    expect(inputs.get("b")).toEqual({ name: "supabase_realtime" });
  });

  it("is in the contract by each resource that can declare it, with as little said as it takes", async () => {
    const schema = `datasource db {\n  provider = "postgresql"\n  schemas = ["public", "crm"]\n}
      generator client {\n  provider = "prisma-client"\n  previewFeatures = ["views"]\n  output = "./x"\n}
      model a {\n  id Int @id\n  @@schema("public")\n}
      model b {\n  id Int @id\n  @@schema("public")\n}
      model c {\n  id Int @id\n  @@schema("crm")\n}
      view v {\n  id Int\n  @@schema("public")\n}`;
    const program = `
      const b = defineTable("public", "b", { id: "id" });
      new TableAccess("first", { table: "A", grants: { anon: ["select"] } });
      new TenantTable("second", { table: b, members: sql\`true\`, computed: [], fixed: [] });
      new ViewAccess("third", { view: "v", grants: { service_role: "all" } });
      new TableAccess("fourth", { table: "crm.c", grants: { authenticated: "all" } });
      new Schema("crm");
      new FileBucket("files", { folder: "owner", fileSizeLimit: "1kB" });
      new Bucket("plain");`;
    const model = toApplicationModel(await parseSchema(schema));
    for (const published of [
      'new RealtimeChanges("changes", { filters: [b.id] });',
      'new Publication("changes", { tables: ["b"] });',
      'new Publication("changes", { tables: { B: {} } });',
    ]) {
      const described = await describeContract(await read(program + published), model, platformVariables);
      const reached = described.tables.map(({ name, forUsers, forService }) => [name, !!forUsers, !!forService]);
      expect(reached).toEqual([
        ["a", true, false],
        ["b", true, true],
        ["v", false, true],
      ]);
      expect(described.subscriptions.map(({ functionName }) => functionName)).toEqual(["subscribeToB"]);
      expect(described.buckets.map(({ name, folders, fileSizeLimit }) => [name, folders, fileSizeLimit])).toEqual([
        ["files", ["owner"], 1000],
        ["plain", [], undefined],
      ]);
    }
  });

  it("is read whole where components hold resources that come after one another", async () => {
    const program = `
      new FileBucket("files", { readableBy: sql\`private.mine() = name\`, writableBy: sql\`true\` });
      new ExclusivePolicies("storage.objects", { table: "storage.objects", policies: ["files_select"] });
      new DatabaseFunction("mine", { definition: "create function private.mine() returns text return ''" });`;
    const resources = await read(program);
    expect(resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)).toEqual([
      "FileBucket files",
      ...["Bucket files", "ExclusivePolicies storage.objects", "Function files_stays", "Function mine"],
      ...["delete", "insert", "select", "stays", "update"].map((command) => `Policy files_${command}`),
    ]);
  });

  it.each([
    ["throws", 'throw new Error("no such thing");', /index\.ts fails: no such thing/],
    ["leaves a failed promise behind", 'new Bucket("a", { name: Promise.reject(new Error("lost")) });', /fails: lost/],
    ["ends itself", "process.exit(0);", /fails: it ends before it has declared everything/],
    [
      "lacks its configuration",
      'new pulumi.Config("app").require("name");',
      /Missing required configuration variable 'app:name'/,
    ],
  ])("is nothing of a program that %s", async (_, program, problem) => {
    await expect(read(program)).rejects.toThrow(problem);
  });

  it("is nothing of a program with mistakes, of which the error shows the places", async () => {
    const project = { "Pulumi.yaml": "name: small\nmain: stacks/index.ts\n", "package.json": '{ "type": "module" }' };
    const index = 'import { tenats } from "./a.ts";\ntenats();\n';
    const failing = (files: Readonly<Record<string, string>>) =>
      readDeclaredStack({ directory: makeProject({ ...project, "stacks/index.ts": index, ...files }), stack: "dev" });
    await expect(failing({ "stacks/a.ts": "export const tenants = 1;" })).rejects.toThrow(
      /fails: stacks\/index\.ts:1:10: No matching export .*\n +import \{ tenats \}.*\n +\^\nDid you mean to import "tenants" instead\?/,
    );
    await expect(failing({ "stacks/a.ts": "\n  const = 1;" })).rejects.toThrow(
      /fails: stacks\/a\.ts:2:9: Expected identifier .*\n +const = 1;\n +\^\n\nCorrect this/,
    );
    const used = "export function tenats() {\n  return (undefined as unknown as { name: string }).name;\n}";
    await expect(failing({ "stacks/a.ts": used })).rejects.toThrow(
      /fails: Cannot read properties of undefined \(reading 'name'\)\n +at .*stacks\/a\.ts:2:\d+\)?\n +at .*stacks\/index\.ts:2:\d+\)?$/,
    );
  });

  it("is nothing of a program that fails by itself, in its own words, although a source of it has a mistake too", async () => {
    const directory = makeProject({
      "Pulumi.yaml": "name: small\n",
      "package.json": "{}",
      "a.ts": "export const tenants = 1;",
      "index.ts": `import { tenats } from "./a.ts";
        if (process.env.NO_SUCH_VARIABLE === undefined) throw new Error("set NO_SUCH_VARIABLE");
        tenats();`,
    });
    await expect(readDeclaredStack({ directory, stack: "dev" })).rejects.toThrow(/fails: set NO_SUCH_VARIABLE\n/);
  });

  it.each(["stacks/index.ts", "stacks"])(
    "has the program's own folder as its working folder, as in the engine, where main is %s",
    async (main) => {
      const directory = makeProject({
        "Pulumi.yaml": `name: small\nmain: ${main}\nruntime:\n  name: nodejs\n  options: {typescript: false, nodeargs: --conditions=palisade-source --import pulumi-palisade/load-program}\n`,
        "package.json": '{ "type": "module" }',
        "stacks/name.txt": "beside-the-program",
        "stacks/index.ts": `import { readFileSync } from "node:fs";
        import { ComponentResource } from "@pulumi/pulumi";
        new ComponentResource("test:index:Found", readFileSync("name.txt", "utf8"));`,
      });
      const declared = await readDeclaredStack({ directory, stack: "dev" });
      expect(declared.map(({ name }) => name)).toEqual(["beside-the-program"]);
      const stateDirectory = join(directory, "state");
      const { stdout } = await runPulumi(["preview", "--non-interactive", "--json"], {
        ...{ directory, stateDirectory, stack: "dev", output: "capture", report: () => undefined },
      });
      expect(stdout).toContain("::test:index:Found::beside-the-program");
    },
  );

  it("has the project's settings also where the program lies outside of the project", async () => {
    const directory = makeProject({
      "project/Pulumi.yaml": "name: small\npalisade: {migrations: db/scripts}\n",
      "elsewhere/index.ts": `import { Bucket } from "../infra/index.ts";
        import { migrationsFolder } from "../infra/settings/project-folder.ts";
        new Bucket(migrationsFolder());`,
    });
    const program = join(directory, "elsewhere/index.ts");
    const [declared] = await readDeclaredStack({ directory: join(directory, "project"), stack: "dev", program });
    expect(declared?.name).toBe("db/scripts");
  });

  it("needs a program that Pulumi.yaml names", async () => {
    await expect(read("", "", "nowhere.ts")).rejects.toThrow(/names no program/);
  });
});

function read(program: string, configuration = "", main = "index.ts") {
  const directory = makeProject({
    "index.ts": imports + program,
    "Pulumi.yaml": `name: small\nmain: ${main}\n`,
    "Pulumi.dev.yaml": configuration,
  });
  return readDeclaredStack({ directory, stack: "dev" });
}

/** Inside this project, whose packages the program imports. */
function makeProject(files: Readonly<Record<string, string>>): string {
  const parent = join(projectDirectory, ".palisade");
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "program "));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  symlinkSync(join(projectDirectory, "infra"), join(directory, "infra"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}
