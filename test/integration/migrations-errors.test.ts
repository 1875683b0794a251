import { execFileSync } from "node:child_process";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../infra/cli/migrations.ts";
import { runMigrationsCommand } from "../support/migrations-command.ts";
import { readDiagnostics } from "../support/pulumi-output.ts";
import type { Run } from "../support/stack.ts";
import { type MigrationsStack, openMigrationsStack } from "./migrations-stack.ts";

const program = `
import { Migrations } from "pulumi-palisade";
new Migrations("migrations", { directory: "migrations" });
`;

/** What the Migrations resource is told. */
function said(run: Run): string {
  return (readDiagnostics(run).get("Migrations migrations") ?? []).join("\n");
}

describe.each([17, 15] as const)("migrations that can't be applied, on PostgreSQL %i", (major) => {
  let project: MigrationsStack;

  beforeAll(async () => {
    project = await openMigrationsStack(major, { program });
  });
  afterAll(() => project?.close());

  const deploy = () => project.stack.run("up", "--yes");

  it("are refused at preview where the folder is none, naming the property", async () => {
    const run = await project.stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toContain("property directory value {migrations} has a problem: there is no folder migrations;");
  });

  it("wait for another deployment of migrations, then name who is deploying", async () => {
    project.migration("1_first", "create table public.first (id int)");
    const other = new pg.Client({ connectionString: project.database.url, application_name: "somebody's deployment" });
    await other.connect();
    const { rows } = await other.query("select pg_advisory_lock(72707369), pg_backend_pid() as pid");
    const run = await deploy();
    await other.end();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toMatch(
      new RegExp(
        `Prisma's lock 72707369 was not free within 10 s\\..*session ${rows[0].pid} .*user postgres, application somebody's deployment`,
      ),
    );
    expect(await project.stack.sql("select 1 from pg_class where relname = 'first'")).toEqual([]);
  });

  it("tell the database's own words when one fails, and keep those before it", async () => {
    project.migration("2_second", "create table public.second (id int);\ninsert into public.nowhere values (1)");
    project.migration("3_third", "create table public.third (id int)");
    const run = await deploy();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toContain('the migration 2_second failed: ERROR: relation "public.nowhere" does not exist');
    expect(said(run)).toContain("LINE 2: insert into public.nowhere values (1)");
    const tables = "select relname from pg_class where relname in ('first', 'second', 'third')";
    expect(await project.stack.sql(tables)).toEqual([{ relname: "first" }]);
  });

  it("are refused at preview for each reason in the history, each with its way out", async () => {
    project.migration("0_ahead", "create table public.ahead (id int)");
    await project.stack.sql("create table public.ahead (id int)");
    await project.stack.sql(
      "insert into public._prisma_migrations (id, checksum, migration_name, started_at, finished_at) values ('a', 'b', '0_ahead', now(), now()), ('c', 'd', '0_gone', now(), now()), ('e', 'f', '3_third', now(), null)",
    );
    const run = await project.stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toContain(
      'the migration 2_second failed: ERROR: relation "public.nowhere" does not exist. Put right what it says, then `npm run migrations -- resolve --rolled-back 2_second --directory migrations --stack test`',
    );
    expect(said(run)).toMatch(/the migration 3_third, started at \S+, is still running or was killed/);
    expect(said(run)).toContain("the migration 0_ahead was edited after it was applied. Restore the file");
    expect(said(run)).toContain("the migration 0_gone is applied in the database and not in the folder");
    expect(said(run)).not.toContain("postgresql://");
  });

  it("are refused in an update that nobody previewed, before anything is applied", async () => {
    const run = await project.stack.up();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run)).toContain("the migration 0_ahead was edited after it was applied");
  });

  it("are applied once everything is put right and resolved by the project's command", async () => {
    project.remove("migrations/0_ahead");
    await project.stack.sql("delete from public._prisma_migrations where migration_name in ('0_ahead', '0_gone')");
    project.migration("2_second", "create table public.second (id int)");
    await project.stack.sql("create table public.third (id int)");

    const before = await migrationsCommand("status");
    expect(before).toMatchObject({ exitCode: 1, printed: ["applied  1_first"] });
    expect(before.told.join("\n")).toContain("the migration 2_second failed");
    expect(await migrationsCommand("resolve", "--rolled-back", "2_second")).toMatchObject({ exitCode: 0 });
    expect(await migrationsCommand("resolve", "--applied", "3_third")).toMatchObject({ exitCode: 0 });
    expect(await migrationsCommand("status")).toMatchObject({
      exitCode: 1,
      printed: ["applied  1_first", "applied  3_third", "pending  2_second"],
    });

    const run = await deploy();
    expect(run.exitCode, run.output).toBe(0);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
    const after = await migrationsCommand("status");
    expect(after).toMatchObject({ exitCode: 0 });
    expect(after.told.join()).toContain("The database of the stack test: 127.0.0.1:");
    expect(after.told.join()).not.toContain("postgresql://");
  });

  it("are not looked for in the database of a stack that does not exist", async () => {
    await expect(run(["status", "--stack", "prodd"], project.stack.folder)).rejects.toThrow(
      "there is no Pulumi.prodd.yaml",
    );
    await expect(run(["resolve", "--rolled", "1_first"], project.stack.folder)).rejects.toThrow(
      "Unknown option '--rolled'",
    );
    expect(await migrationsCommand("resolve")).toMatchObject({ exitCode: 1 });
  });

  /** `npm run migrations -- …` on the project's stack. */
  async function migrationsCommand(...args: readonly string[]) {
    return await runMigrationsCommand(project.stack.folder, "migrations", args);
  }

  describe("when the update is stopped half-way", () => {
    const sleeping = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";

    beforeAll(() => project.migration("4_slow", "create table public.slow (id int);\nselect pg_sleep(86400)"));

    const slowTable = () => project.stack.sql("select 1 from pg_class where relname = 'slow'");

    it("leave nothing behind on Ctrl-C, and are cancelled at once", async () => {
      const running = deploy();
      await project.until(sleeping);
      process.kill(childNamed("pulumi"), "SIGINT");
      const run = await running;
      expect(run.exitCode, run.output).not.toBe(0);
      expect(await project.stack.sql(sleeping)).toEqual([]);
      expect(await slowTable()).toEqual([]);
      expect(said(run)).toContain("Nothing of it stayed, and there is nothing to resolve: deploy again.");
    });

    it("are pending, and no failure, after a connection was lost; the next update applies them", async () => {
      const running = deploy();
      await project.until(sleeping);
      await project.stack.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
      const run = await running;
      expect(run.exitCode, run.output).not.toBe(0);
      expect(await slowTable()).toEqual([]);
      const preview = await project.stack.preview("--diff");
      expect(preview.exitCode, preview.output).toBe(0);
      expect(preview.output).toMatch(/\+ 4_slow: "[0-9a-f]{64}"/);

      project.migration("4_slow", "create table public.slow (id int)");
      const healed = await deploy();
      expect(healed.exitCode, healed.output).toBe(0);
      expect(await slowTable()).toHaveLength(1);
    });
  });
});

function childNamed(name: string): number {
  return Number(execFileSync("pgrep", ["-P", String(process.pid), "-x", name], { encoding: "utf8" }));
}
