import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { deployPrismaMigrations } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { MigrationError } from "../../infra/migrations/deployment/migration-error.ts";
import { writePrismaMigration } from "../../infra/migrations/deployment/new-migration.ts";
import {
  markApplied,
  markRolledBack,
  migrateDiff,
  readPrismaRecords,
} from "../../infra/migrations/deployment/prisma-commands.ts";
import { readPrismaFolder } from "../../infra/migrations/formats/prisma/folder.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { useMigrationsDatabase } from "./migrations-database.ts";

const projectMigrations = "prisma/migrations";

describe.each([17, 15] as const)("Prisma migrations on PostgreSQL %i", (major) => {
  const at = useMigrationsDatabase(major);

  const deploy = () => deployPrismaMigrations({ connectionString: at.database.url, directory: at.project });

  const write = async (migrations: Readonly<Record<string, string>>) => {
    for (const [name, script] of Object.entries(migrations)) {
      await mkdir(join(at.project, name), { recursive: true });
      await writeFile(join(at.project, name, "migration.sql"), script);
    }
  };

  const history = async () =>
    compareHistory(await readPrismaFolder(at.project), await readPrismaRecords(at.database.url));

  it("creates the application's tables, and has nothing to do the second time", async () => {
    const target = { connectionString: at.database.url, directory: projectMigrations };
    const folder = await readPrismaFolder(projectMigrations);
    expect(await deployPrismaMigrations(target)).toEqual({ applied: folder.map(({ name }) => name) });
    expect(await deployPrismaMigrations(target)).toEqual({ applied: [] });

    const rows = await readPrismaRecords(at.database.url);
    expect(rows.map((row) => row.checksum)).toEqual(folder.map(({ checksum }) => checksum));
    const { rows: tables } = await at.client.query(
      "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    expect(tables.map(({ relname }) => relname).sort()).toEqual([
      "_prisma_migrations",
      "ai_conversations",
      "attachments",
      "customers",
      "notifications",
      "organization_invitations",
      "organization_members",
      "organizations",
      "projects",
      "tasks",
      "users",
    ]);
  });

  it("leads to exactly what schema.prisma declares, as replayed in an empty database and as applied", async () => {
    const schema = { kind: "schema", schema: await readFile("prisma/schema.prisma", "utf8") } as const;
    await deployPrismaMigrations({ connectionString: at.database.url, directory: projectMigrations });
    const diff = (from: Parameters<typeof migrateDiff>[0]["from"]) =>
      migrateDiff({ connectionString: at.database.url, from, to: schema });
    expect(await diff({ kind: "migrations", directory: projectMigrations })).toBe("");
    expect(await diff({ kind: "database" })).toBe("");
    // The engine reads checks as well, and has no words for them.
    const checks = "select from pg_constraint where contype = 'c' and conname like '%email_check' and convalidated";
    expect(await at.client.query(checks)).toMatchObject({ rowCount: 2 });
    await at.client.query("alter table public.tasks drop column title");
    expect(await diff({ kind: "database" })).toContain('ADD COLUMN     "title" TEXT NOT NULL');
    const { rows } = await at.client.query("select 1 from pg_database where datname like 'prisma_migrate_shadow_db%'");
    expect(rows).toEqual([]);
  });

  describe("a new migration", () => {
    const models = `datasource db {\n  provider = "postgresql"\n}\n\nmodel Note {\n  id String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid\n}\n`;
    const writeNew = async (schema: string, name = "add notes", now?: Date) => {
      const path = join(at.project, "schema.prisma");
      await writeFile(path, schema);
      return await writePrismaMigration({
        name,
        directory: at.project,
        schema: path,
        connectionString: at.database.url,
        ...(now && { now }),
      });
    };

    it("is the difference between the migrations and the schema, applied by nobody, and deployed like any other", async () => {
      const first = await writeNew(models, "Add notes!", new Date("2026-01-02T03:04:05Z"));
      expect(first?.name).toBe("20260102030405_add_notes");
      expect(first?.script).toContain('CREATE TABLE "Note"');
      expect(await readFile(join(at.project, "migration_lock.toml"), "utf8")).toContain('provider = "postgresql"');
      expect((await at.client.query("select to_regclass('public.\"Note\"') as found")).rows).toEqual([{ found: null }]);
      expect(await writeNew(models, "again")).toBeUndefined();
      const second = await writeNew(models.replace("@db.Uuid\n", "@db.Uuid\n  title String?\n"), "title");
      expect(second?.script).toContain('ADD COLUMN     "title" TEXT');
      expect(second?.script).not.toContain("CREATE TABLE");
      expect(await deploy()).toEqual({ applied: [first?.name, second?.name] });
      const { rows } = await at.client.query(
        "select 1 from pg_database where datname like 'prisma_migrate_shadow_db%'",
      );
      expect(rows).toEqual([]);
    });

    it("is refused where it would not come last, has no name, or the schema can't be read", async () => {
      await write({ "29990101000000_late": "create table public.late (id int)" });
      await expect(writeNew(models)).rejects.toThrow("the folder holds 29990101000000_late, which would come after");
      await expect(writeNew(models, "!")).rejects.toThrow('"!" is no name for a migration');
      await expect(writeNew(models.replace("String @id", "Strin @id"), "next", new Date("2999-02-01"))).rejects.toThrow(
        /Strin/,
      );
    });
  });

  it("takes rows of before with it: what has one answer is put right, the rest stays, and can't be made anew", async () => {
    const hardening = "20260119090000_harden_tenancy";
    const scripts = await readPrismaFolder(projectMigrations);
    const before = scripts.filter(({ name }) => name < hardening);
    for (const { name } of before)
      await write({ [name]: await readFile(join(projectMigrations, name, "migration.sql"), "utf8") });
    await deploy();
    await at.client.query(`
      insert into users (id, email, avatar_path) values ('ann', 'Ann@Example.com', 'ann/me.png'), ('twin', 'ann@example.com', null), ('none', '', null), ('bob', 'bob@example.com', 'ann/me.png');
      insert into organizations (id, name, slug) values ('red', 'Red', 'red'), ('blue', 'Blue', 'blue'), ('green', 'Green', 'green');
      insert into organization_members (user_id, organization_id, role) values ('ann', 'red', 'OWNER'), ('bob', 'blue', 'OWNER');
      insert into projects (id, organization_id, name) values ('p', 'red', 'P');
      insert into tasks (id, organization_id, project_id, title, assignee_id, updated_at) values ('1', 'red', 'p', 'T', 'ann', 'epoch'), ('2', 'red', 'p', 'T', 'bob', 'epoch');
      insert into attachments (id, organization_id, name, path, content_type, size_bytes, uploaded_by_id) values
        ('good', 'red', 'A', 'red/a', 'text/plain', 1, 'ann'), ('foreign', 'red', 'A', 'blue/a', 'text/plain', 1, 'bob'), ('negative', 'red', 'A', 'red/b', 'text/plain', -1, null)`);
    await write({ [hardening]: await readFile(join(projectMigrations, hardening, "migration.sql"), "utf8") });
    const lines: string[] = [];
    await deployPrismaMigrations({
      connectionString: at.database.url,
      directory: at.project,
      onProgress: (line) => lines.push(line),
    });
    expect(lines.slice(1)).toEqual([
      "NOTICE: 1 tasks had an assignee who is no member of their organisation; they have none now",
      "NOTICE: 1 attachments were uploaded by somebody who is no member of their organisation; they name nobody now",
      "WARNING: 2 attachments whose path or size is impossible, left as they are: 'foreign', 'negative'",
      "WARNING: 1 organisations without an owner, left as they are: 'green'",
      "WARNING: 1 users whose avatar is outside their folder, left as they are: 'bob'",
    ]);

    const select = async (sql: string) => (await at.client.query(sql)).rows;
    // Before any policy, for whoever applies it without the program.
    expect(await select("select relrowsecurity from pg_class where relname = 'organization_invitations'")).toEqual([
      { relrowsecurity: true },
    ]);
    expect(await select("select id, email from users order by id")).toEqual([
      { id: "ann", email: "ann@example.com" },
      { id: "bob", email: "bob@example.com" },
      { id: "none", email: null },
      { id: "twin", email: "ann@example.com" },
    ]);
    expect(await select("select id, assignee_id, updated_at = 'epoch' as unchanged from tasks order by id")).toEqual([
      { id: "1", assignee_id: "ann", unchanged: true },
      { id: "2", assignee_id: null, unchanged: true },
    ]);
    expect(await select("select id, uploaded_by_id, path from attachments order by id")).toEqual([
      { id: "foreign", uploaded_by_id: null, path: "blue/a" },
      { id: "good", uploaded_by_id: "ann", path: "red/a" },
      { id: "negative", uploaded_by_id: null, path: "red/b" },
    ]);
    await expect(at.client.query("update attachments set path = 'blue/b' where id = 'good'")).rejects.toMatchObject({
      constraint: "attachments_path_check",
    });
    await at.client.query("update attachments set name = 'B', task_id = '1'; update users set name = 'N'");
    await at.client.query("update attachments set path = 'red/c' where id = 'foreign'");
    await at.client.query(
      "insert into organization_members (user_id, organization_id, role) values ('ann', 'green', 'OWNER')",
    );
  });

  describe("when a migration fails", () => {
    beforeEach(() =>
      write({
        "1_good": "create table public.good (id int)",
        "2_bad": "create table public.half (id int);\n-- ü\ninsert into public.nowhere values (1);\n",
        "3_later": "create table public.later (id int)",
      }),
    );

    it("says which and why in the database's words, keeps what came before and nothing of the rest", async () => {
      const error = await deploy().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MigrationError);
      expect(error).toMatchObject({ migration: "2_bad", sqlState: "42P01" });
      expect(String(error)).toContain(
        'ERROR: relation "public.nowhere" does not exist\nLINE 3: insert into public.nowhere values (1);',
      );
      expect(String(error)).not.toContain(new URL(at.database.url).password);
      expect([await at.exists("public.good"), await at.exists("public.half"), await at.exists("public.later")]).toEqual(
        [true, false, false],
      );
    });

    it("leaves the row that Prisma leaves", async () => {
      await deploy().catch(() => {});
      const [, row] = (await at.client.query("select * from _prisma_migrations order by started_at")).rows;
      const [, { checksum } = {}] = await readPrismaFolder(at.project);
      expect(row).toMatchObject({
        migration_name: "2_bad",
        checksum,
        finished_at: null,
        rolled_back_at: null,
        applied_steps_count: 0,
      });
      expect(row.logs).toMatch(
        /^A migration failed to apply\..*\n\nMigration name: 2_bad\n\nDatabase error code: 42P01\n\nDatabase error:\nERROR: relation/,
      );
      expect((await history()).failed).toMatchObject([{ name: "2_bad", logs: row.logs }]);
    });

    it("refuses to go on until it is resolved, and goes on when it is", async () => {
      await deploy().catch(() => {});
      await expect(deploy()).rejects.toMatchObject({
        migration: "2_bad",
        message: expect.stringContaining("npm run migrations -- resolve --rolled-back 2_bad"),
      });
      await markRolledBack(at.database.url, "2_bad");
      expect(await history()).toMatchObject({ rolledBack: ["2_bad"], pending: ["2_bad", "3_later"], failed: [] });
      await write({ "2_bad": "create table public.half (id int)" });
      expect(await deploy()).toEqual({ applied: ["2_bad", "3_later"] });
      expect(await history()).toMatchObject({ applied: ["1_good", "2_bad", "3_later"], rolledBack: [], edited: [] });
    });

    it("can be recorded as applied instead", async () => {
      await deploy().catch(() => {});
      await markApplied({ connectionString: at.database.url, directory: at.project }, "2_bad");
      expect(await deploy()).toEqual({ applied: ["3_later"] });
      const again = markApplied({ connectionString: at.database.url, directory: at.project }, "2_bad");
      await expect(again).rejects.toThrow("The migration `2_bad` is already recorded as applied");
      await expect(markRolledBack(at.database.url, "9_unknown")).rejects.toThrow(
        "Migration `9_unknown` cannot be rolled back",
      );
    });
  });

  it("names the way out for a database that has tables and no history", async () => {
    await at.client.query("create table public.good (id int)");
    await write({ "1_baseline": "create table public.good (id int)", "2_next": "create table public.next (id int)" });
    await expect(deploy()).rejects.toMatchObject({
      message: expect.stringMatching(/^The database schema is not empty.*npm run migrations -- resolve --applied/s),
    });
    await markApplied({ connectionString: at.database.url, directory: at.project }, "1_baseline");
    expect(await deploy()).toEqual({ applied: ["2_next"] });
  });

  it("says what it may not do, in the database's words", async () => {
    const administrator = new pg.Client(at.database.superuserUrl);
    await administrator.connect();
    await administrator.query(`
        create role visitor login password 'visitor';
        grant connect on database ${at.database.database} to visitor;
        grant usage on schema public to visitor`);
    await write({ "1_first": "create table a (id int)" });
    const url = Object.assign(new URL(at.database.url), { username: "visitor", password: "visitor" }).href;
    const error = await deployPrismaMigrations({ connectionString: url, directory: at.project }).catch(
      (reason: unknown) => reason,
    );
    await administrator.query("drop owned by visitor; drop role visitor");
    await administrator.end();
    expect(error).toMatchObject({
      name: "MigrationError",
      message: expect.stringMatching(/permission denied for schema public/),
    });
    expect(String(error)).not.toMatch(/engine\.rs/);
    const wrong = Object.assign(new URL(at.database.url), { password: "a-wrong-password" }).href;
    const refused = await deployPrismaMigrations({ connectionString: wrong, directory: at.project }).catch(
      (reason: unknown) => reason,
    );
    expect(refused).toMatchObject({ name: "DatabaseError", sqlState: "28P01" });
    expect(String(refused)).not.toMatch(/a-wrong-password/);
  });

  it("keeps the history in the schema that the connection string names", async () => {
    await at.client.query("create schema product");
    await write({ "1_first": "create table a (id int)" });
    const connectionString = `${at.database.url}${at.database.url.includes("?") ? "&" : "?"}schema=product`;
    expect(await deployPrismaMigrations({ connectionString, directory: at.project })).toEqual({ applied: ["1_first"] });
    expect([
      await at.exists("product.a"),
      await at.exists("product._prisma_migrations"),
      await at.exists("public.a"),
    ]).toEqual([true, true, false]);
  });
});
