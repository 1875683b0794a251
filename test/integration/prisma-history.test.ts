import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployPrismaMigrations } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { markApplied, readPrismaRecords } from "../../infra/migrations/deployment/prisma-commands.ts";
import { readPrismaFolder } from "../../infra/migrations/formats/prisma/folder.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { diagnoseHistory } from "../support/diagnose-history.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

describe("the history of migrations, against the verdict of Prisma's own engine", () => {
  let server: TestServer;
  let database: TestDatabase;
  let client: pg.Client;
  const directories: string[] = [];

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true })));
  });

  const writeFolder = async (scripts: Readonly<Record<string, string>>) => {
    const directory = await mkdtemp(join(tmpdir(), "history-"));
    directories.push(directory);
    for (const [name, script] of Object.entries(scripts)) {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, "migration.sql"), script);
    }
    return directory;
  };

  /** Texts that differ in their line ends, and in more. */
  const texts = [
    "select 1;\nselect 2;\n",
    "select 1;\r\nselect 2;\r\n",
    "select 1;\r\nselect 2;\n",
    "select 1;\rselect 2;",
    "\uFEFFselect 1;\n",
    "-- é\n",
  ];

  it("writes the checksums that the folder is read with, and sees an edit exactly where Prisma does, line ends included", async () => {
    for (const applied of texts) {
      await client.query("drop table if exists _prisma_migrations");
      const directory = await writeFolder({ "1_only": applied });
      // The byte order mark is no SQL, and nothing applies it.
      await markApplied({ connectionString: database.url, directory }, "1_only");
      const rows = await readPrismaRecords(database.url);
      expect(rows.map(({ checksum }) => checksum)).toEqual(
        (await readPrismaFolder(directory)).map(({ checksum }) => checksum),
      );
      for (const now of texts) {
        const changed = await writeFolder({ "1_only": now });
        const { editedMigrationNames } = await diagnoseHistory({ connectionString: database.url, directory: changed });
        expect(compareHistory(await readPrismaFolder(changed), rows).edited, JSON.stringify([applied, now])).toEqual(
          editedMigrationNames,
        );
      }
    }
  });

  const names = ["1_a", "2_b", "3_c", "4_d"] as const;
  const row = fc.record({
    name: fc.constantFrom(...names),
    text: fc.constantFrom(...texts.slice(0, 3)),
    state: fc.constantFrom("finished", "failed", "rolled back"),
  });
  /** A migration is only started again once its earlier attempt is marked as rolled back. */
  const attempts = fc
    .array(row, { maxLength: 6 })
    .map((rows) =>
      rows.map((each, index) =>
        rows.slice(index + 1).some(({ name }) => name === each.name) ? { ...each, state: "rolled back" } : each,
      ),
    );
  const folder = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...texts.slice(0, 3)));

  it("agrees on what is pending, edited, failed and missing in any history", async () => {
    await client.query("drop table if exists _prisma_migrations");
    await deployPrismaMigrations({
      connectionString: database.url,
      directory: await writeFolder({ "1_a": "select 1" }),
    });
    await fc.assert(
      fc.asyncProperty(folder, attempts, async (scripts, rows) => {
        const directory = await writeFolder(scripts);
        const checksums = await readPrismaFolder(
          await writeFolder(Object.fromEntries(texts.map((text, index) => [`${index}`, text]))),
        );
        await client.query("truncate _prisma_migrations");
        for (const [index, { name, text, state }] of rows.entries()) {
          const second = `2026-01-01 00:00:0${index}Z`;
          await client.query(
            "insert into _prisma_migrations (id, migration_name, checksum, started_at, finished_at, rolled_back_at) values ($1, $2, $3, $4, $5, $6)",
            [
              `${index}`,
              name,
              checksums[texts.indexOf(text)]?.checksum,
              second,
              state.includes("finished") ? second : null,
              state.startsWith("rolled") ? second : null,
            ],
          );
        }
        const verdict = await diagnoseHistory({ connectionString: database.url, directory });
        const ours = compareHistory(await readPrismaFolder(directory), await readPrismaRecords(database.url));
        expect(ours.failed.map(({ name }) => name)).toEqual(verdict.failedMigrationNames);
        // The engine calls a failed migration edited as well; correcting it is what its author is expected to do.
        const failed = new Set(verdict.failedMigrationNames);
        expect(ours.edited).toEqual(verdict.editedMigrationNames.filter((name) => !failed.has(name)));
        expect({ pending: ours.pending, missing: [...ours.missing].sort() }).toEqual(fromEngine(verdict.history));
      }),
      { numRuns: 60 },
    );
  });
});

function fromEngine(history: Awaited<ReturnType<typeof diagnoseHistory>>["history"]) {
  const pending = history && "unappliedMigrationNames" in history ? history.unappliedMigrationNames : [];
  const missing = history && "unpersistedMigrationNames" in history ? history.unpersistedMigrationNames : [];
  return { pending, missing: [...new Set(missing)].sort() };
}
