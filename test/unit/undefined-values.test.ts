import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { FileBucket } from "../../infra/components/file-bucket.ts";
import { RealtimeChanges } from "../../infra/components/realtime-changes.ts";
import { RealtimeTopic } from "../../infra/components/realtime-topic.ts";
import { TenantTable } from "../../infra/components/tenant-table.ts";
import { ExclusivePolicies } from "../../infra/kinds/exclusive-policies/resource.ts";
import { DatabaseFunction } from "../../infra/kinds/function/resource.ts";
import { Policy } from "../../infra/kinds/policy/resource.ts";
import { Publication } from "../../infra/kinds/publication/resource.ts";
import { TableAccess } from "../../infra/kinds/table-access/resource.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { sql } from "../../infra/sql/tag.ts";
import { createTestFolder } from "../support/folder.ts";

const tasks = defineTable("public", "tasks", { id: "id" });
// What a mistyped name is when the program runs.
const gone = (tasks as unknown as Record<string, never>).idd as never;

const cases: readonly [string, string, () => unknown][] = [
  ["a column in a text", "value 1 of sql`${…} = 1`", () => sql`${gone} = 1`],
  ["a table", "TableAccess tasks: table", () => new TableAccess("tasks", { table: gone })],
  [
    "a column of a grant",
    "TableAccess tasks: item 2 of grants.authenticated.insert",
    () => new TableAccess("tasks", { table: tasks, grants: { authenticated: { insert: [tasks.id, gone] } } }),
  ],
  [
    "a role of a policy",
    "TableAccess tasks: item 1 of policies.own.roles",
    () => new TableAccess("tasks", { table: tasks, policies: { own: { command: "select", roles: [gone] } } }),
  ],
  ["a policy's table", "Policy own: table", () => new Policy("own", { table: gone, command: "select" })],
  [
    "a policy of a list",
    "ExclusivePolicies all: item 1 of policies",
    () => new ExclusivePolicies("all", { table: tasks, policies: [gone] }),
  ],
  ["a published table", "Publication all: item 2 of tables", () => new Publication("all", { tables: [tasks, gone] })],
  ["a function's text", "DatabaseFunction f: definition", () => new DatabaseFunction("f", { definition: gone })],
  [
    "a role of a function",
    "DatabaseFunction f: item 1 of execute",
    () => new DatabaseFunction("f", { definition: "create function f() …", execute: [gone] }),
  ],
  ["a filter", "RealtimeChanges all: item 1 of filters", () => new RealtimeChanges("all", { filters: [gone] })],
  ["a tenant's table", "TenantTable t: table", () => new TenantTable("t", { table: gone, members: sql`true` })],
  ["a tenant's rows", "TenantTable t: members", () => new TenantTable("t", { table: tasks, members: gone })],
  [
    "a tenant's column",
    "TenantTable t: item 1 of fixed",
    () => new TenantTable("t", { table: tasks, members: sql`true`, fixed: [gone] }),
  ],
  [
    "a bucket's type",
    "FileBucket b: item 1 of allowedMimeTypes",
    () => new FileBucket("b", { allowedMimeTypes: [gone] }),
  ],
  [
    "a topic's prefix",
    "RealtimeTopic room: prefix",
    () => new RealtimeTopic("room", { prefix: gone, receivableBy: () => sql`true` }),
  ],
  [
    "a topic's condition",
    "RealtimeTopic room: receivableBy",
    () => new RealtimeTopic("room", { prefix: "room:", receivableBy: () => gone }),
  ],
];

describe("a value that is undefined, as a mistyped column is", () => {
  it.each(cases)("is refused with its place in the program: %s", (_, what, declare) => {
    expect(declare).toThrow(
      new RegExp(
        `^${what.replaceAll(/[$.`{}]/g, "\\$&")} is undefined: perhaps a table, column or function that does not exist by that name ` +
          "\\(test/unit/undefined-values\\.test\\.ts:\\d+\\)\\. The type check names it",
      ),
    );
  });

  it("is no fault of an optional property", () => {
    expect(() => sql`${sql`true`}`).not.toThrow();
    expect(
      () =>
        new Policy("own", {
          table: "public.tasks",
          command: "select",
          using: sql`true`,
          withCheck: undefined as never,
        }),
    ).not.toThrow(/is undefined/);
  });

  it("is refused with the line of the source, in a program that is loaded as one file", async () => {
    const folder = createTestFolder();
    mkdirSync(join(folder, "stacks"));
    symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "Pulumi.yaml"), "name: program\nmain: stacks/index.ts");
    const tag = JSON.stringify(join(projectDirectory, "infra/sql/tag.ts"));
    writeFileSync(
      join(folder, "stacks/index.ts"),
      `interface Erased { readonly name: string }\n\nimport { sql } from ${tag};\nconst table = {} as Record<string, never>;\n\nsql\`\${table.gone} = 1\`;\n`,
    );
    const sdk = join(projectDirectory, "node_modules/@pulumi/pulumi/cmd/run/index.js");
    const loader = pathToFileURL(join(projectDirectory, "infra/loading/load-program.mjs")).href;
    const script = join(folder, "import.mjs");
    writeFileSync(
      script,
      `await import(${JSON.stringify(pathToFileURL(join(folder, "stacks/index.ts")).href)}).catch((error) => console.log(error.message));`,
    );
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `process.argv.splice(1, 0, ${JSON.stringify(sdk)}); await import(${JSON.stringify(loader)}); await import(${JSON.stringify(pathToFileURL(script).href)});`,
        "index.ts",
      ],
      { cwd: join(folder, "stacks") },
    );
    expect(stdout).toContain("(stacks/index.ts:6)");
  });
});
