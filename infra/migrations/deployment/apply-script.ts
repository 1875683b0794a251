import pg from "pg";
import { InputError, sqlStateOf } from "../../errors/errors.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { interruptedMark } from "../history/history.ts";
import { lineOf, type Piece, readScript } from "../scripts/script.ts";
import type { FindHooks } from "./hooks.ts";
import { cancelled, retriedStates, ScriptFault, ScriptRun } from "./script-run.ts";
import type { MigrationSession } from "./session.ts";

/** A migration that did not go through. */
export interface ScriptFailure {
  readonly migration: string;
  readonly script: string;
  readonly error: unknown;
  /** Nothing is wrong with the migration, and it cannot have stayed in part: it was cancelled, lost its connection or did not get a lock. */
  readonly isTransient: boolean;
  /** Who held the lock that could not be had. */
  readonly blocker?: string;
  /** What stayed of it, in words. */
  readonly remains: string;
}

export interface ApplyOptions {
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly findHooks?: FindHooks | undefined;
  /** The longest that one attempt stands in line for a lock. Default: 3,000. */
  readonly lockTimeoutMilliseconds?: number | undefined;
  /** How often a lock is asked for. Default: 5. */
  readonly lockAttempts?: number | undefined;
}

/**
 * Applies one migration, as far as PostgreSQL allows in one transaction with its own record.
 *
 * Prisma records that a migration is finished after the migration itself. A deployment killed in between, or during a
 * long statement (which the server finishes by itself), leaves one that is applied and recorded as failed, and a
 * person has to find out which. Here the record is part of the last transaction: either both are there, or neither. Until
 * something of the migration is committed, the row carries a mark that says so, and a later deployment may safely apply a marked
 * migration again.
 *
 * A lock that cannot be had in three seconds is given up and asked for again, so that the application does not queue
 * behind a migration that itself waits.
 */
export async function applyScript(
  session: MigrationSession,
  script: string,
  { tell, signal, findHooks, lockTimeoutMilliseconds = defaultLockTimeout, lockAttempts = 5 }: ApplyOptions,
): Promise<ScriptFailure | undefined> {
  const { row, name } = await findStarted(session);
  const of = `where id = ${quoteLiteral(row)}`;
  const run = new ScriptRun(session, {
    migration: name,
    tell,
    signal,
    findHooks,
    record: `update ${session.historyTable} set finished_at = pg_catalog.clock_timestamp(), logs = null ${of}`,
    unmark: `update ${session.historyTable} set logs = null ${of}`,
    lockTimeoutMilliseconds,
    lockAttempts,
  });
  try {
    await session.client.query(`update ${session.historyTable} set logs = $1 ${of}`, [interruptedMark]);
    if (!signal?.aborted) tell(`Applying migration ${name}`);
    const blocks = await readScript(script);
    if (blocks === undefined) await run.runWhole(script);
    else await run.run(blocks);
    return undefined;
  } catch (error) {
    // In a transaction that failed, or that the script never ended, nothing could be recorded.
    await session.rollBack();
    const { blocker, kept, isUndone } = run;
    return {
      migration: name,
      script,
      error,
      isTransient: isUndone && isPassing(error),
      ...(blocker === undefined ? {} : { blocker }),
      remains: isUndone ? "Nothing of it stayed" : describeRemains(script, kept),
    };
  }
}

const defaultLockTimeout = Number(process.env.PALISADE_LOCK_TIMEOUT_MS ?? 3000);

/** The same migration may go through the next time: with a lock, and when it was cancelled or the server shut down. */
const transientStates = new Set([...retriedStates, cancelled, "57P01", "57P02", "57P03"]);

function isPassing(error: unknown): boolean {
  if (error instanceof ScriptFault) return false;
  return (
    error instanceof InputError || !(error instanceof pg.DatabaseError) || transientStates.has(sqlStateOf(error) ?? "")
  );
}

function describeRemains(script: string, kept: Piece | undefined): string {
  return kept === undefined
    ? "Part of it may have stayed: it runs outside of transactions"
    : `Everything up to the statement on line ${lineOf(script, kept)} stayed, and of the rest nothing but what a statement outside of transactions leaves, such as an invalid index`;
}

/** The engine has recorded the start of the migration whose script it sends; no other is unfinished. */
async function findStarted(session: MigrationSession): Promise<{ readonly row: string; readonly name: string }> {
  const { rows } = await session.client.query<{ row: string; name: string }>(
    `select id as row, migration_name as name from ${session.historyTable} where finished_at is null and rolled_back_at is null`,
  );
  const [started] = rows;
  if (!started || rows.length > 1) throw new Error(`${rows.length} migrations are recorded as started, and not one`);
  return started;
}
