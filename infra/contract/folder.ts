import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { InputError } from "../errors/errors.ts";
import { projectCommand } from "../settings/project-command.ts";
import type { ContractFiles } from "./files.ts";

/** The changes that bring a folder up to date. */
export interface FolderChanges {
  readonly write: readonly string[];
  readonly remove: readonly string[];
}

/** Lists the folder's generated files, so that no other file is ever replaced or removed. */
const manifestFile = "palisade.json";

/**
 * Compares a folder with its expected contents.
 * @throws {InputError} if somebody else's file has the name of a generated one
 */
export function compareFolder(folder: string, files: ContractFiles): FolderChanges {
  const owned = new Set(readManifest(folder));
  const strangers = Object.keys(files).filter((path) => !owned.has(path) && existsSync(join(folder, path)));
  if (strangers.length > 0) {
    throw new InputError(
      `${folder} holds ${strangers.join(", ")}, which this command has not written and will not replace: name another folder, or remove ${strangers.length === 1 ? "it" : "them"}`,
    );
  }
  const wanted: ContractFiles = { ...files, [manifestFile]: writeManifest(files) };
  return {
    write: Object.keys(wanted).filter((path) => readText(join(folder, path)) !== wanted[path]),
    remove: [...owned].filter((path) => !Object.hasOwn(wanted, path) && existsSync(join(folder, path))),
  };
}

/** Applies the changes. Unchanged files are not touched. */
export function updateFolder(folder: string, files: ContractFiles, { write, remove }: FolderChanges): void {
  for (const path of write) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), path === manifestFile ? writeManifest(files) : (files[path] ?? ""));
  }
  for (const path of remove) {
    rmSync(join(folder, path));
    removeEmptyFolders(folder, dirname(path));
  }
}

function writeManifest(files: ContractFiles): string {
  return `${JSON.stringify({ writtenBy: "Palisade (palisade contract)", files: Object.keys(files).sort() }, undefined, 2)}\n`;
}

function readManifest(folder: string): readonly string[] {
  const text = readText(join(folder, manifestFile));
  if (text === undefined) return [];
  const files = readFileList(text);
  if (files === undefined) {
    throw new InputError(
      `${join(folder, manifestFile)} is damaged, and it is the list of the files that may be replaced. Put it back from version control; or remove the folder, if all in it was written by \`${projectCommand("contract")}\``,
    );
  }
  const outside = files.find((path) => normalize(path).startsWith("..") || normalize(path).startsWith(sep));
  if (outside !== undefined)
    throw new InputError(`${join(folder, manifestFile)} lists ${outside}, which is outside its folder`);
  return files;
}

function readFileList(text: string): readonly string[] | undefined {
  try {
    const { files } = JSON.parse(text) as { readonly files?: unknown };
    return Array.isArray(files) && files.every((file) => typeof file === "string") ? files : undefined;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function removeEmptyFolders(root: string, path: string): void {
  if (path === "." || readdirSync(join(root, path)).length > 0) return;
  rmdirSync(join(root, path));
  removeEmptyFolders(root, dirname(path));
}
