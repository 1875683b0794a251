import type { Catalog } from "../../catalog/catalog.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { MigrationRow } from "./catalog.ts";
import type { FailedMigration, MigrationHistory } from "./history.ts";
import type { ResolveCommand } from "./resolve-command.ts";

/** What must be resolved before a deployment: a line each, with what to do. */
export function obstacles({ failed, edited, missing }: MigrationHistory, resolve: ResolveCommand): readonly string[] {
  return [
    ...failed.map((each) => describeFailure(each, resolve)),
    ...edited.map(
      (name) =>
        `the migration ${name} was edited after it was applied. Restore the file from version control and put the change into a new migration`,
    ),
    ...missing.map(
      (name) =>
        `the migration ${name} is applied in the database and not in the folder: the database is ahead of this checkout. Check out the commit that has it`,
    ),
  ];
}

/** Prisma refuses a database that has tables but no record, until it is told which migrations these tables come from (P3005). */
export function missingBaseline(
  {
    tables,
    migrations,
  }: { readonly tables: Catalog["tables"]; readonly migrations: readonly MigrationRow[] | undefined },
  pending: readonly string[],
  resolve: ResolveCommand,
): readonly string[] {
  const found = [...tables.values()].filter(({ schema, kind }) => schema === "public" && "rp".includes(kind));
  if (migrations !== undefined || found.length === 0) return [];
  const names = found.slice(0, 3).map(formatQualified).join(", ");
  const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
  return [
    `the database has tables (${names}${more}) and no record of any migration. Where they are what the first migrations make, record each of those ` +
      `as applied, beginning with \`${resolve("--applied", pending[0] ?? "<migration>")}\`; the next update goes on from there`,
  ];
}

function describeFailure({ name, startedAt, logs }: FailedMigration, resolve: ResolveCommand): string {
  const what =
    logs === null
      ? `the migration ${name}, started at ${startedAt.toISOString()}, is still running or was killed, and recorded no outcome`
      : `the migration ${name} failed: ${databaseWords(logs)}`;
  return (
    `${what}. Put right what it says, then \`${resolve("--rolled-back", name)}\` has it applied again by the next update; ` +
    `where all of its changes are in the database by now, \`${resolve("--applied", name)}\``
  );
}

/** Prisma's command line and this package record a failure in the same form, with the database's message in it. */
function databaseWords(logs: string): string {
  const said = /Database error:\n([^\n]+)/.exec(logs)?.[1] ?? logs.split("\n")[0] ?? "";
  const remains = /\n\n((?:Everything up to|Part of it)[^\n]*)\.$/.exec(logs)?.[1];
  return said.trim().replace(/\.$/, "") + (remains === undefined ? "" : `. ${remains}`);
}
