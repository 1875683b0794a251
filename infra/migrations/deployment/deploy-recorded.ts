import type { CatalogPart } from "../../catalog/part.ts";
import { selectAll } from "../../catalog/part.ts";
import { readCatalog } from "../../catalog/read.ts";
import { sessionOf } from "../../database/database.ts";
import { isLockFailure, withLockDefaults } from "../../database/lock-wait.ts";
import { InputError, sqlStateOf } from "../../errors/errors.ts";
import { compareHistory, type FolderMigration, type MigrationRecord } from "../history/history.ts";
import { obstacles } from "../history/obstacles.ts";
import { type ResolveCommand, resolveCommand } from "../history/resolve-command.ts";
import { refuseFaultyFiles } from "../scripts/unappliable.ts";
import { applyScript, type ScriptFailure } from "./apply-script.ts";
import type { Deployment, DeployOptions, MigrationTarget } from "./deploy-migrations.ts";
import { palisadeLock, takeMigrationLock } from "./lock.ts";
import {
  describeServerError,
  MigrationError,
  migrationFailed,
  migrationStopped,
  toMigrationError,
} from "./migration-error.ts";
import { MigrationSession } from "./session.ts";

/** A table in which Palisade itself records applied migrations. */
export interface RecordTable {
  readonly records: CatalogPart<readonly MigrationRecord[] | undefined>;
  readFolder(directory: string): Promise<readonly FolderMigration[]>;
  /** Statements that create the table, or add what it lacks. */
  prepare(session: MigrationSession): Promise<readonly string[]>;
  /** The statement that records a migration as applied, whatever was recorded about it before. */
  applied(migration: FolderMigration): Promise<string>;
  /** The statement that goes with a part that is committed before the rest. Absent: the table has no such state. */
  begun?(migration: FolderMigration): string;
  /** The statement that records why such a migration failed. */
  failed?(name: string, message: string): string;
  /** The statement that deletes the record. */
  forgotten(key: string): string;
}

/**
 * Applies the pending migrations of a folder, each in one transaction with its record if PostgreSQL allows that.
 *
 * A migration that fails leaves nothing behind and is not recorded. Only if it consists of several transactions, a part
 * of it may stay.
 *
 * @throws {MigrationError} with the migration's name and the database's words when one fails, or something must be
 * resolved first
 * @throws {DatabaseError} when the database cannot be reached, or another deployment is running
 */
export async function deployRecorded(table: RecordTable, options: DeployOptions): Promise<Deployment> {
  const { directory, connectionString, signal, onProgress: tell = () => {}, resolve = resolveCommand() } = options;
  const folder = await table.readFolder(directory);
  signal?.throwIfAborted();
  const session = await MigrationSession.open(connectionString);
  session.onNotice = tell;
  try {
    await takeMigrationLock(session.client, palisadeLock, {
      timeoutMilliseconds: options.lockHeldTimeoutMilliseconds,
      signal,
    });
    const history = compareHistory(folder, await session.cancelOnAbort(signal, () => readRecords(session, table)));
    const [problem] = obstacles(history, resolve, { isRepairable: true });
    if (problem !== undefined) throw new MigrationError(problem);
    const pending = folder.filter(({ name }) => history.pending.includes(name));
    refuseFaultyFiles(pending);
    if (pending.length > 0) {
      await session.cancelOnAbort(signal, () => prepareTable(session, table, { ...options, onProgress: tell }));
    }
    for (const migration of pending) {
      const started = {
        name: migration.name,
        script: migration.script,
        record: await table.applied(migration),
        begun: table.begun?.(migration) ?? "",
      };
      const failure = await applyScript(session, started, { ...options, lock: palisadeLock, tell });
      await session.reset().catch(() => {});
      if (failure?.isUndone && table.begun !== undefined) {
        // Deletes what was recorded before the script was sent.
        await session.tryToRecord(table.forgotten(migration.key), withLockDefaults(options));
      }
      if (failure !== undefined) throw await recordFailure(session, table, failure, { ...options, resolve });
    }
    return { applied: history.pending };
  } catch (error) {
    throw toMigrationError(error, { signal });
  } finally {
    await session.close();
  }
}

/** Reads the table over a separate connection. */
export async function readRecordTable(
  table: RecordTable,
  connectionString: string,
): Promise<readonly MigrationRecord[]> {
  return await inSession(connectionString, (session) => readRecords(session, table));
}

/**
 * Records a migration of the folder as applied, with its current script.
 * @throws {InputError} if the folder does not contain it
 */
export async function recordApplied(
  table: RecordTable,
  { connectionString, directory }: MigrationTarget,
  name: string,
): Promise<void> {
  const migration = (await table.readFolder(directory)).find((each) => isNamed(each, name));
  if (migration === undefined) throw new InputError(`${directory} holds no migration ${name}`);
  const record = await table.applied(migration);
  await inSession(connectionString, async (session) => {
    await prepareTable(session, table);
    await session.client.query(record);
  });
}

/**
 * Deletes the record of a migration, so that the next deployment applies it again.
 * @throws {InputError} if there is none
 */
export async function forgetRecord(table: RecordTable, connectionString: string, name: string): Promise<void> {
  await inSession(connectionString, async (session) => {
    const record = (await readRecords(session, table)).find((each) => isNamed(each, name));
    if (record === undefined) throw new InputError(`the database has no record of the migration ${name}`);
    await session.client.query(table.forgotten(record.key));
  });
}

function isNamed({ name, key }: { readonly name: string; readonly key: string }, wanted: string): boolean {
  return name === wanted || key === wanted;
}

async function inSession<T>(connectionString: string, work: (session: MigrationSession) => Promise<T>): Promise<T> {
  const session = await MigrationSession.open(connectionString);
  try {
    return await work(session);
  } catch (error) {
    throw toMigrationError(error);
  } finally {
    await session.close();
  }
}

async function readRecords(session: MigrationSession, { records }: RecordTable): Promise<readonly MigrationRecord[]> {
  // In a transaction, which also limits the empty search_path used for reading.
  await session.client.query("begin");
  const catalog = await readCatalog(sessionOf(session.client), selectAll([records]));
  await session.client.query("commit");
  return catalog.of(records) ?? [];
}

async function prepareTable(
  session: MigrationSession,
  table: RecordTable,
  options: Omit<DeployOptions, keyof MigrationTarget> = {},
): Promise<void> {
  const statements = await table.prepare(session);
  if (statements.length === 0) return;
  const wait = session.lockWait(withLockDefaults(options));
  const script = ["begin", `set local lock_timeout = ${wait.lockTimeout}`, ...statements, "commit"].join(";\n");
  const say = (heldBy: string) =>
    options.onProgress?.(`The table of migrations waits for a lock${heldBy}; trying again`);
  try {
    await session.transact(wait, () => session.client.query(script), say, options.signal);
  } catch (error) {
    throw isLockFailure(error) ? wait.refusal(error) : error;
  }
}

/** duplicate_table, duplicate_object, duplicate_function, duplicate_column, duplicate_schema, unique_violation */
const alreadyThere = new Set(["42P07", "42710", "42723", "42701", "42P06", "23505"]);

async function recordFailure(
  session: MigrationSession,
  table: RecordTable,
  failure: ScriptFailure,
  { resolve, ...locks }: Pick<DeployOptions, "lockTimeoutMilliseconds"> & { readonly resolve: ResolveCommand },
): Promise<Error> {
  const { migration, error, script, isTransient, isUndone } = failure;
  if (isTransient) return migrationStopped(failure);
  if (isUndone) {
    const isThere = table.begun === undefined && alreadyThere.has(sqlStateOf(error) ?? "");
    const earlier = isThere ? "An earlier attempt may have left a part of it, if it is not one transaction. " : "";
    return migrationFailed(failure, `${earlier}Correct the cause and deploy again; there is nothing to resolve.`);
  }
  const statement = table.failed?.(migration, describeServerError(error, script));
  if (statement !== undefined) await session.tryToRecord(statement, withLockDefaults(locks));
  const again = `Undo what stayed, correct the cause${statement === undefined ? "" : `, \`${resolve("--rolled-back", migration)}\``} and deploy again`;
  const unrecorded = statement === undefined ? "No record says so: the migration is still pending. " : "";
  return migrationFailed(
    failure,
    `${unrecorded}${again}; or finish it by hand and record it as applied, \`${resolve("--applied", migration)}\`.`,
  );
}
