import { setTimeout as pause } from "node:timers/promises";
import type { ClientBase } from "pg";
import { describeSession } from "../../database/describe-session.ts";
import { DatabaseError, InputError } from "../../errors/errors.ts";

/** An advisory lock that keeps two deployments of migrations from applying at the same time. */
export interface MigrationLock {
  readonly key: number;
  /** Its name in messages. */
  readonly title: string;
}

/**
 * The lock that every Prisma engine takes before it applies migrations.
 * @see https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production#advisory-locking
 */
export const prismaLock: MigrationLock = { key: 72707369, title: "Prisma's lock" };

/** Palisade's own lock, for folders whose tool takes none. */
export const palisadeLock: MigrationLock = { key: 80653218, title: "the lock" };

/** The time that Prisma's command line waits. */
const defaultTimeoutMilliseconds = 10_000;

/**
 * Takes the lock for the session; it is released when the session ends.
 *
 * It is polled instead of waited for inside a statement: CREATE INDEX CONCURRENTLY waits for all older statements, so
 * the deployment that holds the lock would wait for the deployment that waits for the lock.
 *
 * @throws {DatabaseError} naming the session that holds the lock, after ten seconds; or when it is cancelled
 */
export async function takeMigrationLock(
  client: ClientBase,
  lock: MigrationLock,
  { timeoutMilliseconds = defaultTimeoutMilliseconds, signal }: LockOptions = {},
): Promise<void> {
  const end = performance.now() + timeoutMilliseconds;
  for (;;) {
    const { rows } = await client.query<{ isTaken: boolean }>(
      'select pg_catalog.pg_try_advisory_lock($1) as "isTaken"',
      [lock.key],
    );
    if (rows[0]?.isTaken) return;
    if (performance.now() >= end) {
      throw new DatabaseError(await describeHolder(client, lock, timeoutMilliseconds), "55P03");
    }
    // A cancellation ends the pause.
    await pause(interval, undefined, { signal }).catch(() => {});
    if (signal?.aborted) throw new DatabaseError("cancelled before any migration was begun", "57014");
  }
}

/**
 * Makes sure that the lock is still held: a script may have released every lock of its session.
 * @throws {InputError}
 */
export async function expectMigrationLock(client: ClientBase, { key, title }: MigrationLock): Promise<void> {
  const { rows } = await client.query(
    `select from pg_catalog.pg_locks where locktype = 'advisory' and granted and classid = 0 and objid = ${key} and objsubid = 1
       and pid = pg_catalog.pg_backend_pid()`,
  );
  if (rows.length > 0) return;
  throw new InputError(
    `the script before it has released ${title} ${key}, as DISCARD ALL and pg_advisory_unlock_all() do, so another deployment may have begun since; such a statement is of no use in a migration`,
  );
}

export interface LockOptions {
  /** Default: ten seconds. */
  readonly timeoutMilliseconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** In milliseconds. */
const interval = 100;

async function describeHolder(
  client: ClientBase,
  { key, title }: MigrationLock,
  timeoutMilliseconds: number,
): Promise<string> {
  const { rows } = await client.query<{ description: string }>(
    `select ${describeSession("holder")} as description
     from pg_catalog.pg_locks as held join pg_catalog.pg_stat_activity as holder using (pid)
     where held.locktype = 'advisory' and held.granted and held.classid = 0 and held.objid = $1 and held.objsubid = 1
       and held.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`,
    [key],
  );
  const who = rows[0]?.description ?? "a session that has just ended";
  return (
    `another deployment of migrations is running: ${title} ${key} was not free within ` +
    `${timeoutMilliseconds / 1000} s. It is held by ${who}. Wait until that has finished, then try again`
  );
}
