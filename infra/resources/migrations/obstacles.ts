import type { FailedMigration, MigrationHistory } from "../../prisma/history.ts";

/** What in the history stands in the way of a deployment, a line each, with the way out. */
export function obstacles({ failed, edited, missing }: MigrationHistory): readonly string[] {
  return [
    ...failed.map(describeFailure),
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

function describeFailure({ name, startedAt, logs }: FailedMigration): string {
  const what =
    logs === null
      ? `the migration ${name}, started at ${startedAt.toISOString()}, is still running or was killed, and recorded no outcome`
      : `the migration ${name} failed: ${databaseWords(logs)}`;
  return (
    `${what}. Put right what it says, then \`npm run migrations -- resolve --rolled-back ${name}\` has it applied again by the next update; ` +
    `where all of its changes are in the database by now, \`npm run migrations -- resolve --applied ${name}\``
  );
}

/** Prisma's command line and this project record a failure in the same words, and the database's own among them. */
function databaseWords(logs: string): string {
  const said = /Database error:\n([^\n]+)/.exec(logs)?.[1] ?? logs.split("\n")[0] ?? "";
  return said.trim().replace(/\.$/, "");
}
