import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readScripts } from "../../infra/migrations/scripts/read-scripts.ts";
import { readProjectIn, readStack, stackFile } from "../../infra/settings/project.ts";
import { migrationsFolder } from "../../infra/settings/project-folder.ts";
import { createTestFolder } from "../support/folder.ts";

function writeProject(text: string, file = "Pulumi.yaml"): string {
  const folder = createTestFolder();
  writeFileSync(join(folder, file), text);
  return folder;
}

const pathsOf = (text: string, file?: string) => readProjectIn(writeProject(text, file)).paths;

describe("a project's paths", () => {
  it("have defaults, those of the program's own files beside it", () => {
    const usual = { schema: undefined, migrations: undefined };
    for (const main of ["stacks/index.ts", "stacks", "./stacks/"])
      expect(pathsOf(`name: x\nmain: ${main}\n`)).toEqual({
        ...usual,
        tables: "stacks/tables.ts",
        environment: "stacks/environment.ts",
        verification: "stacks/verify.ts",
        sql: "sql",
      });
    for (const main of ["", "main: index.js\n", "main: .\n"])
      expect(pathsOf(`name: x\n${main}`)).toEqual({
        ...usual,
        tables: "tables.ts",
        environment: "environment.ts",
        verification: "verify.ts",
        sql: "sql",
      });
  });

  it("are what Pulumi.yaml sets, in whichever of its forms", () => {
    const set = {
      schema: "db/schema.prisma",
      migrations: "db/migrations",
      tables: "src/db/tables.ts",
      environment: "src/env.ts",
      verification: "src/access.ts",
      sql: "db/sql",
    };
    const lines = Object.entries(set).map(([name, path]) => `  ${name}: ${path}\n`);
    expect(pathsOf(`name: x\npalisade:\n${lines.join("")}`)).toEqual(set);
    expect(pathsOf(JSON.stringify({ name: "x", palisade: set }), "Pulumi.json")).toEqual(set);
  });

  it.each([
    [
      "palisade: {migration: db}",
      /Pulumi\.yaml: palisade\.migration is unknown \(perhaps you meant migrations\); .*schema, migrations, tables, env/,
    ],
    ["palisade: {folder: db}", /Pulumi\.yaml: palisade\.folder is unknown; .*schema, migrations, tables, env/],
    ["palisade: {contract: db}", /palisade\.contract is no path of the project; .*config: \{palisade:contract: …\}/],
    ["palisade: {migrations: 3}", /palisade\.migrations must be a path, as text, from the folder of this file/],
    ["palisade: {tables: ''}", /palisade\.tables must be a path/],
    ["palisade: {schema: [a, b]}", /palisade\.schema must be a path/],
    [
      "palisade: db/migrations",
      /Pulumi\.yaml: palisade holds paths by name \(schema, migrations, tables, environment, verification, sql\)/,
    ],
  ])("are refused with what to correct: %s", (section, message) => {
    expect(() => pathsOf(`name: x\n${section}\n`)).toThrow(message);
  });
});

describe("the keys of a project's file", () => {
  it.each(["palisde", "Palisade", "palisades", "palisad"])("are refused where %s could be meant for ours", (key) => {
    const message = `Pulumi.yaml: ${key} is unknown (perhaps you meant palisade)`;
    expect(() => pathsOf(`name: x\n${key}: {sql: db}\n`)).toThrow(message);
    expect(() => pathsOf(`name: x\n${key}: {sql: db}\npalisade: {tables: t.ts}\n`)).toThrow(message);
  });

  it("are Pulumi's, or anybody's, where they could not", () => {
    const others = [
      "packages",
      "plugins",
      "template",
      "stackConfigDir",
      "pal",
      "x-notes",
      "palisade-notes",
      "palisadeNotes",
    ];
    expect(pathsOf(`name: x\npalisade: {sql: db}\n${others.map((key) => `${key}: {}\n`).join("")}`).sql).toBe("db");
    expect(pathsOf('{"name": "x", "Palisade": {"sql": "db"}}', "Pulumi.json").sql).toBe("db");
  });

  it("are refused where they could be meant for one of Pulumi's that is absent", () => {
    for (const [key, meant] of Object.entries({ mian: "main", Main: "main", confg: "config", runtme: "runtime" }))
      expect(() => pathsOf(`name: x\n${key}: stacks\n`)).toThrow(
        new RegExp(`Pulumi\\.yaml: ${key} is unknown \\(perhaps you meant ${meant}\\)\\. Correct it`),
      );
    expect(pathsOf("name: x\nmain: stacks\nmaint: me\n").tables).toBe("stacks/tables.ts");
    const keys = ["description", "author", "website", "license", "options", "environment", "requiredPulumiVersion"];
    expect(pathsOf(`name: x\n${keys.map((key) => `${key}: y\n`).join("")}`).tables).toBe("tables.ts");
    expect(pathsOf('{"name": "x", "Main": "stacks"}', "Pulumi.json").tables).toBe("stacks/tables.ts");
  });

  it("are refused where they could be meant for an option of the program's Node.js, which Pulumi would ignore", () => {
    const project = (option: string, language = "nodejs") =>
      readProjectIn(writeProject(`name: x\nruntime: {name: ${language}, options: {${option}: false}}\n`));
    for (const [key, meant] of Object.entries({ nodearg: "nodeargs", nodeArgs: "nodeargs", typescipt: "typescript" }))
      expect(() => project(key)).toThrow(`runtime.options.${key} is unknown (perhaps you meant ${meant})`);
    expect(project("typescript").usesPulumisCompiler).toBe(false);
    for (const key of ["workspace", "typescriptOptions", "nodeargsExtra"]) expect(project(key).language).toBe("nodejs");
    expect(project("typescipt", "python").language).toBe("python");
  });
});

describe("the settings of a stack", () => {
  const read = (project: string, stack: string) => {
    const folder = writeProject(project);
    writeFileSync(join(folder, "Pulumi.dev.yaml"), stack);
    const settings = readProjectIn(folder);
    return readStack(settings, stackFile(settings, "dev"));
  };
  const mistyped = "config:\n  palisade:connecton: postgresql://a:hunter2@b/c\n";

  it("are refused where one is mistyped, with the file, and without its value", () => {
    expect(() => read("name: shop\n", mistyped)).toThrow(
      /Pulumi\.dev\.yaml: palisade:connecton is unknown \(perhaps you meant connection\); the settings are connection, adopt, .*contract$/,
    );
    expect(() => read(`name: shop\n${mistyped}`, "")).toThrow(/Pulumi\.yaml: palisade:connecton is unknown/);
  });

  it("are refused where their namespace is mistyped, in the stack's file and the project's", () => {
    for (const key of [
      "palisad:connection",
      "Palisade:connection",
      "palisade :connection",
      "pallisade:config:connection",
    ])
      for (const [project, stack] of [
        ["", `config: {"${key}": X}\n`],
        [`config: {"${key}": X}\n`, ""],
      ] as const)
        expect(() => read(`name: shop\n${project}`, stack), key).toThrow(
          /Pulumi(\.dev)?\.yaml: [\w ]+:connection is unknown \(perhaps you meant palisade:connection\)$/,
        );
    expect(read("name: palisades\n", "config: {connection: x, palisades:region: y, pal:adopt: z}\n")).toBeDefined();
  });

  it("are refused as well in a project that is called palisade, where they may be the program's own", () => {
    const advice = /palisade:connecton is unknown .*; .*config: \{connecton: \{type: string\}\}$/;
    for (const key of ["connecton", "palisade:connecton", "palisade:config:connecton"]) {
      const text = `config:\n  ${key}: DIRECT_URL\n`;
      expect(() => read("name: palisade\n", text), key).toThrow(advice);
      expect(() => read(`name: palisade\n${text}`, ""), key).toThrow(advice);
    }
    expect(() => read("name: palisade\n", "config: {databaseUrl: X}\n")).toThrow("palisade:databaseUrl is unknown");
  });

  it("are the program's own where Pulumi.yaml declares them with a type, unless they could be meant for ours", () => {
    const declared = (name: string) => `name: palisade\nconfig:\n  ${name}: {type: string, default: x}\n`;
    expect(read(declared("regions"), "config: {regions: '3'}\n").configuration.size).toBe(1);
    expect(() => read(declared("regions"), "config: {region: '3'}\n")).toThrow("palisade:region is unknown");
    for (const name of ["connecton", "Connection", "connections", "conection", "adpot", "lockTimeout", "connectionUrl"])
      expect(() => read(declared(name), ""), name).toThrow(
        /Pulumi\.yaml: palisade:\w+ could be a mistyped palisade:\w+.*another name/,
      );
    // In another project such a declaration is of that project's namespace.
    expect(() => read("name: shop\nconfig: {regions: {type: string}}\n", "config: {palisade:regions: x}\n")).toThrow(
      /palisade:regions is unknown; the settings are connection, adopt, .*contract$/,
    );
  });

  it("are any in other namespaces", () => {
    const known =
      "config:\n  palisade:connection: DIRECT_URL\n  palisade:contract: ../app\n  aws:region: x\n  connecton: y\n";
    expect(read("name: shop\n", known).configuration.size).toBe(4);
  });
});

describe("the folder of migrations", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is for a program, wherever it runs, what the project sets", () => {
    const project = writeProject("name: x\nmain: stacks/index.ts\npalisade:\n  migrations: db/migrations\n");
    mkdirSync(join(project, "stacks"));
    mkdirSync(join(project, "db/migrations/1_first"), { recursive: true });
    writeFileSync(join(project, "db/migrations/1_first/migration.sql"), "create table first ()");
    vi.stubEnv("PULUMI_NODEJS_ROOT_DIRECTORY", join(project, "stacks"));
    expect(readScripts()).toBe("create table first ()");
  });

  it("is that of the format where nothing is set, for a program as for a command", () => {
    const unset = writeProject("name: migrations\n");
    expect(migrationsFolder(unset, "supabase")).toBe("supabase/migrations");
    mkdirSync(join(unset, "supabase/migrations"), { recursive: true });
    writeFileSync(join(unset, "supabase/migrations/1_first.sql"), "create table first ()");
    vi.stubEnv("PULUMI_NODEJS_ROOT_DIRECTORY", unset);
    expect(readScripts(undefined, "supabase")).toBe("create table first ()");
    const set = writeProject("name: x\npalisade:\n  migrations: prisma/migrations\n");
    expect(migrationsFolder(set, "supabase")).toBe("prisma/migrations");
  });

  it("is Prisma's own where nothing is set, and where the word stands for something else", () => {
    expect(migrationsFolder(createTestFolder())).toBe("prisma/migrations");
    expect(migrationsFolder(writeProject("name: migrations\n"))).toBe("prisma/migrations");
  });
});
