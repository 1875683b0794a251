import { isUtf8 } from "node:buffer";
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

/**
 * The names of the `.sql` files directly in a folder, whatever their case, sorted by code unit. Empty if there is no
 * folder.
 */
export async function listScripts(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."));
  return files
    .map(({ name }) => name)
    .filter((name) => /\.sql$/i.test(name))
    .sort();
}

/** A migration's file as text. */
export interface ScriptFile {
  /** Without the byte order mark. */
  readonly script: string;
  /** Whether the file starts with a byte order mark, which some editors write and PostgreSQL refuses. */
  readonly isMarked: boolean;
  /** Why the text differs from the file, or can't be sent to a server: `1_a.sql is not UTF-8 (line 3)`. */
  readonly fault?: string;
}

/** @param file its name within the folder of migrations */
export async function readScript(directory: string, file: string): Promise<ScriptFile> {
  const bytes = await readFile(join(directory, file));
  const text = bytes.toString("utf8");
  const isMarked = text.startsWith(byteOrderMark);
  const fault = faultOf(bytes);
  return {
    script: isMarked ? text.slice(byteOrderMark.length) : text,
    isMarked,
    ...(fault === undefined ? {} : { fault: `${file} ${fault}` }),
  };
}

export const byteOrderMark = "\ufeff";

function faultOf(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 2).toString("hex");
  if (start === "fffe" || start === "feff") return "is UTF-16: save it as UTF-8";
  const nul = bytes.indexOf(0);
  if (nul !== -1) return `holds a NUL character (line ${lineAt(bytes, nul)}), which PostgreSQL can't take: remove it`;
  return isUtf8(bytes) ? undefined : `is not UTF-8 (line ${firstWrongLine(bytes)}): save it as UTF-8`;
}

/** In UTF-8, the byte of a line feed occurs in no other character. */
function firstWrongLine(bytes: Buffer): number {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(10, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return lineAt(bytes, start);
    start = end + 1;
  }
}

function lineAt(bytes: Buffer, index: number): number {
  return bytes.subarray(0, index).filter((byte) => byte === 10).length + 1;
}

/** Why a path is not a folder with contents. */
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
