import type { ClientBase } from "pg";
import { pollAdvisoryLock, queryHolder } from "../../database/advisory-lock.ts";
import { InputError } from "../../errors/errors.ts";

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
 * @throws {DatabaseError} naming the session that holds the lock, after ten seconds; or when it is cancelled
 */
export async function takeMigrationLock(
  client: ClientBase,
  { key, title }: MigrationLock,
  { timeoutMilliseconds = defaultTimeoutMilliseconds, signal }: LockOptions = {},
): Promise<void> {
  const holder = queryHolder("held.classid = 0 and held.objid::bigint = $1 and held.objsubid = 1");
  const attempt = async () => {
    const { rows } = await client.query<{ holder: string | null }>(
      `select case when not pg_catalog.pg_try_advisory_lock($1) then coalesce((${holder}), 'a session that has just ended') end as holder`,
      [key],
    );
    return rows[0]?.holder ?? undefined;
  };
  await pollAdvisoryLock(attempt, {
    timeoutMilliseconds,
    intervalMilliseconds: 100,
    signal,
    cancelled: "cancelled before any migration was begun",
    refusal: (who) =>
      `another deployment of migrations is running: ${title} ${key} was not free within ` +
      `${timeoutMilliseconds / 1000} s. It is held by ${who}. Wait until that has finished, then try again`,
  });
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
