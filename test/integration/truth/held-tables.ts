import pg from "pg";
import type { TestDatabase } from "../../support/test-server.ts";

/**
 * Locks every table so that reading is all that others can do with it: whoever asks for more waits until the session is ended.
 * @see https://www.postgresql.org/docs/current/explicit-locking.html (EXCLUSIVE conflicts with everything but ACCESS SHARE)
 */
export async function holdTables({ superuserUrl }: TestDatabase): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: superuserUrl });
  await holder.connect();
  await holder.query(`begin; do $$ declare relation regclass; begin
    for relation in select oid from pg_class where relkind in ('r', 'p')
      and relnamespace <> all (array['pg_catalog', 'information_schema', 'pg_toast']::regnamespace[])
    loop execute format('lock table %s in exclusive mode', relation); end loop; end $$`);
  return holder;
}
