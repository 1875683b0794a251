import type { Catalog } from "../../catalog/catalog.ts";
import { isTable } from "../../catalog/tables.ts";
import { relationOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readBlocks } from "../scripts/script.ts";
import type { FailedMigration, FolderMigration, MigrationHistory, MigrationRecord } from "./history.ts";
import type { ResolveCommand } from "./resolve-command.ts";

/**
 * What has to be resolved before a deployment: one line each, with what to do.
 * @param isRepairable whether a record can be rewritten or deleted; Prisma's engine allows neither. Default: no.
 */
export function obstacles(
  { failed, edited, missing }: MigrationHistory,
  resolve: ResolveCommand,
  { isRepairable = false }: { readonly isRepairable?: boolean } = {},
): readonly string[] {
  const or = (remedy: string) => (isRepairable ? `; or ${remedy}` : "");
  return [
    ...failed.map((each) => describeFailedMigration(each, resolve)),
    ...edited.map(
      (name) =>
        `the migration ${name} was edited after it was applied. Restore the file from version control and put the change into a new migration` +
        or(`where the database has what the file says now, record it so, \`${resolve("--applied", name)}\``),
    ),
    ...missing.map(
      (name) =>
        `the migration ${name} is applied in the database and not in the folder: the database is ahead of this checkout. Check out the commit that has it` +
        or(`where it was undone, take its record away, \`${resolve("--rolled-back", name)}\``),
    ),
  ];
}

/** Prisma refuses a database that has tables but no record, until it is told which migrations these tables come from (P3005). */
export function missingBaseline(
  {
    tables,
    migrations,
  }: { readonly tables: Catalog["tables"]; readonly migrations: readonly MigrationRecord[] | undefined },
  pending: readonly string[],
  resolve: ResolveCommand,
): readonly string[] {
  const found = [...tables.values()].filter((table) => table.schema === "public" && isTable(table));
  if (migrations !== undefined || found.length === 0) return [];
  const names = found.slice(0, 3).map(formatQualified).join(", ");
  const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
  return [
    `the database has tables (${names}${more}) and no record of any migration. Where they are what the first migrations make, record each of those ` +
      `as applied, beginning with \`${resolve("--applied", pending[0] ?? "<migration>")}\`; the next update goes on from there`,
  ];
}

/**
 * Tables that pending migrations create exist already, although nothing is recorded. These migrations can't be applied,
 * and probably were already.
 */
export function unrecordedTables(
  tables: Catalog["tables"],
  pending: readonly FolderMigration[],
  resolve: ResolveCommand,
): readonly string[] {
  const made = pending.flatMap(({ name, script }) => tablesMadeBy(script).map((table) => ({ name, table })));
  const found = made.filter(({ table }) => tables.has(table));
  const [first] = found;
  if (first === undefined) return [];
  const names = found
    .slice(0, 3)
    .map(({ table }) => table)
    .join(", ");
  return [
    `the database has what the migrations make (${names}${found.length > 3 ? ` and ${found.length - 3} more` : ""}) and no record of any of them. ` +
      `Record each whose changes are in the database as applied, beginning with \`${resolve("--applied", pending[0]?.name ?? first.name)}\`; the next update goes on from there`,
  ];
}

/** The tables that a script creates and no earlier statement can have dropped. */
function tablesMadeBy(script: string): readonly string[] {
  const blocks = readBlocks(script) ?? [];
  const statements = blocks.flatMap((block) => block.statements.map(({ node }) => node));
  const certain = statements.findIndex((node) => "DropStmt" in node || "RenameStmt" in node || "DoStmt" in node);
  return statements.slice(0, certain === -1 ? undefined : certain).flatMap(({ CreateStmt }) => {
    const { relation, if_not_exists } = (CreateStmt ?? {}) as Node;
    return relation === undefined || if_not_exists === true ? [] : [formatQualified(relationOf(relation))];
  });
}

function describeFailedMigration({ name, startedAt, logs }: FailedMigration, resolve: ResolveCommand): string {
  const what =
    logs === null
      ? `the migration ${name}${startedAt === undefined ? "" : `, started at ${startedAt.toISOString()}`}, is still running or was killed, and recorded no outcome`
      : `the migration ${name} failed: ${databaseWords(logs)}`;
  return (
    `${what}. Put right what it says, then \`${resolve("--rolled-back", name)}\` has it applied again by the next update; ` +
    `where all of its changes are in the database by now, \`${resolve("--applied", name)}\``
  );
}

/** The database's message from a failure's log. Prisma's command line and this package write logs in the same form. */
function databaseWords(logs: string): string {
  const said = /Database error:\n([^\n]+)/.exec(logs)?.[1] ?? logs.split("\n")[0] ?? "";
  const remains = /\n\n((?:Everything up to|Part of it)[^\n]*)\.$/.exec(logs)?.[1];
  return said.trim().replace(/\.$/, "") + (remains === undefined ? "" : `. ${remains}`);
}
