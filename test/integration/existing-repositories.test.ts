import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run as initialise } from "../../infra/cli/init.ts";
import { writeContract } from "../../infra/contract/index.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { writePrismaMigration } from "../../infra/migrations/deployment/new-migration.ts";
import { readDataModel } from "../../infra/prisma/model.ts";
import { locateSchema } from "../../infra/prisma/schema-files.ts";
import { generateTypedTables } from "../../infra/prisma/typed-tables.ts";
import { serve } from "../../infra/provider/main.ts";
import { readProjectIn } from "../../infra/settings/project.ts";
import { migrationsFolder, projectDirectory } from "../../infra/settings/project-folder.ts";
import { createTestFolder } from "../support/folder.ts";
import { linkPackages } from "../support/link-packages.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const datasource = (lines = "") => `datasource db {\n  provider = "postgresql"\n${lines}}\n`;

/** Names with and without @map, two schemas, many-to-many relations without a model, and what Prisma's client does not know. */
const models = `
enum Role {
  OWNER
  MEMBER @map("member")
  @@map("role")
  @@schema("crm")
}
model User {
  id       String       @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid
  email    String       @unique
  Password String?      @ignore
  posts    Post[]
  friends  User[]       @relation("Friends")
  friendOf User[]       @relation("Friends")
  roles    Membership[]
  @@schema("public")
}
model Post {
  id        Int        @id @default(autoincrement())
  authorId  String     @map("author_id") @db.Uuid
  author    User       @relation(fields: [authorId], references: [id])
  tags      Tag[]
  customers Customer[]
  place     Unsupported("point")?
  @@map("blog_posts")
  @@schema("public")
}
model Tag {
  name  String @id
  posts Post[]
  @@schema("public")
}
model Customer {
  id    BigInt @id
  posts Post[]
  @@map("customers")
  @@schema("crm")
}
model Membership {
  userId String @map("user_id") @db.Uuid
  org    String
  role   Role
  user   User   @relation(fields: [userId], references: [id])
  @@id([userId, org])
  @@schema("crm")
}
model Legacy {
  anything String?
  @@ignore
  @@map("legacy log")
  @@schema("public")
}
view Totals {
  id    Int @unique
  posts Int
  @@map("totals")
  @@schema("public")
}
`;
const tablesOfModels = [
  'crm."Membership": user_id, org, role',
  'crm."_CustomerToPost": A, B',
  "crm.customers: id",
  'public."Tag": name',
  'public."User": id, email, Password',
  'public."_Friends": A, B',
  'public."_PostToTag": A, B',
  'public."legacy log": ?',
  "public.blog_posts: id, author_id, place",
];

const note = (more = "") => `model Note {\n  id String @id\n  ownerId String @map("owner_id") @db.Uuid\n${more}}\n`;
const label = "model Label {\n  id Int @id\n  notes Note[]\n}\n";
const migration = `
create table "Note" (id text primary key, owner_id uuid not null);
create table "Label" (id int primary key);
create table "_LabelToNote" ("A" int not null references "Label", "B" text not null references "Note", primary key ("A", "B"));
`;
const tablesOfFolder = ['public."Label": id', 'public."Note": id, owner_id', 'public."_LabelToNote": A, B'];
const lock = { "migration_lock.toml": 'provider = "postgresql"\n', "1_first/migration.sql": migration };
const inFolder = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [join(folder, name), text]));

interface Repository {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** The folder of the package that gets the stack. */
  readonly place?: string;
  readonly hasMigrations?: true;
  /** The tables that the program may declare, with their columns, as the database has them. */
  readonly tables: readonly string[];
  readonly resources: number;
}

const repositories: readonly Repository[] = [
  {
    title: "on Prisma 7, with two schemas and whatever names",
    files: {
      "package.json": '{"name":"shop","type":"module"}',
      "prisma.config.ts": `import { defineConfig } from "prisma/config";\nexport default defineConfig({ schema: "prisma/schema.prisma" });\n`,
      "prisma/schema.prisma": `generator client {\n  provider = "prisma-client"\n  output = "../generated"\n  previewFeatures = ["views"]\n}\n${datasource('  schemas = ["public", "crm"]\n')}${models}`,
    },
    tables: tablesOfModels,
    resources: 13,
  },
  {
    title: "on Prisma 6, with its connection and preview features in the schema",
    files: {
      "package.json": '{"name":"shop"}',
      "prisma/schema.prisma": `generator client {\n  provider = "prisma-client-js"\n  previewFeatures = ["views", "multiSchema", "fullTextSearch"]\n}\n${datasource('  url = env("DATABASE_URL")\n  directUrl = env("DIRECT_URL")\n  schemas = ["public", "crm"]\n')}${models}`,
    },
    tables: tablesOfModels,
    resources: 13,
  },
  {
    title: "with a folder of schema files that package.json names, and migrations",
    files: {
      "package.json": '{"name":"shop","prisma":{"schema":"./db"}}',
      "db/schema.prisma": datasource('  url = env("DATABASE_URL")\n'),
      "db/models/note.prisma": note("  labels Label[]\n"),
      "db/models/more/label.prisma": label,
      ...inFolder("db/migrations", lock),
    },
    hasMigrations: true,
    tables: tablesOfFolder,
    resources: 6,
  },
  {
    title: "of several packages, the stack in one and the schema's folder in another, which its prisma.config.ts names",
    files: {
      "package.json": '{"name":"root","private":true,"workspaces":["apps/*","packages/*"]}',
      "packages/access/package.json": '{"name":"@shop/access","type":"module"}',
      "apps/web/package.json": '{"name":"web"}',
      "apps/web/prisma.config.ts": `import { defineConfig } from "prisma/config";\nexport default defineConfig({ schema: "prisma", migrations: { path: "database/steps" } });\n`,
      "apps/web/prisma/schema.prisma": datasource(),
      "apps/web/prisma/models/note.prisma": note("  labels Label[]\n"),
      "apps/web/prisma/models/label.prisma": label,
      ...inFolder("apps/web/database/steps", lock),
    },
    place: "packages/access",
    hasMigrations: true,
    tables: tablesOfFolder,
    resources: 6,
  },
];

describe("a repository that is there", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server?.stop());

  it.each(repositories)(
    "$title, is set up, deployed and compared",
    async ({ files, place = ".", hasMigrations, tables, resources }) => {
      const root = createTestFolder();
      const folder = join(root, place);
      for (const [path, text] of Object.entries(files)) write(join(root, path), text);
      linkPackages(root, join(projectDirectory, "infra"));
      const database = await server.createDatabase();
      const variable = `${database.database.toUpperCase()}_URL`;
      vi.stubEnv(variable, database.url);
      const said: string[] = [];
      const spy = vi.spyOn(console, "error").mockImplementation((line) => void said.push(String(line)));
      try {
        expect(await initialise([], folder)).toBe(0);
        runFromSources(folder, variable);
        expect(said.join("\n").includes("There are no migrations yet")).toBe(hasMigrations !== true);
        if (!hasMigrations) await writeFirstMigration(folder, database.superuserUrl);
        expect(await deploy(folder, "up", "--yes", "--skip-preview")).toContain(`+ ${resources} created`);
        expect(await deploy(folder, "preview", "--expect-no-changes")).toContain(`${resources} unchanged`);
      } finally {
        spy.mockRestore();
      }

      const { paths } = readProjectIn(folder);
      const schema = await locateSchema(folder, paths.schema);
      const model = await readDataModel(schema);
      const declared = [
        ...model.tables.filter(({ isView }) => !isView),
        ...model.ignoredTables.map((table) => ({ ...table, columns: [], hiddenColumns: [] })),
      ].map((table) => describeTable(table, [...table.columns.map(({ column }) => column), ...table.hiddenColumns]));
      expect(declared.sort()).toEqual(tables);
      const live = await readTables(database.url);
      expect(live.map((line, index) => (tables[index]?.endsWith("?") ? tables[index] : line))).toEqual(tables);

      expect(readFileSync(join(folder, paths.tables), "utf8")).toBe(
        await generateTypedTables(schema, paths.tables, folder),
      );
      const contract = await writeContract({
        directory: folder,
        stack: "dev",
        out: join(root, "application/contract"),
        check: true,
      });
      expect(contract.write).toContain("database.ts");
    },
  );
});

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Here the package is not built, and the database is not the local one. */
function runFromSources(folder: string, variable: string): void {
  const file = join(folder, "Pulumi.yaml");
  const settings = readFileSync(file, "utf8");
  expect(existsSync(join(folder, /path: "(.*provider)"/.exec(settings)?.[1] ?? "", "pulumi-resource-palisade"))).toBe(
    true,
  );
  writeFileSync(file, settings.replace("nodeargs: ", "nodeargs: --conditions=palisade-source "));
  writeFileSync(join(folder, "Pulumi.dev.yaml"), `config:\n  palisade:connection: ${variable}\n`);
}

/** As `palisade migrations new first`, which takes the local database's server for it. */
async function writeFirstMigration(folder: string, connectionString: string): Promise<void> {
  const { paths } = readProjectIn(folder);
  const schema = await locateSchema(folder, paths.schema);
  await writePrismaMigration({
    name: "first",
    directory: join(folder, migrationsFolder(folder)),
    schema,
    connectionString,
  });
}

async function deploy(directory: string, ...args: readonly string[]): Promise<string> {
  const provider = await serve({ projectDirectory: directory });
  try {
    const { exitCode, stdout, stderr } = await runPulumi([...args, "--non-interactive", "--color", "never"], {
      directory,
      stateDirectory: join(directory, "state"),
      stack: "dev",
      output: "capture",
      report: () => undefined,
      environment: { PULUMI_DEBUG_PROVIDERS: `palisade:${provider.port}` },
    });
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
    return stdout;
  } finally {
    await provider.close();
  }
}

async function readTables(url: string): Promise<readonly string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ schema: string; name: string; columns: string[] }>(`
      select n.nspname as schema, c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where n.nspname in ('public', 'crm') and c.relkind = 'r' and c.relname <> '_prisma_migrations' group by 1, 2`);
    return rows.map((table) => describeTable(table, table.columns)).sort();
  } finally {
    await client.end();
  }
}

function describeTable(
  { schema, name }: { readonly schema: string; readonly name: string },
  columns: readonly string[],
) {
  const written = /^[a-z_]+$/.test(name) && !name.startsWith("_") ? name : `"${name}"`;
  return `${schema}.${written}: ${columns.length === 0 ? "?" : columns.join(", ")}`;
}
