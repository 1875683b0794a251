import type { CatalogPart } from "../../../catalog/part.ts";
import type { MigrationRecord } from "../../history/history.ts";

/** The columns of `_prisma_migrations` that the comparison uses. */
export interface PrismaRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly started_at: Date | string;
  readonly finished_at: Date | string | null;
  readonly rolled_back_at: Date | string | null;
  readonly logs: string | null;
}

/**
 * The text in `logs` while a migration is applied in one transaction with its record. In an unfinished row, while
 * nobody holds Prisma's lock, it proves that nothing of the migration was committed.
 */
export const interruptedMark =
  "Being applied by Palisade, in one transaction with this record. If no deployment is running, nothing of this migration took effect.";

/** Prisma's records in chronological order; undefined if Prisma never migrated this database. */
export const prismaRecords: CatalogPart<readonly MigrationRecord[] | undefined> = {
  name: "migrations",
  relation: { schema: "public", name: "_prisma_migrations" },
  query: () => `
  select coalesce(json_agg(json_build_object('migration_name', migration_name, 'checksum', checksum, 'started_at', started_at,
    'finished_at', finished_at, 'rolled_back_at', rolled_back_at, 'logs', logs) order by started_at), '[]') as rows
  from public._prisma_migrations`,
  read: (rows) => rows?.map((row) => recordOf(row as unknown as PrismaRow)),
};

export function recordOf(row: PrismaRow): MigrationRecord {
  const { migration_name: name, checksum, started_at, logs } = row;
  return { key: name, name, checksum, state: stateOf(row), startedAt: new Date(started_at), logs };
}

/** The same rules as in Prisma's engine. */
function stateOf({ finished_at, rolled_back_at, logs }: PrismaRow): MigrationRecord["state"] {
  if (rolled_back_at !== null) return "rolled back";
  if (finished_at !== null) return "applied";
  return logs === interruptedMark ? "interrupted" : "failed";
}
