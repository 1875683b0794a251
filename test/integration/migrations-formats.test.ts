import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type MigrationFolder,
  migrationFolders,
  removeMigration,
  writeMigrations,
} from "../support/migration-folders.ts";
import { runMigrationsCommand } from "../support/migrations-command.ts";
import { readDiagnostics } from "../support/pulumi-output.ts";
import { type Run, TestStack } from "../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

/** What the Migrations resource is told. */
function said(run: Run): string {
  return (readDiagnostics(run).get("Migrations migrations") ?? []).join("\n");
}

const program = (directory: string, more = "", rest = "") => `
import { Migrations, TableAccess } from "pulumi-palisade";
const migrations = new Migrations("migrations", { directory: "${directory}"${more} });
${rest}
`;

const access = (condition: string) => `
new TableAccess("first", {
  table: "public.first",
  policies: { own: { command: "select", roles: ["authenticated"], using: "${condition}" } },
  grants: { authenticated: ["select"] },
}, { dependsOn: [migrations] });
`;

describe("a stack's migrations", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server?.stop());

  describe.each(migrationFolders)("of the format %s", (_, folder) => {
    let stack: TestStack;

    beforeAll(async () => {
      stack = await TestStack.create({ database: await server.createDatabase(), program: program(folder.directory) });
      write({
        "1_first": "create table public.first (id int);\n",
        "2_second": "create table public.second (id int);\n",
      });
    });
    afterAll(() => stack?.close());

    const write = (scripts: Readonly<Record<string, string | Buffer>>) =>
      writeMigrations(stack.folder, folder, scripts);
    const applied = () => readApplied(stack, folder);

    it("are named by the preview, applied in order and recorded, and then there is nothing to do", async () => {
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).toBe(0);
      expect(said(preview)).toContain("applies 1_first, 2_second");
      const update = await stack.up();
      expect(update.exitCode, update.output).toBe(0);
      expect(await applied()).toEqual(["1_first", "2_second"]);
      const again = await stack.preview("--expect-no-changes");
      expect(again.exitCode, again.output).toBe(0);
      expect(await command("status")).toMatchObject({
        exitCode: 0,
        printed: ["applied  1_first", "applied  2_second"],
      });
    });

    it("are refused at preview where one was edited, or the database is ahead, each with its way out", async () => {
      write({ "1_first": "create table public.first (id text);\n" });
      const second = readFileSync(join(stack.folder, folder.file("2_second")), "utf8");
      removeMigration(stack.folder, folder, "2_second");
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).not.toBe(0);
      expect(said(preview)).toContain("the migration 1_first was edited after it was applied. Restore the file");
      expect(said(preview)).toContain("the migration 2_second is applied in the database and not in the folder");
      write({ "1_first": "create table public.first (id int);\n", "2_second": second });
      expect(await command("status")).toMatchObject({ exitCode: 0 });
    });

    it("are refused at preview where a file is no text for the server, with the line", async () => {
      write({ "3_latin": Buffer.from("-- d\xe9j\xe0 vu\n", "latin1") });
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).not.toBe(0);
      expect(said(preview)).toMatch(/the pending migrations can't be applied: 3_latin\S*\.sql is not UTF-8 \(line 1\)/);
      removeMigration(stack.folder, folder, "3_latin");
    });

    it("carry a policy over, and take back what a migration opens, in its own transaction", async () => {
      write({ "3_owner": "alter table public.first add column owner text;\n" });
      stack.write(program(folder.directory, "", access("owner = 'x'")));
      const first = await stack.run("up", "--yes");
      expect(first.exitCode, first.output).toBe(0);
      write({
        "4_boss":
          "alter table public.first add column boss text, drop column owner;\ngrant select on public.first to anon;\n",
      });
      stack.write(program(folder.directory, "", access("boss = 'x'")));
      const second = await stack.run("up", "--yes");
      expect(second.exitCode, second.output).toBe(0);
      expect(second.output).toContain(
        "the pending migration 4_boss drops public.first.owner, which the policy own on public.first uses: the update brings the policy to its declaration in the migration's own transaction",
      );
      expect(second.output).toContain(
        "the pending migration 4_boss grants select on public.first to anon, which the resource first does not declare: the update takes it back in the migration's own transaction",
      );
      expect(await stack.sql("select has_table_privilege('anon', 'public.first', 'select') as open")).toEqual([
        { open: false },
      ]);
      expect(await stack.sql("select qual from pg_policies where policyname = 'own'")).toEqual([
        { qual: "(boss = 'x'::text)" },
      ]);
      const again = await stack.preview("--expect-no-changes");
      expect(again.exitCode, again.output).toBe(0);
    });

    it("are applied late where they come before one that is applied", async () => {
      write({ "0_late": "create table public.late (id int);\n" });
      const preview = await stack.preview();
      const isWarned = said(preview).includes("0_late comes before a migration that is applied already");
      // Prisma has no word for it.
      expect(isWarned, preview.output).toBe(folder.format.name !== "prisma");
      const update = await stack.up();
      expect(update.exitCode, update.output).toBe(0);
      expect(await applied()).toEqual(["0_late", "1_first", "2_second", "3_owner", "4_boss"]);
    });

    /** `npm run migrations -- …` on the project's stack. */
    async function command(...args: readonly string[]) {
      return await runMigrationsCommand(stack.folder, folder.directory, args);
    }
  });

  describe("that somebody else applies", () => {
    const folder = (migrationFolders.find(([name]) => name === "supabase") ?? [])[1] as MigrationFolder;
    let database: TestDatabase;
    let stack: TestStack;

    beforeAll(async () => {
      database = await server.createDatabase();
      stack = await TestStack.create({ database, program: waiting(1) });
      await stack.sql("create table public.there (id int); alter table public.there owner to postgres");
      writeMigrations(stack.folder, folder, {
        "1_first": "create table public.first (id int, owner text);\ngrant select on public.first to anon;\n",
      });
    });
    afterAll(() => stack?.close());

    const waiting = (seconds: number) => `
import { Migrations, TableAccess } from "pulumi-palisade";
const migrations = new Migrations("migrations", { directory: "supabase/migrations", apply: false }, { customTimeouts: { create: "${seconds}s", update: "${seconds}s" } });
new TableAccess("there", { table: "public.there", grants: { authenticated: ["select"] } });
${access("owner = 'x'")}`;

    it("are named by the preview, with what they contradict, and are never applied", async () => {
      stack.write(waiting(1));
      const update = await stack.run("up", "--yes");
      expect(update.exitCode, update.output).not.toBe(0);
      expect(update.output).toContain(
        "waits for 1_first: with apply: false the update applies none, and somebody else has to",
      );
      expect(update.output).toContain(
        "grants select on public.first to anon, which the resource first does not declare: the update takes it back once it is applied",
      );
      expect(update.output).toContain(
        "1_first is still pending after 1 s, and with apply: false nothing here applies them",
      );
      expect(await stack.sql("select from pg_class where relname = 'first'")).toEqual([]);
      // What does not depend on them is done all the same.
      expect(await stack.sql("select has_table_privilege('authenticated', 'public.there', 'select') as open")).toEqual([
        { open: true },
      ]);
    });

    it("are waited for, and what they opened is taken back when they are there", async () => {
      stack.write(waiting(300));
      const updating = stack.run("up", "--yes");
      while ((await stack.sql("select from pg_stat_activity where query like '%schema_migrations%'")).length === 0)
        await pause(50);
      const { applied } = await folder.format.deploy({
        connectionString: database.url,
        directory: join(stack.folder, folder.directory),
      });
      expect(applied).toEqual(["1_first"]);
      const update = await updating;
      expect(update.exitCode, update.output).toBe(0);
      expect(await stack.sql("select has_table_privilege('anon', 'public.first', 'select') as open")).toEqual([
        { open: false },
      ]);
      const again = await stack.preview("--expect-no-changes");
      expect(again.exitCode, again.output).toBe(0);
    });

    it("are not applied by a command, either", async () => {
      stack.write(waiting(1).replace("apply: false", 'apply: false, command: ["true"]'));
      const preview = await stack.preview();
      expect(said(preview)).toContain("with apply: false the update runs no command; take one of the two away");
    });
  });
});

async function readApplied(stack: TestStack, { names, table, isApplied }: MigrationFolder): Promise<readonly string[]> {
  const rows = await stack.sql(`select ${names} as name from ${table} where ${isApplied} order by 1`);
  return rows.map(({ name }) => String(name));
}
