import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type ConnectionSettings, connectionSettings } from "../../database/connection.ts";
import { cantConnect } from "../../database/connection-error.ts";
import { ControlSession } from "../../database/control-session.ts";
import { isLockFailure, type LockLimits, LockWait } from "../../database/lock-wait.ts";
import { pinSettings, placesOfNewObjects } from "../../database/session-settings.ts";
import { DatabaseError, redact } from "../../errors/errors.ts";
import { quoteIdentifier } from "../../sql/quote.ts";
import { searchPathSetting } from "../../sql/search-path.ts";

/** One database session in which migrations are applied: every statement runs in it, and a script is sent in one message. */
export class MigrationSession {
  readonly client: pg.Client;
  /** The schema in which migrations create objects. */
  readonly schema: string;
  /** Receives a migration's own `RAISE NOTICE`, and warnings. */
  onNotice: (text: string) => void = () => {};
  protected readonly config: pg.ClientConfig;
  readonly #control: ControlSession;
  #process = 0;

  /**
   * Opens the session. `?schema=` in the connection string is honoured as Prisma does; the default is `public`.
   * @throws {DatabaseError} when the database cannot be reached
   */
  static async open<T extends MigrationSession>(
    this: new (
      settings: ConnectionSettings,
    ) => T,
    connectionString: string,
  ): Promise<T> {
    const settings = connectionSettings(connectionString);
    const session = new this(settings);
    try {
      await session.client.connect();
      await session.reset();
      const { rows } = await session.client.query<{ process: number }>("select pg_backend_pid() as process");
      session.#process = rows[0]?.process ?? 0;
    } catch (error) {
      await session.close();
      throw cantConnect(error, settings.description);
    }
    return session;
  }

  constructor(settings: ConnectionSettings) {
    this.config = { ...settings.client, application_name: "palisade" };
    this.#control = new ControlSession(settings, "palisade");
    this.schema = settings.schema;
    this.client = new pg.Client(this.config);
    this.client.on("error", () => {
      // The connection was lost while idle. The next statement fails and reports it.
    });
    this.client.on("notice", (notice) => {
      if (isMeantForPeople(notice)) this.onNotice(redact(`${notice.severity}: ${notice.message}`));
    });
  }

  /** The process id of the session's server process. */
  get process(): number {
    return this.#process;
  }

  /** Undoes what a migration has left in the session, so that the next one finds the same as in a later deployment. */
  async reset(): Promise<void> {
    await this.client.query(resetSession(this.schema));
  }

  /** Rolls back the open transaction, and hides the server's warning if there is none. */
  async rollBack(): Promise<void> {
    const { onNotice } = this;
    this.onNotice = () => {};
    await this.client.query("rollback").catch(() => {});
    this.onNotice = onNotice;
  }

  /**
   * Cancels the statements of the work once the signal is aborted: again and again, because the server ignores it between two statements.
   * Ends only when the server has got the last one, so that no statement after the work is cancelled.
   * @throws {DatabaseError} at once if the signal is aborted already
   */
  async cancelOnAbort<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    refuseIfCancelled(signal);
    let isOver = false;
    let cancelling: Promise<void> | undefined;
    const cancel = async () => {
      while (!isOver) {
        await this.#control.cancel([this.#process]).catch(() => {});
        if (!isOver) await sleep(50);
      }
    };
    const begin = () => {
      cancelling = cancel();
    };
    signal?.addEventListener("abort", begin);
    try {
      return await work();
    } finally {
      isOver = true;
      signal?.removeEventListener("abort", begin);
      await cancelling;
    }
  }

  /**
   * Records how a migration ended, if the table is not locked for longer than that. Not cancelled, because the record is
   * wanted after a cancellation too.
   */
  async tryToRecord(
    statement: string,
    { lockTimeoutMilliseconds }: LockLimits,
    values: readonly unknown[] = [],
  ): Promise<void> {
    try {
      await this.client.query(`set lock_timeout = ${lockTimeoutMilliseconds}`);
      await this.client.query(statement, [...values]);
    } catch {
      // The error to report is the migration's. The next deployment finds the migration unfinished.
    }
  }

  /** How one transaction waits for its locks. */
  lockWait({ lockTimeoutMilliseconds, lockAttempts }: LockLimits): LockWait {
    return new LockWait(this.#control, {
      lockTimeoutMilliseconds,
      lockAttempts,
      firstTimeoutMilliseconds: lockTimeoutMilliseconds,
    });
  }

  /**
   * Runs a transaction, and tries again if it does not get a lock.
   * @throws the error of the last attempt, which is rolled back
   */
  async transact(
    wait: LockWait,
    attempt: () => Promise<unknown>,
    onWait: (heldBy: string) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    for (;;) {
      refuseIfCancelled(signal);
      try {
        await wait.watch(this.#process, attempt);
        return;
      } catch (error) {
        await this.rollBack();
        if (!isLockFailure(error) || signal?.aborted || !(await wait.pause(signal, onWait))) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
    await this.#control.close();
  }
}

/** @throws {DatabaseError} */
function refuseIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DatabaseError("cancelled before it was begun", queryCanceled);
}

/**
 * Resets what DISCARD ALL does, except for the lock of migrations, and then applies our settings. For example, an empty
 * search_path, as pg_dump sets it, would prevent Prisma's engine from finding its own table.
 */
export function resetSession(schema: string): string {
  return `reset session authorization; reset role; reset all; close all; deallocate all; unlisten *; discard temp; discard sequences; ${migrationSettings(schema)}`;
}

/**
 * Times are in UTC because the adapter drops the offset of times that it reads. There is no statement time-out: a
 * hosted project's is two minutes, too short for a large index. Idle sessions do time out: such a session has lost its
 * client, and would keep the lock of migrations.
 */
function migrationSettings(schema: string): string {
  const searchPath = schema === "public" ? searchPathSetting : quoteIdentifier(schema);
  return `set search_path = ${searchPath}; ${pinSettings({ except: placesOfNewObjects })}; set statement_timeout = 0; set idle_session_timeout = '30s'`;
}

/** A migration's own `RAISE NOTICE` and every warning; not the server's remarks such as "already exists, skipping". */
function isMeantForPeople(notice: {
  readonly severity: string | undefined;
  readonly code: string | undefined;
}): boolean {
  return notice.severity === "WARNING" || notice.code === "00000";
}

const queryCanceled = "57014";
