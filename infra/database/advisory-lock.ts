import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "../errors/errors.ts";
import { describeSession } from "./describe-session.ts";

export interface AdvisoryLockWait {
  readonly timeoutMilliseconds: number;
  /** The mean time between two attempts. */
  readonly intervalMilliseconds: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** What the error says after that. */
  readonly cancelled: string;
  /** Called once, if there is somebody to wait for. */
  readonly onWait?: (holder: string) => void;
  /** What the error says if the lock is not free in time. */
  readonly refusal: (holder: string) => string;
}

/**
 * Attempts to take an advisory lock until it is taken.
 *
 * It is polled instead of waited for inside a statement: CREATE INDEX CONCURRENTLY waits for all older statements, so
 * the deployment that holds the lock would wait for the deployment that waits for the lock.
 *
 * @param attempt takes the lock, or returns who holds it
 * @throws {DatabaseError} naming the holder, if the lock is not free in time; or if the wait is cancelled
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export async function pollAdvisoryLock(
  attempt: () => Promise<string | undefined>,
  { timeoutMilliseconds, intervalMilliseconds, signal, cancelled, onWait, refusal }: AdvisoryLockWait,
): Promise<void> {
  const deadline = performance.now() + timeoutMilliseconds;
  let hasWaited = false;
  for (;;) {
    const holder = await attempt();
    if (holder === undefined) return;
    if (!signal?.aborted) {
      if (performance.now() >= deadline) throw new DatabaseError(refusal(holder), "55P03");
      if (!hasWaited) onWait?.(holder);
      hasWaited = true;
      // Two deployments that start together both back off, for random times, so that one of them gets the lock. A
      // cancellation ends the pause.
      await sleep(intervalMilliseconds * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    }
    if (signal?.aborted) throw new DatabaseError(cancelled, "57014");
  }
}

/**
 * A query for the session that holds an advisory lock of the current database, as `description`.
 * @param which a condition on `held`, its row in pg_locks
 */
export function queryHolder(which: string): string {
  return `select ${describeSession("holder")} as description
    from pg_catalog.pg_locks as held join pg_catalog.pg_stat_activity as holder using (pid)
    where held.locktype = 'advisory' and held.granted
      and held.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
      and ${which}
    limit 1`;
}
