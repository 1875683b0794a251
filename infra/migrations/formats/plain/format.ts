import { quoteLiteral } from "../../../sql/quote.ts";
import {
  deployRecorded,
  forgetRecord,
  type RecordTable,
  readRecordTable,
  recordApplied,
} from "../../deployment/deploy-recorded.ts";
import type { MigrationFormat } from "../format.ts";
import { findSkipped, plainFolderProblem, readPlainFolder } from "./folder.ts";
import { plainScriptNames } from "./new-script.ts";
import { plainRecords } from "./records.ts";

const table: RecordTable = {
  records: plainRecords,
  readFolder: readPlainFolder,
  /** In a schema of its own, which no API serves and on which nobody else has USAGE. */
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
      `insert into palisade.migrations (name, checksum, applied_at) values (${quoteLiteral(name)}, ${quoteLiteral(checksum)}, pg_catalog.clock_timestamp()) ` +
      "on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at, error = null"
    );
  },
  begun: ({ name, checksum }) =>
    `insert into palisade.migrations (name, checksum) values (${quoteLiteral(name)}, ${quoteLiteral(checksum)}) on conflict (name) do nothing`,
  failed: (name, message) =>
    `update palisade.migrations set error = ${quoteLiteral(message)} where name = ${quoteLiteral(name)}`,
  forgotten: (key) => `delete from palisade.migrations where name = ${quoteLiteral(key)}`,
};

/** A folder of scripts, recorded in a table of Palisade's own. */
export const plainFormat: MigrationFormat = {
  name: "plain",
  title: "migrations",
  records: plainRecords,
  isRepairable: true,
  findProblem: plainFolderProblem,
  readFolder: readPlainFolder,
  findSkipped,
  newScript: plainScriptNames,
  readRecords: (connectionString) => readRecordTable(table, connectionString),
  deploy: (options) => deployRecorded(table, options),
  markApplied: (target, name) => recordApplied(table, target, name),
  markRolledBack: ({ connectionString }, name) => forgetRecord(table, connectionString, name),
};
