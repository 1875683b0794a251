import { withLockDefaults } from "../../database/lock-wait.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { readPrismaFolder } from "../formats/prisma/folder.ts";
import { interruptedMark } from "../formats/prisma/records.ts";
import { compareHistory } from "../history/history.ts";
import { type ResolveCommand, resolveCommand } from "../history/resolve-command.ts";
import { refuseFaultyFiles } from "../scripts/unappliable.ts";
import { applyScript, type ScriptFailure, type StartedMigration } from "./apply-script.ts";
import type { FindHooks } from "./hooks.ts";
import { prismaLock, takeMigrationLock } from "./lock.ts";
import {
  failureLog,
  migrationFailed,
  migrationStopped,
  migrationUnresolved,
  toMigrationError,
} from "./migration-error.ts";
import { listPrismaMigrations, noFilters } from "./migration-list.ts";
import { readRecords } from "./prisma-commands.ts";
import { PrismaSession } from "./prisma-session.ts";
import { withSchemaEngine } from "./schema-engine.ts";

export interface MigrationTarget {
  /** A direct connection (not the pooler's transaction mode). `?schema=` is honoured as Prisma does. Never shown. */
  readonly connectionString: string;
  /** The folder of migrations, such as `prisma/migrations`. */
  readonly directory: string;
}

export interface DeployOptions extends MigrationTarget {
  /** Receives progress, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Cancels and rolls back the running migration; the next deployment applies it again. */
  readonly signal?: AbortSignal;
  /** Finds the work to do in a migration's own transaction. */
  readonly findHooks?: FindHooks;
  /** How long to wait for another deployment to end. Default: ten seconds. */
  readonly lockHeldTimeoutMilliseconds?: number;
  /** How long one attempt waits in the queue for a lock. Default: three seconds. */
  readonly lockTimeoutMilliseconds?: number | undefined;
  /** The number of attempts to get a lock. Default: five. */
  readonly lockAttempts?: number | undefined;
  /** Writes the command that resolves a migration, for errors. Default: without a stack. */
  readonly resolve?: ResolveCommand;
}

export interface Deployment {
  /** The migrations that this deployment applied, in order. */
  readonly applied: readonly string[];
}

/**
 * Applies the pending migrations of a folder, as `prisma migrate deploy` does: by Prisma's own engine, under its
 * advisory lock, recorded in `_prisma_migrations`. No binary, no download, no child process.
 *
 * A migration that fails is recorded as failed, and no other is applied until somebody has resolved it, as with Prisma.
 * A migration that was cancelled or killed, or did not get a lock, left nothing behind; the next deployment applies it again.
 *
 * @throws {MigrationError} with the migration's name and the database's words when one fails, or an earlier failure is unresolved
 * @throws {DatabaseError} when the database cannot be reached, or somebody else holds Prisma's lock
 * @example
 * const { applied } = await deployPrismaMigrations({ connectionString, directory: "prisma/migrations", onProgress: console.log });
 */
export async function deployPrismaMigrations(options: DeployOptions): Promise<Deployment> {
  const tell = options.onProgress ?? (() => {});
  const resolve = options.resolve ?? resolveCommand();
  const folder = await readPrismaFolder(options.directory);
  const migrationsList = await listPrismaMigrations(options.directory);
  const scripts = new Set(migrationsList.migrationDirectories.map(({ migrationFile }) => migrationFile.content.value));
  const { signal } = options;
  signal?.throwIfAborted();
  const session = await PrismaSession.open(options.connectionString);
  let failure: ScriptFailure | undefined;
  session.onNotice = tell;
  session.runStatement = (send) => {
    // The engine would write its paraphrase of the error into the row, over the mark.
    if (failure) throw failure.error;
    return session.cancelOnAbort(signal, send);
  };
  session.runScript = async (script) => {
    if (!scripts.has(script)) return void (await session.runStatement(() => session.client.query(script)));
    failure = await applyScript(session, await markStarted(session, script), {
      ...options,
      lock: prismaLock,
      tell,
    });
    await session.reset().catch(() => {});
    if (failure) throw failure.error;
  };
  try {
    await takeMigrationLock(session.client, prismaLock, {
      timeoutMilliseconds: options.lockHeldTimeoutMilliseconds,
      signal,
    });
    const records = await session.cancelOnAbort(signal, async () => {
      await settleEarlierDeployments(session, resolve, tell);
      return await readRecords(session);
    });
    const { pending } = compareHistory(folder, records);
    refuseFaultyFiles(folder.filter(({ name }) => pending.includes(name)));
    const { appliedMigrationNames: applied } = await withSchemaEngine(session.connections, (engine) =>
      engine.applyMigrations({ migrationsList, filters: noFilters }),
    );
    return { applied };
  } catch (error) {
    throw failure
      ? await recordFailure(session, failure, options, resolve)
      : toMigrationError(error, { resolve, signal });
  } finally {
    await session.close();
  }
}

/**
 * Marks the migration whose script the engine sends: its start is recorded, and no other one is unfinished. Until a part
 * of it is committed, its row has a mark that says so. A later deployment can safely apply a marked migration again. Not
 * cancelled, because a row without a mark is one that has failed.
 */
async function markStarted(session: PrismaSession, script: string): Promise<StartedMigration> {
  const { historyTable, client } = session;
  const { rows } = await client.query<{ row: string; name: string }>(
    `update ${historyTable} set logs = $1
     where id = (select id from ${historyTable} where finished_at is null and rolled_back_at is null)
     returning id as row, migration_name as name`,
    [interruptedMark],
  );
  const [started] = rows;
  if (!started) throw new Error("no migration is recorded as started");
  const of = `where id = ${quoteLiteral(started.row)}`;
  return {
    name: started.name,
    script,
    record: `update ${historyTable} set finished_at = pg_catalog.clock_timestamp(), logs = null ${of}`,
    begun: `update ${historyTable} set logs = null ${of}`,
  };
}

/**
 * While this process holds Prisma's lock, nobody else is deploying. So a marked row was interrupted, and any other
 * unfinished one has failed.
 */
async function settleEarlierDeployments(
  session: PrismaSession,
  resolve: ResolveCommand,
  tell: (line: string) => void,
): Promise<void> {
  if (!(await session.hasHistory())) return;
  const { rows: interrupted } = await session.client.query<{ migration_name: string }>(
    `update ${session.historyTable} set rolled_back_at = now()
     where finished_at is null and rolled_back_at is null and logs = $1 returning migration_name`,
    [interruptedMark],
  );
  for (const row of interrupted) {
    tell(`Migration ${row.migration_name} was interrupted before it took effect; applying it again`);
  }
  const { rows: failed } = await session.client.query<{ migration_name: string; started_at: Date }>(
    `select migration_name, started_at from ${session.historyTable}
     where finished_at is null and rolled_back_at is null order by started_at`,
  );
  if (failed[0]) throw migrationUnresolved(failed[0].migration_name, failed[0].started_at, resolve);
}

/** Writes the database's message into the migration's row, instead of the engine's paraphrase with its own stack trace. */
async function recordFailure(
  session: PrismaSession,
  failure: ScriptFailure,
  options: DeployOptions,
  resolve: ResolveCommand,
): Promise<Error> {
  // Where that is not possible, the mark stays in the row, and the next deployment applies the migration again.
  await session.tryToRecord(
    `update ${session.historyTable} set logs = $2, rolled_back_at = case when $3 then now() end
     where migration_name = $1 and finished_at is null and rolled_back_at is null`,
    withLockDefaults(options),
    [failure.migration, failureLog(failure), failure.isTransient],
  );
  const { migration, isTransient } = failure;
  const wayOut = `Correct the cause, mark the migration as rolled back (\`${resolve("--rolled-back", migration)}\`) and deploy again.`;
  return isTransient ? migrationStopped(failure) : migrationFailed(failure, wayOut);
}
