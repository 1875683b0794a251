import { selectAll } from "../../catalog/part.ts";
import { tables } from "../../catalog/tables.ts";
import { InputError } from "../../errors/errors.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { deploy } from "../../migrations/deploy.ts";
import { type MigrationRow, migrationRows } from "../../migrations/history/catalog.ts";
import { folderProblem } from "../../migrations/history/folder-problem.ts";
import { isInterrupted, readMigrationFolder } from "../../migrations/history/history.ts";
import { type DeploySettings, resolveFolder } from "../../migrations/history/read-history.ts";
import { inspectMigrations } from "../../migrations/pending/inspect.ts";
import { closedTables } from "../../migrations/suspension/closed-tables.ts";
import { migrationsFolder } from "../../settings/project-folder.ts";
import type { Properties } from "../../values/properties.ts";
import { migrationsArgs } from "./args.ts";

export type Migrations = Properties & {
  /** Absent from what is read of the database, which knows no folder. */
  readonly directory?: string;
  readonly command?: readonly string[];
  /** Each migration with its checksum; one that failed in the database has the text `failed` there. */
  readonly migrations: { readonly [name: string]: string };
  /** Live only: tables that a killed deployment left closed. */
  readonly closedTables?: readonly string[];
};

const failed = "failed";

export const migrations: Kind<Migrations, typeof migrationsArgs> = {
  name: "Migrations",
  description: "Prisma migrations: knows which are pending, and applies them.",
  input: migrationsArgs,
  replaceOn: [],
  settings: ["directory", "command"],
  derived: ["migrations", "closedTables"],
  liveOnly: ["closedTables"],

  async normalise({ command, ...declared }, { operation }) {
    const directory = declared.directory ?? migrationsFolder(operation.options.projectDirectory);
    const problem = await folderProblem(resolveFolder(directory, operation), directory);
    if (problem !== undefined) return [{ path: ["directory"], message: problem }];
    const folder = await readMigrationFolder(resolveFolder(directory, operation));
    const rows = (await operation.snapshot()).of(migrationRows) ?? [];
    const applied = new Set(rows.map((row) => row.checksum));
    return {
      directory,
      ...(command === undefined ? {} : { command }),
      migrations: Object.fromEntries(
        folder.map(({ name, checksum, checksumWithOtherLineEnds: other }) => [
          name,
          applied.has(other) ? other : checksum,
        ]),
      ),
    };
  },

  identify: () => "prisma",
  importId(id) {
    if (id === "prisma") return id;
    throw new InputError(`"${id}" is not the id of a database's migrations, which is always prisma`);
  },
  claims: () => [{ on: "migrations", description: "the database's Prisma migrations" }],
  texts: () => [],
  probes: () => [],
  reads: [migrationRows, tables],
  scope: () => selectAll([migrationRows]),
  find(catalog) {
    const rows = catalog.of(migrationRows);
    if (rows === undefined) return undefined;
    const closed = closedTables(catalog);
    return {
      migrations: liveMigrations(rows),
      ...(closed.length === 0 ? {} : { closedTables: closed }),
    };
  },
  /** `prisma migrate deploy` continues from any history that agrees with the folder, and `inspect` has checked that. */
  isUntouched: () => true,
  plan: () => [],
  remove: () => [],

  async inspect({ desired, operation, report }) {
    await inspectMigrations(withFolder(desired, operation), operation, report);
  },

  changesOthers: true,
  async execute({ desired, operation, report }) {
    if (desired === undefined) {
      report("the tables that the migrations made stay, with their rows; only the stack forgets them");
      return;
    }
    await deploy(withFolder(desired, operation), operation, report);
  },
};

function withFolder(migrations: Migrations, { options }: Operation): Migrations & DeploySettings {
  return { ...migrations, directory: migrations.directory ?? migrationsFolder(options.projectDirectory) };
}

/** The migrations recorded as applied or failed. One that is running, or whose deployment was killed, has changed nothing yet. */
function liveMigrations(rows: readonly MigrationRow[]): { readonly [name: string]: string } {
  const standing = rows
    .filter((row) => row.rolled_back_at === null && !isInterrupted(row))
    .map((row) => [row.migration_name, row.finished_at === null ? failed : row.checksum] as const);
  return Object.fromEntries(standing.sort(([left], [right]) => (left < right ? -1 : 1)));
}
