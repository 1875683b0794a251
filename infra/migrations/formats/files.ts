import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

export function isMissingFile(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "ENOENT";
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** The names of the files that stand directly in a folder and end with `.sql`, in the order of their characters; none where there is no folder. */
export async function listScripts(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."));
  return files
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".sql"))
    .sort();
}

export async function readScript(directory: string, name: string): Promise<string> {
  return await readFile(join(directory, name), "utf8");
}

/** What keeps a path from being a folder with something in it. */
export async function missingFolder(directory: string, named: string, holds: string, make: string) {
  const found = await stat(directory).catch((error: unknown) => {
    if (isMissingFile(error)) return undefined;
    throw error;
  });
  if (found === undefined) {
    return `there is no folder ${named}; name the one that holds ${holds}, from the project's folder, or make the first with \`${make}\``;
  }
  return found.isDirectory() ? undefined : `${named} is a file; name the folder that holds ${holds}`;
}
