import type { ClientBase } from "pg";
import { describeSession } from "../../database/describe-session.ts";
import { DatabaseError, sqlStateOf } from "../../errors/errors.ts";

/**
 * The advisory lock that every Prisma engine takes before it applies migrations, so that two deployments, of whichever
 * tool, never apply at the same time.
 * @see https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production#advisory-locking
 */
const prismaAdvisoryLock = 72707369;

/** As long as Prisma's command line waits. */
const defaultTimeoutMilliseconds = 10_000;

/**
 * Takes Prisma's lock for the session; it is released when the session ends.
 * @throws {DatabaseError} naming the session that holds the lock, after ten seconds
 */
export async function takePrismaLock(
  client: ClientBase,
  timeoutMilliseconds = defaultTimeoutMilliseconds,
): Promise<void> {
  try {
    await client.query(`set lock_timeout = ${timeoutMilliseconds}`);
    await client.query("select pg_advisory_lock($1)", [prismaAdvisoryLock]);
  } catch (error) {
    if (sqlStateOf(error) !== "55P03") throw error;
    throw new DatabaseError(await describeHolder(client, timeoutMilliseconds), "55P03");
  } finally {
    await client.query("set lock_timeout = 0").catch(() => {});
  }
}

async function describeHolder(client: ClientBase, timeoutMilliseconds: number): Promise<string> {
  const { rows } = await client.query<{ description: string }>(
    `select ${describeSession("holder")} as description
     from pg_catalog.pg_locks as held join pg_catalog.pg_stat_activity as holder using (pid)
     where held.locktype = 'advisory' and held.granted and held.classid = 0 and held.objid = $1 and held.objsubid = 1
       and held.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`,
    [prismaAdvisoryLock],
  );
  const who = rows[0]?.description ?? "a session that has just ended";
  return (
    `another deployment of migrations is running: Prisma's lock ${prismaAdvisoryLock} was not free within ` +
    `${timeoutMilliseconds / 1000} s. It is held by ${who}. Wait until that has finished, then try again`
  );
}
