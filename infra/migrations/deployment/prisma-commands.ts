import type { DiffTarget, SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { type PrismaRow, recordOf } from "../formats/prisma/records.ts";
import type { MigrationRecord } from "../history/history.ts";
import type { MigrationTarget } from "./deploy-migrations.ts";
import { type MigrationLock, prismaLock, takeMigrationLock } from "./lock.ts";
import { toMigrationError } from "./migration-error.ts";
import { listPrismaMigrations, noFilters } from "./migration-list.ts";
import { PrismaSession } from "./prisma-session.ts";
import { withSchemaEngine } from "./schema-engine.ts";

/**
 * Reads the rows of `_prisma_migrations`, for `compareHistory`. No table means no rows. Changes nothing.
 * @throws {DatabaseError} when the database cannot be reached
 */
export async function readPrismaRecords(connectionString: string): Promise<readonly MigrationRecord[]> {
  const session = await PrismaSession.open(connectionString);
  try {
    return await readRecords(session);
  } finally {
    await session.close();
  }
}

export async function readRecords(session: PrismaSession): Promise<readonly MigrationRecord[]> {
  if (!(await session.hasHistory())) return [];
  const { rows } = await session.client.query<PrismaRow>(
    `select migration_name, checksum, started_at, finished_at, rolled_back_at, logs
     from ${session.historyTable} order by started_at`,
  );
  return rows.map(recordOf);
}

/** Where a schema for `migrateDiff` comes from. */
type SchemaSource =
  | { readonly kind: "empty" }
  /** The text of a schema.prisma, or the files of a schema. */
  | { readonly kind: "schema"; readonly schema: string }
  | { readonly kind: "schema"; readonly files: readonly { readonly path: string; readonly content: string }[] }
  /** The database of the connection string, as it is now. */
  | { readonly kind: "database" }
  /** The schema after a folder of migrations. They are replayed in a temporary database, so the role needs CREATEDB. */
  | { readonly kind: "migrations"; readonly directory: string };

export interface DiffOptions {
  readonly connectionString: string;
  readonly from: SchemaSource;
  readonly to: SchemaSource;
}

/**
 * The SQL that leads from one schema to another, as `prisma migrate diff --script` writes it; empty if they are equal.
 * @throws {MigrationError} with the location of the error if a schema.prisma can't be read
 */
export async function migrateDiff(options: DiffOptions): Promise<string> {
  const from = await toDiffTarget(options.from);
  const to = await toDiffTarget(options.to);
  return withEngine(options.connectionString, async (engine) => {
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: noFilters });
    return stdout === null || stdout === emptyDiff ? "" : stdout;
  });
}

/**
 * Marks a failed migration as rolled back, as `prisma migrate resolve --rolled-back` does, so that the next deployment applies it again.
 * @throws {MigrationError} when it is applied, or was never started
 */
export async function markRolledBack(connectionString: string, migrationName: string): Promise<void> {
  await withEngine(connectionString, (engine) => engine.markMigrationRolledBack({ migrationName }), [prismaLock]);
}

/**
 * Records a migration as applied without applying it, as `prisma migrate resolve --applied` does. For a database that
 * already has the migration's tables.
 * @throws {MigrationError} if it has been applied already, or is not in the folder
 */
export async function markApplied(target: MigrationTarget, migrationName: string): Promise<void> {
  const migrationsList = await listPrismaMigrations(target.directory);
  await withEngine(
    target.connectionString,
    (engine) => engine.markMigrationApplied({ migrationName, migrationsList }),
    [prismaLock],
  );
}

const emptyDiff = "-- This is an empty migration.\n";

/** Has no URL: the engine uses the connection that it is given. */
const anyDatabase = { path: "schema.prisma", content: 'datasource db {\n  provider = "postgresql"\n}\n' };

/** @param locks the locks that the engine would wait for inside a statement */
async function withEngine<T>(
  connectionString: string,
  work: (engine: SchemaEngine) => Promise<T>,
  locks: readonly MigrationLock[] = [],
): Promise<T> {
  const session = await PrismaSession.open(connectionString);
  try {
    for (const lock of locks) await takeMigrationLock(session.client, lock);
    return await withSchemaEngine(session.connections, work);
  } catch (error) {
    throw toMigrationError(error);
  } finally {
    await session.close();
  }
}

async function toDiffTarget(source: SchemaSource): Promise<DiffTarget> {
  switch (source.kind) {
    case "empty":
      return { tag: "empty" };
    case "schema":
      return {
        tag: "schemaDatamodel",
        files: "files" in source ? [...source.files] : [{ path: "schema.prisma", content: source.schema }],
      };
    case "database":
      return { tag: "schemaDatasource", files: [anyDatabase], configDir: "" };
    case "migrations":
      return { tag: "migrations", ...(await listPrismaMigrations(source.directory)) };
  }
}
