import pg from "pg";
import type { MigrationSession } from "./session.ts";

export interface BlockerWatch {
  /** The session that was last seen in the way, in words. */
  last(): string | undefined;
  stop(): void;
}

/** Looks, from a connection of its own and only once the wait has lasted a second, who holds the lock that a session waits for. */
export function watchBlockers(session: MigrationSession): BlockerWatch {
  let seen: string | undefined;
  const timer = setInterval(async () => {
    seen = (await findBlocker(session).catch(() => undefined)) ?? seen;
  }, 1000);
  return { last: () => seen, stop: () => clearInterval(timer) };
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
