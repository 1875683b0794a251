import type { CatalogPart } from "../../../catalog/part.ts";
import type { MigrationRecord } from "../../history/history.ts";

/**
 * The applied migrations of a plain folder; undefined if there never were any. An unfinished migration is recorded only
 * if parts of it are committed.
 */
export const plainRecords: CatalogPart<readonly MigrationRecord[] | undefined> = {
  name: "migrations of a plain folder",
  relation: { schema: "palisade", name: "migrations" },
  query: () => `
  select coalesce(json_agg(json_build_object('name', name, 'checksum', checksum, 'started_at', started_at,
    'applied_at', applied_at, 'error', error) order by started_at, name collate "C"), '[]') as rows
  from palisade.migrations`,
  read: (rows) =>
    rows?.map(({ name, checksum, started_at, applied_at, error }) => ({
      key: String(name),
      name: String(name),
      checksum: String(checksum),
      state: applied_at === null ? "failed" : "applied",
      startedAt: new Date(String(started_at)),
      logs: error === null ? null : String(error),
    })),
};
