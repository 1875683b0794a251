import type { RecordTable } from "../../deployment/deploy-recorded.ts";
import type { MigrationFormat } from "../format.ts";
import { quoteText, recordedFormat } from "../recorded-format.ts";
import { findSkipped, plainFolderProblem, readPlainFolder } from "./folder.ts";
import { plainScriptNames } from "./new-script.ts";
import { plainRecords } from "./records.ts";

const table: RecordTable = {
  records: plainRecords,
  readFolder: readPlainFolder,
  /** The table is in a separate schema, which no API serves and nobody else has USAGE on. */
  async prepare({ client }) {
    const { rows } = await client.query<{ schema: boolean; table: boolean }>(
      "select to_regnamespace('palisade') is not null as schema, to_regclass('palisade.migrations') is not null as table",
    );
    return [
      ...(rows[0]?.schema ? [] : ["create schema if not exists palisade"]),
      ...(rows[0]?.table
        ? []
        : [
            "create table if not exists palisade.migrations (name text not null primary key, checksum text not null, started_at timestamptz not null default now(), applied_at timestamptz, error text)",
            "comment on table palisade.migrations is 'The migrations that Palisade has applied.'",
          ]),
    ];
  },
  async applied({ name, checksum }) {
    return (
      `insert into palisade.migrations (name, checksum, applied_at) values (${quoteText(name)}, ${quoteText(checksum)}, pg_catalog.clock_timestamp()) ` +
      "on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at, error = null"
    );
  },
  begun: ({ name, checksum }) =>
    `insert into palisade.migrations (name, checksum) values (${quoteText(name)}, ${quoteText(checksum)}) on conflict (name) do nothing`,
  failed: (name, message) =>
    `update palisade.migrations set error = ${quoteText(message)} where name = ${quoteText(name)}`,
  forgotten: (key) => `delete from palisade.migrations where name = ${quoteText(key)}`,
};

/** A folder of scripts, recorded in a table of Palisade's own. */
export const plainFormat: MigrationFormat = recordedFormat(table, {
  name: "plain",
  title: "migrations",
  findProblem: plainFolderProblem,
  findSkipped,
  newScript: plainScriptNames,
});
