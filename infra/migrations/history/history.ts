import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { MigrationRow } from "./catalog.ts";

/** One migration as the folder holds it. */
export interface FolderMigration {
  /** The folder's name, such as `20260105090000_baseline`. */
  readonly name: string;
  /** The checksum that Prisma writes into `_prisma_migrations`: the SHA-256 of the file's text, in hexadecimal. */
  readonly checksum: string;
  /** The checksum with the other line ends. Prisma accepts both, so that a checkout on Windows does not count as an edit. */
  readonly checksumWithOtherLineEnds: string;
}

/** The folder compared with the database. Names are in the folder's order, or in the order in which they were started. */
export interface MigrationHistory {
  /** Applied, and unchanged in the folder since. */
  readonly applied: readonly string[];
  /** In the folder but not in the database, or interrupted: what a deployment applies, in this order. */
  readonly pending: readonly string[];
  /** Applied, but the file has been changed since. */
  readonly edited: readonly string[];
  /** Started, and neither finished nor marked as rolled back: no deployment until somebody resolves it. */
  readonly failed: readonly FailedMigration[];
  /**
   * Started by `deployMigrations` and not finished: it is running now, or its deployment was killed and nothing of it was committed.
   * The next deployment applies it again; there is nothing to resolve.
   */
  readonly interrupted: readonly string[];
  /** Marked as rolled back and not applied since. Those in the folder are pending as well. */
  readonly rolledBack: readonly string[];
  /** In the database and not in the folder: the database is ahead of this checkout. */
  readonly missing: readonly string[];
}

export interface FailedMigration {
  readonly name: string;
  readonly startedAt: Date;
  /** The database's message. Null if none was recorded: Prisma's command line was killed, or is running now. */
  readonly logs: string | null;
}

/**
 * The text in `logs` while a migration is applied in one transaction with its record. In an unfinished row, while nobody holds Prisma's
 * lock, it proves that nothing of the migration was committed.
 */
export const interruptedMark =
  "Being applied by Palisade, in one transaction with this record. If no deployment is running, nothing of this migration took effect.";

/**
 * Reads a folder of Prisma migrations in the order in which Prisma applies them.
 *
 * A folder that does not exist holds no migrations. A subfolder without a `migration.sql` is an error that names it,
 * as it is for Prisma (P3015).
 */
export async function readMigrationFolder(directory: string): Promise<readonly FolderMigration[]> {
  const scripts = await readMigrationScripts(directory);
  return scripts.map(({ name, script }) => ({
    name,
    checksum: computeChecksum(script),
    checksumWithOtherLineEnds: computeChecksum(swapLineEnds(script)),
  }));
}

/** The migrations of a folder with their text, in the order in which Prisma applies them. */
export async function readMigrationScripts(
  directory: string,
): Promise<readonly { readonly name: string; readonly script: string }[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort(compareNames).map((name) => readScript(directory, name)));
}

export function isMissingFile(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "ENOENT";
}

/** Prisma's checksum of a migration: of the text as it is, whatever its line ends. */
export function computeChecksum(script: string): string {
  return createHash("sha256").update(script, "utf8").digest("hex");
}

/**
 * Compares the folder with the rows of `_prisma_migrations`, by the rules of Prisma's own engine: a row that was
 * marked as rolled back counts as absent, and a failed migration is never called edited.
 */
export function compareHistory(folder: readonly FolderMigration[], rows: readonly MigrationRow[]): MigrationHistory {
  const inOrder = [...rows].sort((a, b) => a.started_at.getTime() - b.started_at.getTime());
  const [interrupted, settled] = partition(inOrder, isInterrupted);
  const [rolledBack, standing] = partition(settled, (row) => row.rolled_back_at !== null);
  const [failed, finished] = partition(standing, (row) => row.finished_at === null);
  const standingNames = new Set(standing.map(nameOf));
  const folderNames = new Set(folder.map(({ name }) => name));

  const pending = folder.filter(({ name }) => !standingNames.has(name));
  const finishedRow = ({ name }: FolderMigration) => finished.find((row) => row.migration_name === name);
  const [edited, applied] = partition(
    folder.filter(finishedRow),
    (migration) => !hasChecksum(migration, finishedRow(migration)?.checksum),
  );

  return {
    applied: namesOf(applied),
    pending: namesOf(pending),
    edited: namesOf(edited),
    failed: failed.map((row) => ({ name: row.migration_name, startedAt: row.started_at, logs: row.logs })),
    interrupted: unique(interrupted.map(nameOf)),
    rolledBack: unique(rolledBack.map(nameOf).filter((name) => !standingNames.has(name))),
    missing: unique(standing.map(nameOf).filter((name) => !folderNames.has(name))),
  };
}

async function readScript(directory: string, name: string) {
  const file = join(directory, name, "migration.sql");
  try {
    return { name, script: await readFile(file, "utf8") };
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    throw new InputError(
      `the migration ${name} has no migration.sql: restore the file, or remove the folder ${join(directory, name)}`,
    );
  }
}

/** The Prisma CLI sorts by localeCompare; the locale is fixed here, so that every machine applies in one order. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en");
}

function swapLineEnds(script: string): string {
  return script.includes("\r\n") ? script.replaceAll("\r\n", "\n") : script.replaceAll("\n", "\r\n");
}

export function isInterrupted(row: MigrationRow): boolean {
  return row.finished_at === null && row.rolled_back_at === null && row.logs === interruptedMark;
}

function hasChecksum(migration: FolderMigration, checksum: string | undefined): boolean {
  return checksum === migration.checksum || checksum === migration.checksumWithOtherLineEnds;
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}

function namesOf(migrations: readonly FolderMigration[]): readonly string[] {
  return migrations.map(({ name }) => name);
}

function nameOf(row: MigrationRow): string {
  return row.migration_name;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
