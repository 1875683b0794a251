import { selectAll } from "../../catalog/part.ts";
import { tables } from "../../catalog/tables.ts";
import { InputError } from "../../errors/errors.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { deploy } from "../../migrations/deploy.ts";
import { type FormatName, formatNames } from "../../migrations/formats/format.ts";
import { recogniseFormat } from "../../migrations/formats/recognise.ts";
import { defaultFormat, formatNamed, formats } from "../../migrations/formats/registry.ts";
import { type FolderMigration, hasChecksum, type MigrationRecord } from "../../migrations/history/history.ts";
import { type DeploySettings, resolveFolder } from "../../migrations/history/read-history.ts";
import { inspectMigrations } from "../../migrations/pending/inspect.ts";
import { closedTables } from "../../migrations/suspension/closed-tables.ts";
import { waitForMigrations } from "../../migrations/wait.ts";
import { migrationsFolder } from "../../settings/project-folder.ts";
import type { Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { migrationsArgs } from "./args.ts";

export type Migrations = Properties & {
  /** Absent from the live object: the database does not record the folder. */
  readonly directory?: string;
  /** Absent for Prisma's format. */
  readonly format?: FormatName;
  readonly command?: readonly string[];
  /** Absent if the provider applies them, or runs a command that does. */
  readonly apply?: false;
  /** Each migration with its checksum. For one that failed in the database, this is the text `failed`. */
  readonly migrations: { readonly [name: string]: string };
  /** Live only: tables that a killed deployment left with their policies closed. */
  readonly closedTables?: readonly string[];
};

const commandForNothing = "with apply: false the update runs no command; take one of the two away";

const failed = "failed";
/** Stands for the checksum of a migration whose record has none. */
const applied = "applied";

export const migrations: Kind<Migrations, typeof migrationsArgs> = {
  name: "Migrations",
  description:
    "A folder of migrations, of Prisma, the Supabase CLI or nobody: knows which are pending, and applies them.",
  input: migrationsArgs,
  replaceOn: ["format"],
  settings: ["directory", "command", "apply"],
  derived: ["migrations", "closedTables"],
  liveOnly: ["closedTables"],

  async normalise({ command, apply, format: said, ...declared }, { operation }) {
    if (!apply && command !== undefined) return [{ path: ["command"], message: commandForNothing }];
    const directory = declared.directory ?? migrationsFolder(operation.options.projectDirectory, said);
    const folder = resolveFolder(directory, operation);
    const recognised =
      said ??
      (await recogniseFormat({ directory: folder, named: directory, recordsOf: (name) => recordsIn(operation, name) }));
    if (typeof recognised !== "string") return [{ path: ["format"], message: recognised.problem }];
    const format = formatNamed(recognised);
    const problem = await format.findProblem(folder, directory);
    if (problem !== undefined) return [{ path: ["directory"], message: problem }];
    const records = await recordsIn(operation, format.name);
    return {
      directory,
      ...formatProperty(format.name),
      ...(command === undefined ? {} : { command }),
      ...(apply ? {} : { apply }),
      migrations: Object.fromEntries((await format.readFolder(folder)).map((migration) => entryOf(migration, records))),
    };
  },

  identify: ({ format = defaultFormat.name }) => format,
  adoptable,
  importId(id) {
    if (formats.some(({ name }) => name === id)) return id;
    throw new InputError(`"${id}" is not the id of a database's migrations, which is one of ${formatNames.join(", ")}`);
  },
  claims: () => [{ on: "migrations", description: "the database's migrations" }],
  texts: () => [],
  probes: () => [],
  reads: [...formats.map(({ records }) => records), tables],
  scope: (id) => selectAll([formatOf(id).records, tables]),
  find(catalog, id) {
    const format = formatOf(id);
    const records = catalog.of(format.records);
    if (records === undefined) return undefined;
    const closed = closedTables(catalog);
    return {
      ...formatProperty(format.name),
      migrations: liveMigrations(records),
      ...(closed.length === 0 ? {} : { closedTables: closed }),
    };
  },
  /** A deployment can continue from any history that matches the folder, which `inspect` has checked. */
  isUntouched: () => true,
  plan: () => [],
  remove: () => [],

  async inspect({ desired, operation, report }) {
    await inspectMigrations(deploySettings(desired, operation), operation, report);
  },

  changesOthers: true,
  async wait({ desired, operation, context: { timeoutSeconds }, report }) {
    if (desired.apply === false) {
      await waitForMigrations(deploySettings(desired, operation), operation, { report, timeoutSeconds });
    }
  },
  async execute({ desired, operation, report }) {
    if (desired === undefined) {
      report("the tables that the migrations made stay, with their rows; only the stack forgets them");
      return;
    }
    await deploy(deploySettings(desired, operation), operation, report);
  },
};

function deploySettings({ directory, format, command, apply }: Migrations, operation: Operation): DeploySettings {
  return {
    directory: directory ?? migrationsFolder(operation.options.projectDirectory, format),
    format: formatNamed(format),
    ...(command === undefined ? {} : { command }),
    ...(apply === undefined ? {} : { apply }),
  };
}

/** Omits Prisma's format, because the state of a stack from before there were several formats does not mention it. */
function formatProperty(name: FormatName): { readonly format?: FormatName } {
  return name === defaultFormat.name ? {} : { format: name };
}

function formatOf(id: string) {
  return formatNamed(id as FormatName);
}

async function recordsIn(operation: Operation, name: FormatName): Promise<readonly MigrationRecord[]> {
  return (await operation.snapshot()).of(formatNamed(name).records) ?? [];
}

/** A migration of the folder with its checksum. It is the recorded checksum if the record is of the same migration. */
function entryOf(migration: FolderMigration, records: readonly MigrationRecord[]): readonly [string, string] {
  const record = records.find(({ key, state }) => key === migration.key && state === "applied");
  if (record === undefined) return [migration.name, migration.checksum];
  const isSame = hasChecksum(migration, record.checksum);
  return [record.name, isSame ? (record.checksum ?? applied) : migration.checksum];
}

/**
 * The migrations recorded as applied or failed. One that is running, or whose deployment was killed, has not changed
 * anything yet.
 */
function liveMigrations(records: readonly MigrationRecord[]): { readonly [name: string]: string } {
  const standing = records
    .filter(({ state }) => state === "applied" || state === "failed")
    .map(({ name, state, checksum = applied }) => [name, state === "failed" ? failed : checksum] as const);
  return Object.fromEntries(standing.sort(([left], [right]) => (left < right ? -1 : 1)));
}
