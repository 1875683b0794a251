import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../../errors/errors.ts";
import type { FolderMigration } from "../../history/history.ts";
import { computeChecksum } from "../checksum.ts";
import { byteOrderMark, exists, isMissingFile, readScript } from "../files.ts";

/**
 * Reads a folder of Prisma migrations in the order in which Prisma applies them.
 *
 * A folder that does not exist contains no migrations. A subfolder without a `migration.sql` is an error that names it,
 * as in Prisma (P3015). Like Prisma, this accepts other line ends, so that a checkout on Windows does not count as an
 * edit.
 */
export async function readPrismaFolder(directory: string): Promise<readonly FolderMigration[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort(compareNames).map((name) => readMigration(directory, name)));
}

/** The names of the subfolders that contain a migration. Empty if there is no folder. */
export async function migrationFolders(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(names.map((name) => exists(join(directory, name, "migration.sql"))));
  return names.filter((_, index) => found[index]).sort();
}

async function readMigration(directory: string, name: string): Promise<FolderMigration> {
  try {
    const file = await readScript(directory, join(name, "migration.sql"));
    // Prisma sends the file as it is, including a byte order mark, and its checksum covers all of it.
    const script = file.isMarked ? byteOrderMark + file.script : file.script;
    const equalChecksums = [computeChecksum(swapLineEnds(script))];
    const fault = file.fault ?? (file.isMarked ? `${join(name, "migration.sql")} ${marked}` : undefined);
    const migration = { name, key: name, script, checksum: computeChecksum(script), equalChecksums };
    return fault === undefined ? migration : { ...migration, fault };
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    throw new InputError(
      `the migration ${name} has no migration.sql: restore the file, or remove the folder ${join(directory, name)}`,
    );
  }
}

const marked = "begins with a byte order mark, which PostgreSQL refuses: save it without";

/** The Prisma CLI sorts by localeCompare. The locale is fixed here, so that the order is the same on every machine. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en");
}

function swapLineEnds(script: string): string {
  return script.includes("\r\n") ? script.replaceAll("\r\n", "\n") : script.replaceAll("\n", "\r\n");
}
