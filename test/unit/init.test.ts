import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run } from "../../infra/cli/init.ts";
import { readProjectIn } from "../../infra/settings/project.ts";
import { collectErrors } from "../support/console-errors.ts";
import { exampleIn, installed, makeFolder, own, read, writeFiles } from "../support/new-project.ts";

const schema = `datasource db {
  provider = "postgresql"
}
model Task {
  id     String @id
  userId String @map("user_id")
  user   User   @relation(fields: [userId], references: [id])
  @@map("tasks")
}
model User {
  id    String @id
  tasks Task[]
  @@map("users")
}
model HTTPLog {
  id Int @id
}
`;
const migration = { "prisma/migrations/1_first/migration.sql": "create table tasks ()" };

const said = collectErrors();

function snapshot(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}

const wroteIn = (text: string) => text.split("\n").flatMap((line) => /^wrote {2}(\S+)/.exec(line)?.[1] ?? []);

describe("a project that is set up", () => {
  it("has what Prisma's schema says, and says what it wrote and what comes next", async () => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": schema, ...migration });
    expect(await run([], folder)).toBe(0);
    const project = readProjectIn(folder);
    expect(project).toMatchObject({ name: "acme-shop-app", main: "stacks/index.ts" });
    expect(project.paths.migrations).toBeUndefined();
    expect(read(folder, "Pulumi.yaml")).toContain('path: "./node_modules/pulumi-palisade/provider"');
    expect(read(folder, "stacks/tables.ts")).toContain("from prisma/schema.prisma.");
    const program = read(folder, "stacks/index.ts");
    expect(program).toContain("  tasks: app.tasks,\n  users: app.users,\n  HTTPLog: app.httpLog,\n");
    expect(program).toContain('new TableAccess("tasks", {\n');
    expect(exampleIn(program)).toBe(`new TableAccess("tasks", {
  table: app.tasks,
  policies: {
    tasks_select: { command: "select", roles: ["authenticated"], using: sql\`\${app.tasks.userId} = (select auth.uid())::text\` },
  },
  grants: { authenticated: ["select"], service_role: servicePrivileges },
});`);
    expect(read(folder, ".gitignore")).toBe(".palisade/\n.env\n.env.*\nnode_modules/\n");
    expect(wroteIn(said.text)).toEqual([
      "Pulumi.yaml",
      "Pulumi.dev.yaml",
      ".gitignore",
      "tsconfig.json",
      "stacks/index.ts",
      "stacks/tables.ts",
    ]);
    expect(said.text.trimEnd()).toMatch(/\n {2}.* up$/);
  });

  it("is told to install TypeScript for its new settings where there is none", async () => {
    await run([], makeFolder({ ...own, ...installed, "yarn.lock": "" }));
    expect(said.text).toContain("wrote  tsconfig.json (to check types: yarn add --dev typescript)\n");
    await run([], makeFolder({ ...own, ...installed, "node_modules/typescript/package.json": "{}" }));
    expect(said.text).toContain("wrote  tsconfig.json\n");
  });

  it.each(["node_modules", "/node_modules", "node_modules/"])("keeps its own line of .gitignore, %s", async (line) => {
    const folder = makeFolder({ ...own, ...installed, ".gitignore": `${line}\n` });
    await run([], folder);
    expect(read(folder, ".gitignore")).toBe(`${line}\n.palisade/\n.env\n.env.*\n`);
  });

  it("says how to go on with the stack that it was asked for, rather than with the local one", async () => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": schema, ...migration });
    await run(["prod"], folder);
    expect(said.text).toContain("into .env.prod, which git ignores, as the variable that Pulumi.prod.yaml names");
    expect(said.text).toMatch(/\n {2}.* adopt .*--stack prod\n/);
    expect(said.text).toMatch(/\n {2}.* stack init prod\n {2}.* preview .*--stack prod\n$/);
    expect(said.text).not.toMatch(/ up$/m);
  });

  it("is left as it is by a second run, whatever was changed in between", async () => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": schema, ...migration });
    await run(["prod"], folder);
    expect(read(folder, "Pulumi.prod.yaml")).toContain("palisade:connection: DIRECT_URL");
    writeFileSync(join(folder, "stacks/index.ts"), "export {};\n");
    const before = snapshot(folder);
    said.text = "";
    expect(await run(["prod"], folder)).toBe(0);
    expect(snapshot(folder)).toEqual(before);
    expect(said.text).not.toContain("wrote");
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["a schema and migrations", { "prisma/schema.prisma": schema, ...migration }],
    ["a schema without migrations", { "prisma/schema.prisma": schema }],
    ["plain scripts", { "db/migrations/V1__notes.sql": "create table notes (id int);" }],
    ["neither", {}],
  ])("gets back each file that was lost, that one alone, and the same advice: with %s", async (_, files) => {
    const folder = makeFolder({ ...own, ...installed, ...files });
    await run(["prod"], folder);
    const written = wroteIn(said.text);
    const advice = said.text.slice(said.text.indexOf("\n\n"));
    const complete = snapshot(folder);
    expect(written).toEqual(expect.arrayContaining(["Pulumi.yaml", "Pulumi.prod.yaml", "stacks/index.ts"]));
    for (const lost of written) {
      rmSync(join(folder, lost));
      said.text = "";
      expect(await run(["prod"], folder)).toBe(0);
      expect(wroteIn(said.text), lost).toEqual([lost]);
      expect(snapshot(folder), lost).toEqual(complete);
      expect(said.text.endsWith(advice), `${lost}: ${said.text}`).toBe(true);
    }
  });

  it("gets its program back where Pulumi.yaml says that it is, which imports the typed tables from where they are", async () => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": schema, ...migration });
    await run([], folder);
    const moved = read(folder, "Pulumi.yaml").replace("main: stacks/index.ts", "main: access/program/main.ts");
    writeFileSync(join(folder, "Pulumi.yaml"), `${moved}palisade:\n  tables: src/db/tables.ts\n`);
    for (const lost of ["tsconfig.json", "stacks/index.ts", "stacks/tables.ts"]) rmSync(join(folder, lost));
    said.text = "";
    await run([], folder);
    expect(wroteIn(said.text)).toEqual(["tsconfig.json", "access/program/main.ts", "src/db/tables.ts"]);
    expect(read(folder, "access/program/main.ts")).toContain('from "../../src/db/tables.js";');
    expect(JSON.parse(read(folder, "tsconfig.json"))).toMatchObject({ include: ["access/program"] });
    expect(existsSync(join(folder, "stacks/index.ts"))).toBe(false);
  });

  it("names the folder in which the migrations are", async () => {
    const folder = makeFolder({ ...own, ...installed, "migrations/20260101000000_a.sql": "create table notes ();" });
    writeFiles(folder, {
      "Pulumi.yaml":
        "name: shop\nruntime: {name: nodejs, options: {typescript: false, nodeargs: --import pulumi-palisade/load-program}}\nmain: stacks/index.ts\npalisade: {migrations: apps/supabase/migrations}\n",
      "apps/supabase/migrations/20260101000000_a.sql": "create table notes (id int);",
    });
    await run([], folder);
    expect(said.text).toContain("pending in apps/supabase/migrations, as");
    expect(said.text).not.toContain(" supabase/migrations");
  });

  it("keeps a Pulumi project that is there, with its program, and gets the plugin's path alone", async () => {
    const text = "# ours\nname: shop\nruntime: nodejs\nmain: src/index.ts\n";
    const folder = makeFolder({
      ...own,
      ...installed,
      "Pulumi.yaml": text,
      "src/index.ts": "",
      "prisma/schema.prisma": schema,
    });
    await run([], folder);
    expect(read(folder, "Pulumi.yaml")).toBe(
      `${text}plugins:\n  providers:\n    - name: palisade\n      path: "./node_modules/pulumi-palisade/provider"\n`,
    );
    expect(existsSync(join(folder, "stacks"))).toBe(false);
    expect(read(folder, "src/tables.ts")).toContain("tasks: defineTable(");
    expect(read(folder, "src/index.ts")).toBe("");
  });

  it("gets no compiler settings beside a program of its own, which Pulumi's translator would heed, and is told to declare", async () => {
    const folder = makeFolder({ ...own, ...installed, "Pulumi.yaml": "name: shop\nruntime: nodejs\n", "index.ts": "" });
    await run([], folder);
    expect(existsSync(join(folder, "tsconfig.json"))).toBe(false);
    expect(said.text).toMatch(/Declare what is wanted in the project's program[\s\S]* preview .*--stack <stack>\n$/);
  });

  it("gets the plugin's path although the package is named elsewhere in Pulumi.yaml", async () => {
    const text =
      "name: shop\nruntime: {name: nodejs, options: {nodeargs: --import pulumi-palisade/load-program}} # pulumi-palisade\n";
    const folder = makeFolder({ ...own, ...installed, "Pulumi.yaml": text });
    await run([], folder);
    expect(read(folder, "Pulumi.yaml")).toContain("    - name: palisade\n");
  });

  it("finds package, schema and compiler settings elsewhere in its workspace", async () => {
    const root = makeFolder({
      "package.json": '{"workspaces":["packages/*"]}',
      "tsconfig.json": "{}",
      ...installed,
      "packages/db/prisma/schema.prisma": schema,
      "packages/db/prisma/migrations/1_first/migration.sql": "create table tasks ()",
      "packages/access/package.json": '{"name":"access"}',
    });
    const folder = join(root, "packages/access");
    await run([], folder);
    expect(read(folder, "Pulumi.yaml")).toContain('path: "../../node_modules/pulumi-palisade/provider"');
    expect(readProjectIn(folder).paths).toMatchObject({
      schema: "../db/prisma/schema.prisma",
      migrations: "../db/prisma/migrations",
    });
    expect(read(folder, "stacks/tables.ts")).toContain("from ../db/prisma/schema.prisma.");
    expect(existsSync(join(folder, "tsconfig.json"))).toBe(false);
  });

  it("is told to write a first migration where there is none", async () => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": schema });
    await run([], folder);
    expect(said.text).toMatch(/migrations .*new first\n.* up\n/);
    expect(read(folder, "stacks/index.ts")).toContain('new Migrations("migrations")');
  });

  it.each([
    [
      "sqlite",
      schema.replace("postgresql", "sqlite"),
      "prisma/schema.prisma is for sqlite, and Palisade is for PostgreSQL",
    ],
  ])("leaves a schema for %s aside, and says so", async (_, text, message) => {
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": text });
    await run([], folder);
    expect(said.text).toContain(message);
    expect(existsSync(join(folder, "stacks/tables.ts"))).toBe(false);
  });
});

describe("a person who asks for help", () => {
  it.each(["help", "--help", "-h"])("gets it, and nothing is written: %s", async (asked) => {
    const folder = makeFolder({ ...own, ...installed });
    const before = snapshot(folder);
    expect(await run([asked], folder)).toBe(0);
    expect(said.text).toContain("sets a project up in this folder");
    expect(snapshot(folder)).toEqual(before);
  });
});

describe("a folder in which nothing can be set up", () => {
  it.each<[string, Record<string, string>, readonly string[], RegExp, string?]>([
    ["no package", installed, [], /has no package\.json\. .* npm init -y/],
    [
      "a folder in a package",
      { ...own, ...installed, "deep/er/x": "" },
      [],
      /has no package\.json\. Run this in the folder of the package that it is in, .*: cd \.\.\/\.\.$/,
      "deep/er",
    ],
    [
      "a folder in a project",
      { ...own, ...installed, "Pulumi.yaml": "name: x\nruntime: nodejs\n", "stacks/x": "" },
      [],
      /has no package\.json\. Run this in the folder of the project that it is in, .*: cd \.\.$/,
      "stacks",
    ],
    ["a package.json that is none", { ...installed, "package.json": "{" }, [], /package\.json that can be read/],
    ["nothing installed", own, [], /has no pulumi-palisade and no @pulumi\/pulumi installed\.[\s\S]*npm install/],
    [
      "a project of another runtime",
      { ...own, ...installed, "Pulumi.yaml": "name: x\nruntime: {name: python}\n" },
      [],
      /Pulumi\.yaml is a Pulumi project whose runtime is python, and this sets up one of nodejs/,
    ],
    ["an unreadable project", { ...own, ...installed, "Pulumi.yaml": "name: [x\n" }, [], /Pulumi\.yaml can't be read/],
    [
      "a mistyped path",
      { ...own, ...installed, "Pulumi.yaml": "name: x\nruntime: nodejs\npalisade: {sqls: x}\n" },
      [],
      /palisade\.sqls is unknown/,
    ],
    [
      "a mistake in the schema",
      { ...own, ...installed, "prisma/schema.prisma": `${schema}model A {}\n` },
      [],
      /schema\.prisma/,
    ],
    [
      "an unknown option",
      { ...own, ...installed },
      ["--yes"],
      /Unknown option '--yes'[\s\S]*sets a project up in this folder/,
    ],
    ["no name of a stack", { ...own, ...installed }, ["../prod"], /\.\.\/prod is no name of an environment/],
  ])("says so, and nothing is written: %s", async (_, files, args, message, place = ".") => {
    const folder = makeFolder(files);
    const before = snapshot(folder);
    await expect(run(args, join(folder, place))).rejects.toThrow(message);
    expect(snapshot(folder)).toEqual(before);
  });

  it("says so of Yarn's Plug'n'Play, where there is no node_modules for Pulumi", async () => {
    const { versions } = process;
    vi.spyOn(process, "versions", "get").mockReturnValue({ ...versions, pnp: "3" });
    await expect(run([], makeFolder(own))).rejects.toThrow(
      /Plug'n'Play.*`nodeLinker: node-modules` into \.yarnrc\.yml/,
    );
  });
});
