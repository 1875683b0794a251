import pg from "pg";
import { wasCutShort } from "../../database/failures.ts";
import { isLockFailure, withLockDefaults } from "../../database/lock-wait.ts";
import { InputError } from "../../errors/errors.ts";
import { lineOf, type Piece, readScript } from "../scripts/script.ts";
import type { FindHooks } from "./hooks.ts";
import { expectMigrationLock, type MigrationLock } from "./lock.ts";
import { ownStatement } from "./own-statement.ts";
import { ScriptFault, ScriptRun } from "./script-run.ts";
import type { MigrationSession } from "./session.ts";

/** A migration that is to be applied now. */
export interface StartedMigration {
  readonly name: string;
  readonly script: string;
  /** The statement that records it as applied. */
  readonly record: string;
  /**
   * The statement that goes with parts that are committed before that. Empty if the table of migrations has no such
   * state.
   */
  readonly begun: string;
}

/** A migration that was not applied. */
export interface ScriptFailure {
  readonly migration: string;
  readonly script: string;
  readonly error: unknown;
  /** Nothing is wrong with the migration, and no part of it is committed: it was cancelled, lost its connection or did not get a lock. */
  readonly isTransient: boolean;
  /** Whether it is certain that nothing of it is committed. */
  readonly isUndone: boolean;
  /** The session that held the lock which the migration did not get: ` held by session 4711 (…)`; empty where none was seen. */
  readonly heldBy: string;
  /** What is committed of it, in words. */
  readonly remains: string;
}

export interface ApplyOptions {
  /** The lock that is held for the whole deployment. */
  readonly lock: MigrationLock;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly findHooks?: FindHooks | undefined;
  /** How long one attempt waits in the queue for a lock. Default: 3,000. */
  readonly lockTimeoutMilliseconds?: number | undefined;
  /** The number of attempts. Default: 5. */
  readonly lockAttempts?: number | undefined;
}

/**
 * Applies one migration, if PostgreSQL allows it in one transaction with its record.
 *
 * Where the record is a transaction of its own, as with Prisma, a deployment that is killed before that, or during a long statement that the
 * server then completes, leaves a migration that is applied and recorded as failed, and somebody has to find that out. Here the record is part
 * of the migration's last transaction.
 *
 * An attempt to get a lock ends after three seconds and is repeated, so that the application does not queue behind a migration that is
 * itself waiting.
 */
export async function applyScript(
  session: MigrationSession,
  { name, script, record, begun }: StartedMigration,
  { lock, tell, signal, findHooks, ...locks }: ApplyOptions,
): Promise<ScriptFailure | undefined> {
  const run = new ScriptRun(session, {
    migration: name,
    tell,
    signal,
    findHooks,
    record: ownStatement(record),
    begun: begun === "" ? "" : ownStatement(begun),
    ...withLockDefaults(locks),
  });
  try {
    await expectMigrationLock(session.client, lock);
    await session.cancelOnAbort(signal, async () => {
      tell(`Applying migration ${name}`);
      const blocks = await readScript(script);
      if (blocks === undefined) await run.runWhole(script);
      else await run.run(blocks);
    });
    return undefined;
  } catch (error) {
    // In a failed transaction, or one that the script did not end, nothing can be recorded.
    await session.rollBack();
    const { heldBy, kept, isUndone } = run;
    return {
      migration: name,
      script,
      error,
      isTransient: isUndone && isPassing(error),
      isUndone,
      heldBy,
      remains: isUndone ? "Nothing of it stayed" : describeRemains(script, kept),
    };
  }
}

/** Whether the same migration may succeed next time. */
function isPassing(error: unknown): boolean {
  if (error instanceof ScriptFault) return false;
  return (
    error instanceof InputError || !(error instanceof pg.DatabaseError) || isLockFailure(error) || wasCutShort(error)
  );
}

function describeRemains(script: string, kept: Piece | undefined): string {
  return kept === undefined
    ? "Part of it may have stayed: it runs outside of transactions"
    : `Everything up to the statement on line ${lineOf(script, kept)} stayed, and of the rest nothing but what a statement outside of transactions leaves, such as an invalid index`;
}
