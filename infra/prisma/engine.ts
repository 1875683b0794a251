import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DiffTarget, MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { type MigrationRow, readMigrationScripts } from "./history.ts";
import { takePrismaLock } from "./lock.ts";
import { failureLog, migrationFailed, toMigrationError } from "./migration-error.ts";
import { MigrationSession } from "./session.ts";
import { startSchemaEngine } from "./wasm.ts";

export interface MigrationTarget {
  /** A direct connection (not the pooler's transaction mode). `?schema=` is honoured as Prisma does. Never logged. */
  readonly connectionString: string;
  /** The folder of migrations, such as `prisma/migrations`. */
  readonly directory: string;
}

export interface DeployOptions extends MigrationTarget {
  /** Told what happens, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Cancels the statement that is running; its migration is rolled back, and recorded as failed. */
  readonly signal?: AbortSignal;
  /** How long to wait for Prisma's advisory lock; ten seconds unless told. */
  readonly lockTimeoutMilliseconds?: number;
}

export interface Deployment {
  /** The migrations applied now, in order. Empty when there was nothing to do. */
  readonly applied: readonly string[];
}

/**
 * Applies the pending migrations of a folder, as `prisma migrate deploy` does: under Prisma's advisory lock, each
 * migration in one message, recorded in `_prisma_migrations`. No binary, no download, no child process.
 *
 * @throws {MigrationError} with the migration's name and the database's words when one fails, or when an earlier failure is unresolved
 * @throws {DatabaseError} when the database cannot be reached, or somebody else holds the lock
 * @example
 * const { applied } = await deployMigrations({ connectionString, directory: "prisma/migrations", onProgress: console.log });
 */
export async function deployMigrations(options: DeployOptions): Promise<Deployment> {
  const list = await listMigrations(options.directory);
  const tell = options.onProgress ?? (() => {});
  const session = await MigrationSession.open(options.connectionString, {
    onNotice: tell,
    onScript: (script) => {
      const migration = nameOf(list, script);
      if (migration) tell(`Applying migration ${migration}`);
    },
  });
  const cancel = () => void session.cancel();
  options.signal?.addEventListener("abort", cancel);
  try {
    options.signal?.throwIfAborted();
    await takePrismaLock(session.client, options.lockTimeoutMilliseconds);
    return await withEngine(session, async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters: noFilters });
      return { applied: appliedMigrationNames };
    });
  } catch (error) {
    throw (await recordFailure(session, list)) ?? toMigrationError(error);
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    await session.close();
  }
}

/** Writes the database's own words into the failed migration's row, where the engine leaves a paraphrase and a stack. */
async function recordFailure(session: MigrationSession, list: MigrationList): Promise<Error | undefined> {
  const { client, failure } = session;
  if (!failure) return undefined;
  const migration = nameOf(list, failure.script);
  if (!migration) return undefined;
  await client.query(
    `update _prisma_migrations set logs = $2 where migration_name = $1 and finished_at is null and rolled_back_at is null`,
    [migration, failureLog(migration, failure.error, failure.script)],
  );
  return migrationFailed(migration, failure.error, failure.script);
}

function nameOf(list: MigrationList, script: string): string | undefined {
  return list.migrationDirectories.find(({ migrationFile }) => migrationFile.content.value === script)?.path;
}

/** Reads the rows of `_prisma_migrations`, for `compareHistory`. No table means no rows. Changes nothing. */
export async function readMigrationRows(connectionString: string): Promise<readonly MigrationRow[]> {
  const session = await MigrationSession.open(connectionString);
  try {
    const { rows: tables } = await session.client.query<{ found: boolean }>(
      "select to_regclass('_prisma_migrations') is not null as found",
    );
    if (!tables[0]?.found) return [];
    const { rows } = await session.client.query<MigrationRow>(migrationRowsQuery);
    return rows;
  } finally {
    await session.close();
  }
}

/** The columns that `compareHistory` takes; for readers who have a connection of their own. */
export const migrationRowsQuery =
  "select migration_name, checksum, started_at, finished_at, rolled_back_at, logs from _prisma_migrations order by started_at";

/** Where a schema for `migrateDiff` comes from. */
export type SchemaSource =
  | { readonly kind: "empty" }
  /** The text of a schema.prisma. */
  | { readonly kind: "schema"; readonly schema: string }
  /** The database of the connection string, as it is now. */
  | { readonly kind: "database" }
  /** What a folder of migrations leads to. Replayed in a database made for it and dropped again, so the role needs CREATEDB. */
  | { readonly kind: "migrations"; readonly directory: string };

export interface DiffOptions {
  /** Any database; it is only written to (a shadow beside it) when a source is a folder of migrations. */
  readonly connectionString: string;
  readonly from: SchemaSource;
  readonly to: SchemaSource;
}

/** The SQL that leads from one schema to another, as `prisma migrate diff --script` writes it; an empty string when they are equal. */
export async function migrateDiff(options: DiffOptions): Promise<string> {
  const from = await toDiffTarget(options.from);
  const to = await toDiffTarget(options.to);
  return withSession(options.connectionString, async (engine) => {
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: noFilters });
    return stdout === null || stdout === emptyDiff ? "" : stdout;
  });
}

/**
 * Marks a failed migration as rolled back, as `prisma migrate resolve --rolled-back` does, so that the next deployment applies it again.
 * @throws {MigrationError} when it is not in a failed state
 */
export async function markRolledBack(connectionString: string, name: string): Promise<void> {
  await withSession(connectionString, (engine) => engine.markMigrationRolledBack({ migrationName: name }));
}

/**
 * Records a migration as applied without applying it, as `prisma migrate resolve --applied` does: for a database that
 * has the migration's tables already.
 * @throws {MigrationError} when it is applied already, or not in the folder
 */
export async function markApplied(target: MigrationTarget, name: string): Promise<void> {
  const migrationsList = await listMigrations(target.directory);
  await withSession(target.connectionString, (engine) =>
    engine.markMigrationApplied({ migrationName: name, migrationsList }),
  );
}

/** The engine's own verdict on the history. The project decides by `compareHistory`; this is what that is tested against. */
export async function diagnose(target: MigrationTarget) {
  const migrationsList = await listMigrations(target.directory);
  return withSession(target.connectionString, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: noFilters }),
  );
}

/** Names no address: the engine looks at the connection that it was given. */
const anyDatabase = { path: "schema.prisma", content: 'datasource db { provider = "postgresql" }' };

const emptyDiff = "-- This is an empty migration.\n";

const noFilters = { externalTables: [], externalEnums: [] };

async function withSession<T>(connectionString: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const session = await MigrationSession.open(connectionString);
  try {
    return await withEngine(session, work);
  } catch (error) {
    throw toMigrationError(error);
  } finally {
    await session.close();
  }
}

async function withEngine<T>(session: MigrationSession, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const engine = await startSchemaEngine(session.connections);
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}

/** The folder in the form that the engine takes. */
async function listMigrations(directory: string): Promise<MigrationList> {
  const scripts = await readMigrationScripts(directory);
  const lockfile = "migration_lock.toml";
  return {
    baseDir: directory,
    lockfile: { path: lockfile, content: await readFile(join(directory, lockfile), "utf8").catch(() => null) },
    shadowDbInitScript: "",
    migrationDirectories: scripts.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: script } },
    })),
  };
}

async function toDiffTarget(source: SchemaSource): Promise<DiffTarget> {
  switch (source.kind) {
    case "empty":
      return { tag: "empty" };
    case "schema":
      return { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: source.schema }] };
    case "database":
      return { tag: "schemaDatasource", files: [anyDatabase], configDir: "" };
    case "migrations":
      return { tag: "migrations", ...(await listMigrations(source.directory)) };
  }
}
