import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AdoptedProject } from "../support/adopted-project.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const teams = `
  create schema private;
  create table public.teams (id uuid primary key, name text);
  create table public.members (team uuid references public.teams, person uuid, primary key (team, person));
  alter table public.teams enable row level security;
  alter table public.members enable row level security;
  create function private.is_member(team uuid) returns boolean language sql stable security definer set search_path = ''
    as 'select exists (select from public.members m where m.team = $1 and m.person = (select auth.uid()))';
  create policy mine on public.teams for select to authenticated using (private.is_member(id));
  create policy own on public.members to authenticated using (person = (select auth.uid()));
  grant select on public.teams to authenticated;
  create function public.count_teams() returns bigint language sql security invoker as 'select count(*) from public.teams';
  insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
  create policy "Avatars are public" on storage.objects for select using (bucket_id = 'avatars');
  alter publication supabase_realtime add table public.teams;`;

/** Whether a line of the log is a statement that changes something, beside the questions that are rolled back. */
const writes = (line: string) =>
  /statement: (?:alter|grant|revoke|drop|insert|update|delete|create or replace)\b/i.test(line);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(17);
});
afterAll(async () => {
  await server?.stop();
});

describe("a database that was made by hand", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await AdoptedProject.create(server, teams);
  });
  afterAll(async () => {
    await project?.close();
  });

  it("is written as a program without a difference, and nothing is committed in the database", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 differences .* takes over 9 objects as they are, and executes no statement\.$/m);
    expect(project.statements().length).toBeGreaterThan(5);
    expect(project.statements().filter((line) => /statement: commit/i.test(line))).toEqual([]);
  });

  it("gives what is new a place, and keeps what somebody has edited", async () => {
    appendFileSync(
      join(project.folder, "stacks/table-access.ts"),
      "// Ask the platform team before you change this.\n",
    );
    const before = project.files();
    await project.sql(
      `set role postgres; create table public.plans (id int); alter table public.teams add column "Plan Tier" text; reset role`,
    );
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    const after = project.files();
    expect(after["stacks/table-access.ts"]).toContain(before["stacks/table-access.ts"]);
    expect(after["stacks/table-access.ts"]).toContain('new TableAccess("plans"');
    expect(after["stacks/table-access.ts"]).toContain("app.plans");
    expect(after["stacks/tables.ts"]).toContain('planTier: "Plan Tier",');
    const isChanged = (name: string) => after[name] !== before[name];
    expect(Object.keys(after).filter(isChanged)).toEqual(["stacks/table-access.ts", "stacks/tables.ts"]);
  });

  it("is taken over by an update, without a statement", async () => {
    const before = project.statements().length;
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    const sent = project.statements().slice(before);
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.filter(writes)).toEqual([]);
    const preview = await project.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
  });
});

describe("a database that two tools have migrated", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await AdoptedProject.create(
      server,
      `create table public.first (id int); create table public.second (id int);
       create table public._prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
         migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(),
         applied_steps_count integer not null default 0);
       insert into public._prisma_migrations (id, checksum, finished_at, migration_name)
         values ('1', encode(sha256('create table first ()'), 'hex'), now(), '1_first');
       create schema supabase_migrations;
       create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
       insert into supabase_migrations.schema_migrations (version, name) values ('1', 'first');`,
    );
  });
  afterAll(async () => {
    await project?.close();
  });

  const settle = (settings: string) => {
    const names = ["Pulumi.yaml", "supabase/migrations/1_first.sql", "prisma/migrations/1_first/migration.sql"];
    const [yaml = "", ...scripts] = names.map((name) => join(project.folder, name));
    writeFileSync(yaml, `${readFileSync(yaml, "utf8").replace(/^palisade:\n(?: .*\n)+/m, "")}${settings}`);
    for (const script of scripts) {
      mkdirSync(dirname(script), { recursive: true });
      writeFileSync(script, "create table first ()");
    }
  };

  it("is declared with the migrations of the one whose folder the project names", async () => {
    settle("palisade:\n  migrations: supabase/migrations\n");
    const { exitCode, output } = await project.adopt("--only", "Migrations");
    expect(exitCode, output).toBe(0);
    expect(project.files()["stacks/migrations.ts"]?.match(/new Migrations\(/g)).toHaveLength(1);
  });

  it("is declared beside a program with configuration, without the table that only that makes different, which is told with what is not there", async () => {
    settle("");
    const stacks = join(project.folder, "stacks");
    rmSync(stacks, { recursive: true, force: true });
    mkdirSync(stacks);
    appendFileSync(
      join(project.folder, "Pulumi.test.yaml"),
      "  app:key: { secure: v1:not-to-be-read }\n  app:tables: { strict: [second] }\n",
    );
    const convention = `import { Config, runtime } from "@pulumi/pulumi";
      new Config("app").requireSecret("key");
      const { strict } = new Config("app").requireObject<{ strict: string[] }>("tables");
      runtime.registerStackTransformation(({ name, props, opts }) => strict.includes(name) ? { props: { ...props, forceRowSecurity: true }, opts } : undefined);`;
    writeFileSync(join(stacks, "conventions.ts"), convention);
    writeFileSync(join(stacks, "index.ts"), 'import "./conventions.js";\n');
    const models = "model first {\n  id Int @id\n  color String\n}\nmodel gone {\n  id Int @id\n}\n";
    writeFileSync(
      join(project.folder, "prisma/schema.prisma"),
      `datasource db {\n  provider = "postgresql"\n}\n${models}`,
    );
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 differences /m);
    expect(output).toMatch(/^left out {2}TableAccess public\.second: an update would change it\n.*forceRowSecurity/ms);
    expect(output).toMatch(
      /^left out {2}Migrations \w+: the program declares the database's migrations once, as \w+$/m,
    );
    expect(output).toMatch(/^left out {2}public\.gone: schema\.prisma has it.*\nleft out {2}public\.first\.color: /m);
    const { "stacks/table-access.ts": text = "", "stacks/migrations.ts": migrations } = project.files();
    expect(text).toContain('new TableAccess("first"');
    expect(text).not.toContain('new TableAccess("second"');
    // Of the folders that are looked for, the first that is there.
    expect(migrations?.match(/new Migrations\(/g)).toHaveLength(1);
  });
});

describe("a database of which a team wants a part", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await AdoptedProject.create(server, teams);
    appendFileSync(join(project.folder, "Pulumi.yaml"), "palisade:\n  sql: db/access\n");
  });
  afterAll(async () => {
    await project?.close();
  });

  it("is refused by a word that names nothing in it, before anything is written", async () => {
    const { exitCode, output } = await project.adopt("--only", "public.team");
    expect(exitCode).toBe(1);
    expect(output).toContain("the database has no table public.team that a program could declare");
    expect((await project.adopt("--without", "Buket")).output).toMatch(
      /no schema buket .* \(perhaps you meant Bucket\)\. Write a schema \(public\), a table .* or a kind \(.*Bucket/,
    );
    expect(project.files()).toEqual({});
  });

  it("is declared in that part, and in the rest when that is asked for, with the same result as at once", async () => {
    const first = await project.adopt("--only", "public.teams", "--only", "DatabaseFunction", "--without", "private");
    expect(first.exitCode, first.output).toBe(0);
    expect(Object.keys(project.files())).toEqual([
      "stacks/app.ts",
      "stacks/definitions.ts",
      "stacks/functions.ts",
      "stacks/index.ts",
      "stacks/table-access.ts",
      "stacks/tables.ts",
      "db/access/functions/count_teams.sql",
    ]);
    expect(project.files()["stacks/table-access.ts"]).not.toContain("members");
    const rest = await project.adopt();
    expect(rest.exitCode, rest.output).toBe(0);
    const before = project.statements().length;
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    expect(up.output).toContain("takes over 9 objects as they are: no statement is executed for them");
    expect(project.statements().slice(before).filter(writes)).toEqual([]);
  });

  it("is not adopted while its files of functions are read from elsewhere than Pulumi.yaml says", async () => {
    await project.sql(
      "create function public.late() returns int language sql as 'select 1'; alter function public.late() owner to postgres",
    );
    const settings = join(project.folder, "Pulumi.yaml");
    const before = readFileSync(settings, "utf8");
    writeFileSync(settings, before.replace("sql: db/access", "sql: db/other"));
    const { exitCode, output } = await project.adopt();
    writeFileSync(settings, before);
    await project.sql("drop function public.late()");
    expect(exitCode).toBe(1);
    expect(output).toContain(
      "stacks/definitions.ts reads functions from ../db/access/functions, and Pulumi.yaml has them in db/other/functions",
    );
    expect(Object.keys(project.files()).filter((path) => path.startsWith("db/other"))).toEqual([]);
  });

  it("names in the next preview what somebody changes by hand, and heals it", async () => {
    await project.sql(`alter policy own on public.members using (true)`);
    const preview = await project.preview();
    expect(preview.output).toContain("policies.own.using");
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    const again = await project.adopt();
    expect(again.output).toMatch(/^0 differences /m);
  });

  it("is adopted beside somebody's own modules, and tells which of their resources can't be read", async () => {
    const stacks = join(project.folder, "stacks");
    rmSync(join(stacks, "functions.ts"));
    rmSync(join(stacks, "table-access.ts"));
    for (const name of ["app", "definitions"]) writeFileSync(join(stacks, `${name}.ts`), "export const own = 1;\n");
    writeFileSync(
      join(stacks, "index.ts"),
      'import { Bucket } from "pulumi-palisade";\nnew Bucket("broken", { fileSizeLimit: "much" } as never);\n',
    );
    const { exitCode, output } = await project.adopt("--only", "DatabaseFunction", "--only", "TableAccess");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^can't be read.* Bucket broken: fileSizeLimit/m);
    const files = project.files();
    expect(files["stacks/app.ts"]).toBe("export const own = 1;\n");
    expect(files["stacks/table-access.ts"]).toContain('from "./app-2.js"');
    expect(files["stacks/functions.ts"]).toContain('from "./definitions-2.js"');
  });

  it("is refused with a hint where its program does not run without a secret", async () => {
    const settings = join(project.folder, "Pulumi.test.yaml");
    const withSecret = "$1app:key: { secure: v1:not-to-be-read }\n$1palisade:connection";
    writeFileSync(settings, readFileSync(settings, "utf8").replace(/^( +)palisade:connection/m, withSecret));
    writeFileSync(
      join(project.folder, "stacks/index.ts"),
      'import { Config } from "@pulumi/pulumi";\nnew Config("app").requireSecretNumber("key");\n',
    );
    const { exitCode, output } = await project.adopt();
    expect(exitCode).toBe(1);
    expect(output).toContain('the program is run with the word "withheld" for each secret');
  });
});
