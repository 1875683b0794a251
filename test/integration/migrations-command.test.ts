import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics } from "../support/pulumi-output.ts";
import type { Run } from "../support/stack.ts";
import { probeDuring } from "./migrations-prober.ts";
import { type MigrationsStack, openMigrationsStack } from "./migrations-stack.ts";

const program = (condition: string, command: readonly string[] = ["node", "--import", "tsx", "deploy.ts"]) => `
import { Migrations, TableAccess, TableReference } from "pulumi-palisade";
const migrations = new Migrations("migrations", { command: ${JSON.stringify(command)} });
new TableAccess("notes", { table: new TableReference("public", "notes", migrations), grants: { authenticated: ["select"] }, policies: {
  mine: { command: "select", roles: ["authenticated"], using: ${JSON.stringify(condition)} },
} });
`;

/** Stands for `npx prisma migrate deploy`, whose engine is a download. */
const deployScript = `
import { setTimeout as pause } from "node:timers/promises";
import { deployPrismaMigrations } from "./infra/migrations/deployment/deploy-migrations.ts";
const { DATABASE_URL, DIRECT_URL } = process.env;
console.log("Datasource at " + DIRECT_URL + ", " + (DATABASE_URL === DIRECT_URL) + ", " + process.argv.length);
await pause(300);
await deployPrismaMigrations({ connectionString: DIRECT_URL, directory: "migrations", onProgress: console.log });
`;

const me = "current_setting('request.jwt.claims')::jsonb ->> 'sub'";

// Nothing of it depends on the version: how tables are closed and opened is tried on others by `migrations-changed-tables`.
describe("migrations that a command of the user's applies", () => {
  let project: MigrationsStack;
  let password: string;

  beforeAll(async () => {
    project = await openMigrationsStack(17, { program: program(`owner = ${me}`) });
    project.write("deploy.ts", deployScript);
    appendFileSync(join(project.stack.folder, "Pulumi.yaml"), "palisade:\n  migrations: migrations\n");
    project.migration(
      "1_notes",
      "create table public.notes (id text primary key, owner text); insert into public.notes values ('a1', 'ann'), ('b1', 'bob')",
    );
    password = new URL(project.database.url).password;
  });
  afterAll(() => project?.close());

  const deploy = () => project.stack.run("up", "--yes");
  const said = (run: Run) => (readDiagnostics(run).get("Migrations migrations") ?? []).join("\n");
  const condition = async () => {
    const [row] = await project.stack.sql("select pg_get_expr(polqual, polrelid) as using from pg_policy");
    return row?.using;
  };

  it("are applied by it, its lines shown, the address in its environment alone", async () => {
    const run = await deploy();
    expect(run.exitCode, run.output).toBe(0);
    expect(said(run)).toBe("Datasource at [secret], true, 2\nApplying migration 1_notes");
    expect(run.output).not.toContain(password);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
    const state = readdirSync(join(project.stack.folder, "state"), { recursive: true, withFileTypes: true });
    const texts = state
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes(password))).toEqual([]);
  });

  it("may take away what a policy uses: it lets nothing through meanwhile, and never too much", async () => {
    project.migration(
      "2_author",
      "alter table public.notes add column author text; update public.notes set author = owner; alter table public.notes drop column owner",
    );
    project.stack.write(program(`author = ${me}`));
    const rows = { user: "ann", query: "select id from public.notes", expected: "a1" };
    const { result, sightings } = await probeDuring(project.database.url, rows, deploy);
    expect(result.exitCode, result.output).toBe(0);
    expect(result.output).toContain("the policy lets nothing through while the command runs");
    expect([...sightings.answers.keys()].sort()).toEqual(["", "a1"]);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
  });

  it("leave the policies as they were where the command fails, and say what it said", async () => {
    const before = await condition();
    project.migration(
      "3_writer",
      "alter table public.notes rename column author to writer; alter table public.notes drop column writer",
    );
    project.stack.write(
      program("id = 'a1'", ["node", "-e", "console.error('no ' + process.env.DIRECT_URL); process.exit(3)"]),
    );
    const run = await deploy();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toMatch(/`node -e .*` failed with exit code 3:\nno \[secret\]/);
    expect(run.output).not.toContain(password);
    expect(await condition()).toBe(before);
  });

  it("are reported where the command leaves them pending", async () => {
    project.stack.write(program("id = 'a1'", ["node", "-e", "0"]));
    const run = await deploy();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toContain("the command ended well and left 3_writer pending");
    project.stack.write(program("id = 'a1'"));
    const healed = await deploy();
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("may not open what is declared: it lets nothing through meanwhile, and is as declared afterwards, whether the command succeeds or not", async () => {
    project.migration(
      "4_open",
      "create policy open on public.notes using (true); grant select on public.notes to anon; alter table public.notes disable row level security",
    );
    const rows = { user: "bob", query: "select id from public.notes", expected: "a1" };
    const { result, sightings } = await probeDuring(project.database.url, rows, deploy);
    expect(result.exitCode, result.output).toBe(0);
    expect(result.output).toContain(
      "the pending migration 4_open creates the policy open on public.notes for everybody, which the resource notes does not declare: the update drops it when the command has ended, and public.notes lets nothing through until then",
    );
    expect([...sightings.answers.keys()].filter((answer) => answer.includes(","))).toEqual([]);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);

    project.migration("5_fails", "grant select on public.notes to anon");
    const script = `import "./deploy.ts"; process.exit(3)`;
    project.write("fail.ts", script.replace("import", "await import").replace(`"./deploy.ts"`, `("./deploy.ts")`));
    project.stack.write(program("id = 'a1'", ["node", "--import", "tsx", "fail.ts"]));
    const failed = await deploy();
    expect(failed.exitCode, failed.output).not.toBe(0);
    const [held] = await project.stack.sql(
      "select has_table_privilege('anon', 'public.notes', 'select') as anon, (select count(*)::int from pg_policy) as policies",
    );
    expect(held).toEqual({ anon: false, policies: 1 });
    project.stack.write(program("id = 'a1'"));
    const healed = await project.stack.preview("--expect-no-changes");
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("open again what a deployment that was killed left closed, and the preview names it", async () => {
    const files = `
      import { Policy } from "pulumi-palisade";
      new Policy("files", { table: "storage.objects", name: "files", command: "select", roles: ["authenticated"], using: "owner_id = 'ann'" });`;
    project.stack.write(program("id = 'a1'") + files);
    const made = await deploy();
    expect(made.exitCode, made.output).toBe(0);
    const policies = async () =>
      (await project.stack.sql("select policyname::text as name from pg_policies order by 1")).map(({ name }) => name);
    expect(await policies()).toEqual(["files", "mine"]);
    const administrator = new pg.Client(project.database.superuserUrl);
    await administrator.connect();
    for (const table of ["public.notes", "storage.objects"]) {
      await administrator.query(
        `create policy "palisade: closed while migrations are applied" on ${table} as restrictive using (false) with check (false)`,
      );
    }
    await administrator.end();
    const preview = await project.stack.preview();
    expect(preview.exitCode, preview.output).toBe(0);
    const line = `lets nothing through, since an update that was interrupted left the policy "palisade: closed while migrations are applied" there`;
    for (const table of ["public.notes", "storage.objects"]) expect(said(preview)).toContain(`${table} ${line}`);
    const run = await deploy();
    expect(run.exitCode, run.output).toBe(0);
    expect(said(run)).toContain(`storage.objects ${line}: it is open again`);
    expect(await policies()).toEqual(["files", "mine"]);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
  });

  it("need a command that names a program", async () => {
    project.stack.write(program("id = 'a1'", []));
    const run = await project.stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain("Migrations resource 'migrations': property command value {[]} has a problem:");
  });
});
