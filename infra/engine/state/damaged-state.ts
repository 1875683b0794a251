import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { localStack } from "../../settings/local-stack.ts";
import { projectCommand } from "../../settings/project-command.ts";
import { checkpointFile, readCheckpoint } from "./checkpoint.ts";
import type { FileStack } from "./interrupted-run.ts";

/**
 * Restores the newest intact copy of a stack's state if a full disk or a power failure has left the file empty or
 * truncated. The damaged file is kept next to it.
 *
 * @returns a message about it; undefined if nothing is damaged
 * @throws if there is no copy
 */
export function restoreDamagedState({ state, project, stack }: FileStack): string | undefined {
  restoreLayout(state, project);
  setAsideEmptyHistory(join(state, ".pulumi", "history", project, stack));
  setAsideDamagedTags(join(state, ".pulumi", "stacks", project, `${stack}.pulumi-tags`));
  const plain = checkpointFile(state, project, stack);
  const file = [plain, `${plain}.gz`].find((path) => existsSync(path));
  if (file === undefined || readCheckpoint(file) !== undefined) return undefined;
  const copy = [`${file}.bak`, ...listBackups({ state, project, stack })].find(
    (path) => readCheckpoint(path) !== undefined,
  );
  if (copy === undefined) throw new InputError(describeLoss(file, stack));
  copyFileSync(file, `${file}.damaged`);
  // By a rename, because the disk may still be full.
  copyFileSync(copy, `${file}.tmp`);
  if (readCheckpoint(`${file}.tmp`) === undefined) {
    rmSync(`${file}.tmp`, { force: true });
    throw new InputError(
      `the state of the stack ${stack}, ${file}, is damaged, and its copy ${copy} can't be put back: is the disk full?`,
    );
  }
  renameSync(`${file}.tmp`, file);
  return (
    `The state of the stack ${stack} was damaged (a full disk, or a power cut): ${copy}, its newest copy, is put in its place. ` +
    "What was made since then is found in the database, and taken over where it is as declared"
  );
}

/** For an empty meta.yaml, Pulumi assumes its first layout, in which projects have no folders, and finds no stack. */
function restoreLayout(state: string, project: string): void {
  const file = join(state, ".pulumi", "meta.yaml");
  const isEmpty = existsSync(file) && readFileSync(file, "utf8").trim() === "";
  if (isEmpty && existsSync(join(state, ".pulumi", "stacks", project))) writeFileSync(file, "version: 1\n");
}

/** `pulumi stack history` fails at the first entry that can't be read. */
function setAsideEmptyHistory(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name);
    if (/\.history\.json(?:\.gz)?$/.test(name) && statSync(file).size === 0) renameSync(file, `${file}.damaged`);
  }
}

/** Pulumi fails if tags can't be read. Nothing depends on them, and their file is kept next to its place. */
function setAsideDamagedTags(file: string): void {
  if (existsSync(file) && readCheckpoint(file) === undefined) renameSync(file, `${file}.damaged`);
}

/** The copies that Pulumi made before each update, newest first. */
function listBackups({ state, project, stack }: FileStack): readonly string[] {
  const folder = join(state, ".pulumi", "backups", project, stack);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((name) => /\.json(?:\.gz)?$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

function describeLoss(file: string, stack: string): string {
  const way =
    stack === localStack
      ? `\`${projectCommand("down")}\` removes it together with the local database; or, to keep the database, remove the file`
      : "Put back a copy of your own; or remove the file";
  return (
    `The state of the stack ${stack}, ${file}, is damaged (a full disk, or a power cut), and there is no copy of it. ${way}: ` +
    "the next update makes a new one, and takes over what is in the database as it is declared."
  );
}
