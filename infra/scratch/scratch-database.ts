import { Database } from "../database/database.ts";
import { majors, usualMajor } from "../local/major.ts";
import { withClient } from "../local/platform.ts";
import { withTemporaryServer } from "../local/temporary-server.ts";
import { copyItems, type NotCopied } from "./copy-items.ts";
import { readItems } from "./read-items.ts";

/** A separate database with a live one's schema, and without its rows except for the buckets'. */
export interface ScratchDatabase {
  /** As `postgres`, which is not a superuser, as on a hosted project. */
  readonly database: Database;
  /** As the superuser, which may change everything. */
  readonly superuser: Database;
  readonly url: string;
  readonly superuserUrl: string;
  /** What the database lacks, or has in another form than the live one, and why. */
  readonly notCopied: readonly NotCopied[];
}

export interface ScratchOptions {
  /** The project whose `.palisade` contains its data temporarily. Default: the project that this code runs for. */
  readonly projectDirectory?: string;
  /** Whether to copy the records of applied migrations, so that pending ones can be applied. Default: no. */
  readonly withRecords?: boolean;
  readonly report?: (line: string) => void;
}

/**
 * Runs some work on a scratch database. The live one is only read. The scratch database is on a separate server of the
 * same major version, if that is installed. The server is removed afterwards, however the work ends.
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
