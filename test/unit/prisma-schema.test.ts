import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateClient } from "../../infra/prisma/client.ts";
import { parseSchema, readDataModel, toDataModel } from "../../infra/prisma/model.ts";
import { findBlocks } from "../../infra/prisma/schema-blocks.ts";
import { locateSchema, readSchema } from "../../infra/prisma/schema-files.ts";
import { currentFeatures, formOf, toCurrentForm, withClientGenerator } from "../../infra/prisma/schema-forms.ts";
import { generateTypedTables } from "../../infra/prisma/typed-tables.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { createTestFolder } from "../support/folder.ts";

const datasource = 'datasource db {\n  provider = "postgresql"\n}\n';

/** As an application has it that came from Prisma 5. */
const prisma6 = `generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["views", "driverAdapters", "omitApi", "metrics"]
  binaryTargets   = ["native", "rhel-openssl-3.0.x"]
}

generator erd {
  provider = "prisma-erd-generator"
  output   = "../docs/erd.svg"
}

datasource db {
  provider  = "postgresql" // not url = "x"
  url       = env("DATABASE_URL") // the pooler
  directUrl = env("DIRECT_URL")
}

/* model Gone {
  id Int @id
} */
/// With a { in its words.
model Task {
  id    Int    @id @default(autoincrement())
  title String @default("} // no end")
}

view OpenTask {
  id    Int?
  title String

  @@map("open_tasks")
}
`;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "schema-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function useOwnPackages(): void {
  symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
}

describe("a project's Prisma schema", () => {
  const schema = `${datasource}model A {\n  id Int @id\n}\n`;

  it.each(["schema.prisma", "prisma/schema.prisma"])("is found in %s without a setting", async (place) => {
    write({ [place]: schema });
    expect(await locateSchema(folder)).toBe(join(folder, place));
  });

  it("is found in the folder prisma/schema without a setting", async () => {
    write({ "prisma/schema/tasks.prisma": schema });
    expect(await locateSchema(folder)).toBe(join(folder, "prisma/schema"));
  });

  it("is found where package.json says, as up to Prisma 6", async () => {
    write({
      "package.json": JSON.stringify({ prisma: { schema: "db/app.prisma" } }),
      "db/app.prisma": schema,
      "prisma/schema.prisma": schema,
    });
    expect(await locateSchema(folder)).toBe(join(folder, "db/app.prisma"));
  });

  it("is found where prisma.config.ts says, whatever else that reads from an environment which is not set here", async () => {
    useOwnPackages();
    write({
      "prisma.config.ts": `import { join } from "node:path";
        import { defineConfig, env } from "prisma/config";
        export default defineConfig({
          schema: join("prisma", "schema"),
          datasource: { url: env("NOT_SET_ONE"), shadowDatabaseUrl: env("NOT_SET_TWO") },
        });`,
      "package.json": JSON.stringify({ prisma: { schema: "db/app.prisma" } }),
      "prisma/schema/tasks.prisma": schema,
    });
    expect(await locateSchema(folder)).toBe(join(folder, "prisma/schema"));
    expect(process.env).not.toHaveProperty("NOT_SET_ONE");
  });

  it("is missed with the name of what names it, or of the places where it was looked for", async () => {
    await expect(locateSchema(folder)).rejects.toThrow(
      `there is no Prisma schema in ${folder}: prisma.config.ts names none, and none of schema.prisma, prisma/schema.prisma, prisma/schema is there`,
    );
    write({ "package.json": JSON.stringify({ prisma: { schema: "db" } }) });
    await expect(locateSchema(folder)).rejects.toThrow(/package\.json names .*db as Prisma's schema, and there is no/);
    write({ "prisma.config.ts": 'throw new Error("no such luck")' });
    await expect(locateSchema(folder)).rejects.toThrow(
      `${folder}/prisma.config.ts is read by Prisma, which is not installed there: run \`npm install --save-dev prisma\``,
    );
    useOwnPackages();
    await expect(locateSchema(folder)).rejects.toThrow(
      `the prisma.config.ts of ${folder} can't be loaded: no such luck`,
    );
  });

  it("is read from all files of a folder, and a mistake is told with its file", async () => {
    write({
      "schema/main.prisma": datasource,
      "schema/crm/customers.prisma": "model Customer {\n  id Int @id\n  tasks Task[]\n}\n",
      "schema/tasks.prisma":
        "model Task {\n  id Int @id\n  customer Customer @relation(fields: [customerId], references: [id])\n  customerId Int\n}\n",
      "schema/notes.md": "model X",
    });
    const { tables } = await readDataModel(join(folder, "schema"));
    expect(tables.map(({ name }) => name).sort()).toEqual(["Customer", "Task"]);
    write({ "schema/tasks.prisma": "model Task {\n  id Strin @id\n}\n" });
    await expect(readDataModel(join(folder, "schema"))).rejects.toThrow(
      /Type "Strin" is neither[\s\S]*schema\/tasks\.prisma:2/,
    );
  });
});

describe("a schema in Prisma 6's form", () => {
  it("is read as it is, with the place of a mistake where it was", async () => {
    const { tables } = toDataModel(await parseSchema(prisma6));
    expect(tables.map(({ name, isView }) => [name, isView])).toEqual([
      ["Task", false],
      ["open_tasks", true],
    ]);
    const line = prisma6.split("\n").findIndex((text) => text.includes("title String @default")) + 1;
    const wrong = prisma6.replace("title String @default", "title Strin @default");
    await expect(parseSchema(wrong)).rejects.toThrow(new RegExp(`schema\\.prisma:${line}\\b`));
  });

  it("is known by its connection string, and keeps it for the client that the application generates", () => {
    expect(formOf([datasource, prisma6])).toBe(6);
    expect(formOf([toCurrentForm(prisma6)])).toBe(7);
    expect(withClientGenerator([prisma6], { form: 6, output: "./generated" })).toMatch(
      /^generator client \{\n {2}provider = "prisma-client"\n {2}previewFeatures = \["views"\]\n {2}engineType = "client"\n {2}output = "\.\/generated"\n {2}importFileExtension = ""\n\}\n\ndatasource db[^}]*env\("DATABASE_URL"\)/,
    );
  });

  it("loses no feature that this Prisma knows", async () => {
    const { getDMMF } = await import("@prisma/get-dmmf");
    const unknown = `generator c {\n  provider = "prisma-client"\n  previewFeatures = ["none"]\n}\n${datasource}`;
    const read = getDMMF({ datamodel: unknown });
    const [, known = ""] = /Expected one of: ([\w, ]+)/.exec("error" in read ? read.error.message : "") ?? [];
    expect(known.split(", ")).toEqual(currentFeatures);
  });
});

describe("the schema of a contract", () => {
  it("is one file of all of them, whose only generator is the client's with its own settings", async () => {
    const files = [
      'generator types {\n  provider = "json-types"\n}\n\nmodel A {\n  id Int @id\n}\n',
      `${datasource}\ngenerator client {\n  provider = "prisma-client"\n  output = "../x"\n  moduleFormat = "esm" // ours\n}\n`,
    ];
    const text = withClientGenerator(files, { form: 7, output: "./generated" });
    expect(findBlocks(text).map(({ keyword, name }) => `${keyword} ${name}`)).toEqual([
      "generator client",
      "model A",
      "datasource db",
    ]);
    expect(text).toContain('  moduleFormat = "esm"\n');
    await parseSchema(text);
  });
});

describe("an enum's schema", () => {
  it("is told, which Prisma's own parser leaves out", async () => {
    const { enumSchemas } = await parseSchema(
      'datasource db {\n  provider = "postgresql"\n  schemas = ["public", "crm"]\n}\nenum A {\n  X\n  @@map("status")\n  @@schema("crm")\n}\n',
    );
    expect([...enumSchemas]).toEqual([["A", "crm"]]);
  });
});

describe("the typed tables", () => {
  it("are refused where two tables would have one name, of which the first would be lost", async () => {
    write({
      "schema.prisma":
        'datasource db {\n  provider = "postgresql"\n  schemas = ["public", "crm"]\n}\nmodel A {\n  id Int @id\n  @@map("customers")\n  @@schema("crm")\n}\nmodel B {\n  id Int @id\n  @@map("crm_customers")\n  @@schema("public")\n}\n',
    });
    await expect(generateTypedTables(join(folder, "schema.prisma"), "stacks/tables.ts")).rejects.toThrow(
      "stacks/tables.ts would call the table crm.customers and the table public.crm_customers both crmCustomers; rename one of them",
    );
  });

  it("are those of a folder's files", async () => {
    write({ "schema/a.prisma": datasource, "schema/b.prisma": "model Task {\n  id Int @id\n}\n" });
    expect(await generateTypedTables(join(folder, "schema"), "stacks/tables.ts")).toContain("    task: defineTable(");
    expect((await readSchema(join(folder, "schema"))).files).toHaveLength(2);
  });
});

describe("the client of a schema for another Prisma than is installed", () => {
  it("is refused with the package's folder, and the command of its package manager", async () => {
    const folder = createTestFolder();
    mkdirSync(join(folder, "prisma"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "pnpm-lock.yaml"), "");
    const file = join(folder, "prisma/schema.prisma");
    writeFileSync(file, 'datasource db {\n  provider = "postgresql"\n  url = env("DIRECT_URL")\n}\n');
    await expect(generateClient({ schema: file })).rejects.toThrow(
      new RegExp(`and ${folder} has Prisma 7[.\\d]+ installed: run \`pnpm add --save-dev prisma@6\` there`),
    );
  });
});

describe("a schema that can't be read", () => {
  it("is told with its first problems, as one mistake may make each line after it another", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `  field${index} Int`).join("\n");
    const refused = await parseSchema(`generator client { provider = "prisma-client"\n${lines}\n}`).catch(String);
    expect(refused).toMatch(/^InputError: schema\.prisma cannot be read: error: /);
    expect(String(refused).match(/^\s*-->/gm)).toHaveLength(3);
    expect(refused).toMatch(/\n… and \d+ more$/);
  });
});
