import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { exists, missingFolder } from "../files.ts";

/**
 * Finds what is wrong with a folder that should contain Prisma migrations, and says what to do; undefined if nothing is wrong.
 * @param named the folder as the program names it
 * @see https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
 */
export async function prismaFolderProblem(directory: string, named: string): Promise<string | undefined> {
  const missing = await missingFolder(directory, named, "Prisma's migrations", "npx prisma migrate dev");
  if (missing !== undefined) return missing;

  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const without = (await Promise.all(folders.map((name) => readEntry(directory, name)))).filter(
    (entry) => !entry.hasScript,
  );
  const inner = without.find((entry) => entry.holdsMigrations);
  if (inner !== undefined) {
    return `${named} holds no migrations itself, and ${join(named, inner.name)} does; name that folder`;
  }
  if (without.length > 0) {
    const names = without.map(({ name }) => name).join(", ");
    return `${names} in ${named} has no migration.sql; restore the file from version control, or remove the folder`;
  }
  if (folders.length === 0) {
    const script = entries.find((entry) => /\.sql$/i.test(entry.name));
    return script === undefined
      ? `${named} holds no migration; make the first with \`npx prisma migrate dev\`, or name the folder that holds them`
      : `${named} is no folder of Prisma's: it holds ${script.name} itself, where Prisma keeps each migration in a folder of its own, ` +
          `as in ${join(named, script.name.replace(/\.sql$/i, ""), "migration.sql")}`;
  }
  const provider = await readProvider(directory);
  return provider === undefined || provider === "postgresql"
    ? undefined
    : `${join(named, lockFile)} says that these migrations are for ${provider}; this provider applies those for postgresql`;
}

const lockFile = "migration_lock.toml";

async function readEntry(directory: string, name: string) {
  const hasScript = await exists(join(directory, name, "migration.sql"));
  const inner = hasScript ? [] : await readdir(join(directory, name));
  const scripts = await Promise.all(inner.map((each) => exists(join(directory, name, each, "migration.sql"))));
  return { name, hasScript, holdsMigrations: scripts.includes(true) };
}

async function readProvider(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, lockFile), "utf8").catch(() => "");
  return /^\s*provider\s*=\s*"([^"]*)"/m.exec(text)?.[1];
}
