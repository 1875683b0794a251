import type { CatalogPart } from "../../catalog/part.ts";
import type { Row } from "../../database/database.ts";

/** The columns of a row of `_prisma_migrations` on which the comparison rests. */
export interface MigrationRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
  readonly logs: string | null;
}

/** What Prisma has recorded, in the order of time; undefined where it never migrated this database. */
export const migrationRows: CatalogPart<readonly MigrationRow[] | undefined> = {
  name: "migrations",
  relation: { schema: "public", name: "_prisma_migrations" },
  query: () => `
  select coalesce(json_agg(json_build_object('migration_name', migration_name, 'checksum', checksum, 'started_at', started_at,
    'finished_at', finished_at, 'rolled_back_at', rolled_back_at, 'logs', logs) order by started_at), '[]') as rows
  from public._prisma_migrations`,
  read: (rows) => rows?.map(readMigration),
};

function readMigration(row: Row): MigrationRow {
  const date = (value: unknown) => (value === null ? null : new Date(String(value)));
  return {
    ...(row as unknown as MigrationRow),
    started_at: new Date(String(row.started_at)),
    finished_at: date(row.finished_at),
    rolled_back_at: date(row.rolled_back_at),
  };
}
