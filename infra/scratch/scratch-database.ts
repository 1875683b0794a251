import { Database } from "../database/database.ts";
import { majors, usualMajor } from "../local/major.ts";
import { withClient } from "../local/platform.ts";
import { withTemporaryServer } from "../local/temporary-server.ts";
import { copyItems, type NotCopied } from "./copy-items.ts";
import { readItems } from "./read-items.ts";

/** A database of its own with the schema of a live one, and none of its rows but the buckets'. */
export interface ScratchDatabase {
  /** As `postgres`, who is no superuser, just as on a hosted project. */
  readonly database: Database;
  /** As the superuser, who may change everything. */
  readonly superuser: Database;
  readonly url: string;
  readonly superuserUrl: string;
  /** What of the live database it has not, or not so, and why. */
  readonly notCopied: readonly NotCopied[];
}

export interface ScratchOptions {
  /** In whose `.palisade` its data lie for the time. Default: the project that this code runs for. */
  readonly projectDirectory?: string;
  /** Whether it knows the migrations that are applied, so that the others can be. Default: no. */
  readonly withRecords?: boolean;
  readonly report?: (line: string) => void;
}

/**
 * Runs some work on a scratch database. The live one is only read. The scratch database is on a server of its own, of the same major version
 * where that is installed, which is gone afterwards however the work ends.
 *
 * @example
 * await withScratchDatabase(live, {}, async ({ database, superuser, notCopied }) => verify(database, verification));
 */
export async function withScratchDatabase<T>(
  live: Database,
  options: ScratchOptions,
  work: (scratch: ScratchDatabase) => Promise<T>,
): Promise<T> {
  const items = await live.look((session) => readItems((script) => session.run(script), options));
  const major = majors.find((each) => each === items.server.major) ?? usualMajor;
  return await withTemporaryServer(
    { ...options, major, database: items.server.database },
    async ({ url, superuserUrl }) => {
      const notCopied = await withClient(superuserUrl, (client) => copyItems(items, client));
      const database = new Database(url);
      const superuser = new Database(superuserUrl);
      try {
        return await work({ database, superuser, url, superuserUrl, notCopied });
      } finally {
        await Promise.all([database.close(), superuser.close()]);
      }
    },
  );
}
