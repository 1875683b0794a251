import pg from "pg";
import type { MigrationSession } from "./session.ts";

export interface BlockerWatch {
  /** The last session found to hold the lock, in words. */
  last(): string | undefined;
  stop(): void;
}

/** Finds who holds the lock that a session waits for, over a connection of its own, and once the wait has lasted a second. */
export function watchBlockers(session: MigrationSession): BlockerWatch {
  let found: string | undefined;
  const timer = setInterval(async () => {
    found = (await findBlocker(session).catch(() => undefined)) ?? found;
  }, 1000);
  return { last: () => found, stop: () => clearInterval(timer) };
}

async function findBlocker(session: MigrationSession): Promise<string | undefined> {
  const client = new pg.Client(session.config);
  try {
    await client.connect();
    const { rows } = await client.query<{ description: string }>(
      `select pg_catalog.format('session %s (user %s, application %s, %s)', pid, usename, coalesce(nullif(application_name, ''), 'unnamed'), state) as description
       from pg_catalog.pg_stat_activity where pid = any (pg_catalog.pg_blocking_pids($1))`,
      [session.process],
    );
    return rows[0]?.description;
  } finally {
    await client.end();
  }
}
