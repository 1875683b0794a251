import type { CatalogPart } from "../../../catalog/part.ts";
import type { MigrationRecord } from "../../history/history.ts";

/** What was applied of a plain folder; undefined where nothing ever was. Only what is committed in parts is there before it is applied. */
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
