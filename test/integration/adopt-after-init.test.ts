import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run as initialise } from "../../infra/cli/init.ts";
import { AdoptedProject } from "../support/adopted-project.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const script = "create table public.notes (id uuid primary key, author uuid);";
const tables = `${script}
  alter table public.notes enable row level security;
  create policy own on public.notes for select to authenticated using (author = auth.uid());
  grant select on public.notes to authenticated;
  insert into storage.buckets (id, name) values ('files', 'files');`;
const schema = `datasource db {
  provider = "postgresql"
}
model Note {
  id     String  @id @db.Uuid
  author String? @db.Uuid
  @@map("notes")
}
`;

interface Repository {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** The record of its migrations. */
  readonly record: string;
}

const repositories: readonly Repository[] = [
  {
    title: "supabase/migrations",
    files: { "supabase/migrations/1_first.sql": script },
    record: `create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
      insert into supabase_migrations.schema_migrations (version, name) values ('1', 'first');`,
  },
  {
    title: "a Prisma schema",
    files: { "prisma/schema.prisma": schema, "prisma/migrations/1_first/migration.sql": script },
    record: `create table public._prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
        migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(),
        applied_steps_count integer not null default 0);
      insert into public._prisma_migrations (id, checksum, finished_at, migration_name)
        values ('1', encode(sha256('${script}'), 'hex'), now(), '1_first');`,
  },
  { title: "neither", files: {}, record: "" },
];

/** A database with the tables and the record, and a project for it that `init` has set up. */
async function setUp({ files, record }: Repository): Promise<AdoptedProject> {
  const project = await AdoptedProject.create(server, `${tables}${record}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project.folder, path)), { recursive: true });
    writeFileSync(join(project.folder, path), text);
  }
  const spy = vi.spyOn(console, "error").mockReturnValue();
  await initialise([], project.folder);
  spy.mockRestore();
  return project;
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(17);
});
afterAll(async () => {
  await server?.stop();
});

describe.each(repositories)("a project that init has set up, with $title", (repository) => {
  let project: AdoptedProject;
  let first: string | undefined;
  beforeAll(async () => {
    project = await setUp(repository);
    first = project.files()["stacks/index.ts"];
  });
  afterAll(async () => {
    await project?.close();
  });
  const appsIn = (program: Readonly<Record<string, string>>) =>
    Object.keys(program).filter((path) => /^(?:export )?const app = /m.test(program[path] ?? ""));

  it("keeps its first program while a part is adopted, and names the command that replaces it", async () => {
    const { exitCode, output } = await project.adopt("--only", "public.notes");
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^stacks\/index\.ts is the program that `init` has written.*adopt without --only/m);
    expect(project.files()["stacks/index.ts"]?.replace('import "./table-access.js";\n', "")).toBe(first);
  });

  it("has one program when all is adopted: with the same tables for all, and with its migrations", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 differences /m);
    expect(output).toMatch(/^replaced {2}.*stacks\/index\.ts, which was as `init` wrote it$/m);
    const program = project.files();
    expect(appsIn(program)).toEqual(["stacks/app.ts"]);
    expect(program["stacks/index.ts"]).toContain('import "./table-access.js";\n');
    expect(
      program["stacks/index.ts"]?.split("\n").filter((line) => !/^(?:\/\/ .*|import "\.\/.*\.js";|)$/.test(line)),
    ).toEqual([]);
    expect(program["stacks/migrations.ts"]?.includes("new Migrations(") ?? false).toBe(repository.record !== "");
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    const again = await project.adopt();
    expect(again.output).toContain("There is nothing that the program does not declare already.");
    expect(project.files()).toEqual(program);
  });
});

describe("a project that init has set up, on a database without a record of its migrations", () => {
  const { record, ...repository } = repositories[0] as Repository;
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await setUp({ ...repository, record: "" });
  });
  afterAll(async () => {
    await project?.close();
  });

  it("keeps its first program, as nothing else declares the migrations, until their record is made", async () => {
    const first = project.files()["stacks/index.ts"];
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/no record of any of them\. .*migrations.* resolve --applied 1_first/);
    expect(output).toMatch(/^stacks\/index\.ts is the program .*It stays, .*\(Migrations supabase\)/m);
    const program = project.files();
    expect(program["stacks/index.ts"]?.replaceAll(/^import "\.\/[\w-]+\.js";\n/gm, "")).toBe(first);
    expect(program["stacks/table-access.ts"]).toContain('"notes"');
    expect((await project.adopt()).exitCode).toBe(1);
    expect(project.files()).toEqual(program);
    await project.sql(`set role postgres; ${record} reset role`);
    const recorded = await project.adopt();
    expect(recorded.exitCode, recorded.output).toBe(0);
    expect(recorded.output).toMatch(/^replaced {2}.*stacks\/index\.ts/m);
    expect(project.files()["stacks/migrations.ts"]).toContain("new Migrations(");
    expect(project.files()["stacks/table-access.ts"]).toBe(program["stacks/table-access.ts"]);
  });
});

describe("a project whose first program somebody has edited", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await setUp(repositories[0] as Repository);
    appendFileSync(join(project.folder, "stacks/index.ts"), "// Ours.\n");
  });
  afterAll(async () => {
    await project?.close();
  });

  it("keeps it beside what is adopted, and says what to take out of it", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(
      /^Take out of stacks\/index\.ts, .*: `app`, as .*; the comment that nothing is declared yet\.$/m,
    );
    expect(project.files()["stacks/index.ts"]).toContain("// Ours.\n");
  });
});
