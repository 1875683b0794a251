import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { deployMigrations } from "../../prisma/engine.ts";
import {
  compareHistory,
  type MigrationHistory,
  type MigrationRow,
  readMigrationFolder,
  readMigrationScripts,
} from "../../prisma/history.ts";
import { InputError } from "../../provider/errors.ts";
import type { Operation } from "../../provider/operation.ts";
import type { Kind } from "../kind.ts";
import type { Properties } from "../properties.ts";
import { loadParser } from "../sql/parser.ts";
import { assumptionsOf } from "./assumptions.ts";

/**
 * The Prisma migrations of one folder.
 * @see https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production
 */
export const migrationsInput = z.strictObject({
  /** The folder of migrations, from the project's folder. Default: `prisma/migrations`. */
  directory: z
    .string()
    .default("prisma/migrations")
    .describe("The folder of migrations, from the project's folder. Default: prisma/migrations."),
});

export type Migrations = Properties & {
  readonly directory: string;
  /** Each migration with its checksum; one that failed in the database has the text `failed` there. */
  readonly migrations: { readonly [name: string]: string };
};

const failed = "failed";

export const migrations: Kind<Migrations> = {
  name: "Migrations",
  description: "Prisma migrations: knows which are pending, and applies them.",
  input: migrationsInput,
  replaceOn: [],
  settings: ["directory"],

  async normalise(input, { operation }) {
    const { directory = "prisma/migrations" } = input as z.input<typeof migrationsInput>;
    const folder = await readMigrationFolder(resolve(directory, operation));
    if (folder.length === 0)
      return [
        {
          path: ["directory"],
          message: `there is no migration in ${directory}; name the folder that holds them, from the project's folder`,
        },
      ];
    const rows = (await operation.snapshot()).migrations ?? [];
    const applied = new Set(rows.map((row) => row.checksum));
    return {
      directory,
      migrations: Object.fromEntries(
        folder.map(({ name, checksum, checksumWithOtherLineEnds: other }) => [
          name,
          applied.has(other) ? other : checksum,
        ]),
      ),
    };
  },

  identify: () => "prisma",
  claims: () => [{ on: "migrations", description: "the database's Prisma migrations" }],
  texts: () => [],
  probes: () => [],
  scope: () => ({ migrations: "all" }),
  find(catalog) {
    return catalog.migrations === undefined
      ? undefined
      : { directory: "prisma/migrations", migrations: liveMigrations(catalog.migrations) };
  },
  /** `prisma migrate deploy` goes on from any history that agrees with the folder, and inspect has seen that it does. */
  isUntouched: () => true,
  plan: () => [],
  remove: () => [],

  async inspect({ desired, operation }) {
    const directory = resolve(desired.directory, operation);
    const history = compareHistory(await readMigrationFolder(directory), (await operation.snapshot()).migrations ?? []);
    refuse(history);
    await loadParser();
    // Prisma makes its own table with the first migration, and a stack may well declare who reaches that.
    operation.assume("create table if not exists public._prisma_migrations (id varchar(36) primary key)");
    const scripts = await readMigrationScripts(directory);
    for (const { name, script } of scripts.filter((migration) => history.pending.includes(migration.name))) {
      const { statements, isComplete } = assumptionsOf(script);
      for (const statement of statements) operation.assume(statement);
      if (!isComplete) operation.expectChanges(name);
    }
  },

  async carryOut({ desired, operation, report }) {
    if (desired === undefined) {
      report("the tables that the migrations made stay, with their rows; only the stack forgets them");
      return;
    }
    const connectionString = await operation.options.connect();
    try {
      await deployMigrations({
        connectionString,
        directory: resolve(desired.directory, operation),
        onProgress: report,
      });
    } finally {
      operation.forgetSnapshot();
    }
  },
};

/** What stands in the way of a deployment, with the way out. */
function refuse({ edited, failed: unfinished, missing }: MigrationHistory): void {
  const problems = [
    ...unfinished.map(
      ({ name, logs }) =>
        `the migration ${name} failed, or is still running${logs ? ` (${logs.split("\n")[0]})` : ""}. Put the database right, then \`npx prisma migrate resolve --rolled-back ${name}\` ` +
        `to have it applied again, or \`--applied ${name}\` where you finished it by hand`,
    ),
    ...edited.map(
      (name) =>
        `the migration ${name} was edited after it was applied. Restore the file from version control and put the change into a new migration`,
    ),
    ...missing.map(
      (name) =>
        `the migration ${name} is applied in the database and not in the folder: the database is ahead of this checkout. Check out the commit that has it`,
    ),
  ];
  if (problems.length > 0) throw new InputError(problems.join("\n"));
}

function liveMigrations(rows: readonly MigrationRow[]): { readonly [name: string]: string } {
  const standing = rows
    .filter((row) => row.rolled_back_at === null)
    .map((row) => [row.migration_name, row.finished_at === null ? failed : row.checksum] as const);
  return Object.fromEntries(standing.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function resolve(directory: string, operation: Operation): string {
  return isAbsolute(directory) ? directory : join(operation.options.projectDirectory, directory);
}
