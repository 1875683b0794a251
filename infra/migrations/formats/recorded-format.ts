import { quoteLiteral } from "../../sql/quote.ts";
import {
  deployRecorded,
  forgetRecord,
  type RecordTable,
  readRecordTable,
  recordApplied,
} from "../deployment/deploy-recorded.ts";
import type { MigrationFormat } from "./format.ts";

/** A format whose migrations Palisade itself applies, and records in this table. */
export function recordedFormat(
  table: RecordTable,
  own: Pick<MigrationFormat, "name" | "title" | "findProblem" | "findSkipped" | "newScript">,
): MigrationFormat {
  return {
    ...own,
    records: table.records,
    isRepairable: true,
    needsBaseline: false,
    warnsOutOfOrder: true,
    readFolder: table.readFolder,
    readRecords: (connectionString) => readRecordTable(table, connectionString),
    deploy: (options) => deployRecorded(table, options),
    markApplied: (target, name) => recordApplied(table, target, name),
    markRolledBack: ({ connectionString }, name) => forgetRecord(table, connectionString, name),
  };
}

/**
 * Quotes a text for the statement that records a migration, whatever its script has set standard_conforming_strings to.
 */
export function quoteText(text: string): string {
  return text.includes("\\") ? `e${quoteLiteral(text.replaceAll("\\", "\\\\"))}` : quoteLiteral(text);
}
