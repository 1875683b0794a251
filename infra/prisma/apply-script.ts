import pg from "pg";
import { DatabaseError, InputError, sqlStateOf } from "../provider/errors.ts";
import { quoteLiteral } from "../resources/sql/quote.ts";
import { type Accompaniment, type Accompany, runDivided, runTogether } from "./accompany.ts";
import { watchBlockers } from "./blockers.ts";
import { interruptedMark } from "./history.ts";
import { readScriptShape } from "./script.ts";
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
}

interface ApplyOptions {
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly accompany?: Accompany | undefined;
}

/**
 * Applies one migration, in one message, and as far as PostgreSQL allows in one transaction with its own record.
 *
 * Prisma records that a migration is finished after the migration itself. A deployment killed in between, or during a
 * long statement (which the server finishes by itself), leaves one that is applied and recorded as failed, and a
 * person has to find out which. Here the record is part of the message: either both are there, or neither. While it
 * runs, the row carries a mark that says so, and a later deployment may safely apply a marked migration again.
 *
 * A lock that cannot be had in three seconds is given up and asked for again, so that the application does not queue
 * behind a migration that itself waits.
 */
export async function applyScript(
  session: MigrationSession,
  script: string,
  { tell, signal, accompany }: ApplyOptions,
): Promise<ScriptFailure | undefined> {
  const { row, name } = await findStarted(session);
  const fail = (error: unknown, isTransient: boolean, blocker?: string): ScriptFailure => ({
    migration: name,
    script,
    error,
    isTransient,
    ...(blocker === undefined ? {} : { blocker }),
  });

  if (signal?.aborted) return fail(new DatabaseError("cancelled before it was begun", cancelled), true);
  tell(`Applying migration ${name}`);
  const shape = await readScriptShape(script);
  const company = shape && (await accompany?.(name, script));
  if (!shape || shape.controlsTransactions) {
    return runAlone(session, script, company).then(noFailure, (error) =>
      fail(error, error instanceof InputError && company?.script.isFirst === true),
    );
  }

  await mark(session, row, interruptedMark);
  for (let attempt = 0; ; attempt++) {
    const blockers = watchBlockers(session);
    try {
      await session.client.query(`set lock_timeout = ${lockTimeoutMilliseconds}`);
      if (company !== undefined) await runTogether(session, script, company, finishStatement(session, row));
      else await session.client.query(`${script}\n;\n${finishStatement(session, row)}`);
      return undefined;
    } catch (error) {
      const state = sqlStateOf(error);
      if (shape.isSingleStatement && state !== undefined && refusesTransactions.has(state)) {
        await mark(session, row, null);
        return runAlone(session, script).then(noFailure, (reason) => fail(reason, false));
      }
      const isTransient = !(error instanceof pg.DatabaseError) || transientStates.has(state ?? "");
      const pause = retryPausesMilliseconds[attempt];
      if (!retriedStates.has(state ?? "") || pause === undefined || signal?.aborted) {
        return fail(error, isTransient, blockers.last());
      }
      tell(`Migration ${name} waits for a lock${describe(blockers.last())}; trying again`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    } finally {
      blockers.stop();
    }
  }
}

const lockTimeoutMilliseconds = Number(process.env.PALISADE_LOCK_TIMEOUT_MS ?? 3000);
const retryPausesMilliseconds = [500, 1000, 2000, 4000];

const cancelled = "57014";
/** Lock not available, deadlock, serialisation failure. */
const retriedStates = new Set(["55P03", "40P01", "40001"]);
/** The same migration may go through the next time: these, and when it was cancelled or the server shut down. */
const transientStates = new Set([...retriedStates, cancelled, "57P01", "57P02", "57P03"]);
/** A statement that cannot run inside a transaction, and a procedure that ends one itself. */
const refusesTransactions = new Set(["25001", "2D000"]);

/** As Prisma's command line does it: the script without its record, which comes afterwards. */
async function runAlone(session: MigrationSession, script: string, company?: Accompaniment): Promise<void> {
  await session.client.query("set lock_timeout = 0");
  let rows: readonly { readonly open: boolean }[];
  try {
    if (company !== undefined) await runDivided(session, company);
    else await session.client.query(script);
    ({ rows } = await session.client.query<{ open: boolean }>("select now() < statement_timestamp() as open"));
  } finally {
    // In a transaction that the script began and that failed, or that it never ended, nothing could be recorded.
    await session.rollBack();
  }
  if (rows[0]?.open) {
    throw new Error(
      "the migration begins a transaction and never ends it: everything after BEGIN was rolled back. End it with COMMIT.",
    );
  }
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

async function mark(session: MigrationSession, row: string, text: string | null): Promise<void> {
  await session.client.query(`update ${session.historyTable} set logs = $2 where id = $1`, [row, text]);
}

function finishStatement(session: MigrationSession, row: string): string {
  return `update ${session.historyTable} set finished_at = pg_catalog.clock_timestamp(), logs = null where id = ${quoteLiteral(row)}`;
}

function describe(blocker: string | undefined): string {
  return blocker === undefined ? "" : ` held by ${blocker}`;
}

function noFailure(): undefined {
  return undefined;
}
