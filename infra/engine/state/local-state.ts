import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { SettingsError } from "../../errors/settings-error.ts";
import { readConnectionSetting } from "../../settings/connection-setting.ts";
import { localFiles } from "../../settings/local-files.mjs";
import { localStack } from "../../settings/local-stack.ts";
import { type ProjectSettings, readProjectIn, readStack, stackFile } from "../../settings/project.ts";
import { projectCommand } from "../../settings/project-command.ts";
import { projectDirectory } from "../../settings/project-folder.ts";
import { findDeployedConnection, readCheckpoint, readStackCheckpoint } from "./checkpoint.ts";
import { clearDeadLocks, refuseRunningUpdate } from "./interrupted-run.ts";

/**
 * Removes Pulumi's state of the local database, which is meaningless without the database itself. The state of a stack
 * with another database is kept, wherever it is, and so is every state for which that is uncertain.
 *
 * @returns the stacks whose state remains in the folder
 * @throws {InputError} if an update is running or may be, or the local stack has been deployed to another database
 */
export function removeLocalState(directory: string = projectDirectory): readonly string[] {
  const { state } = localFiles(directory);
  const folder = join(state, ".pulumi");
  const project = readProjectIn(directory);
  const isLocal = isLocalStack(project);
  const local = { state, project: project.name, stack: localStack };
  if (isLocal) clearDeadLocks(local);
  if (isLocal) refuseRunningUpdate(local);
  if (isLocal) refuseDeployedElsewhere(join(folder, "stacks", project.name));
  if (isLocal) removeStack(folder, project.name);
  const kept = listStacks(join(folder, "stacks", project.name));
  // After a project was renamed, its stacks are still under the old name.
  const others = listFolders(join(folder, "stacks")).flatMap((name) => listStacks(join(folder, "stacks", name)));
  if (others.length === 0) rmSync(state, { recursive: true, force: true });
  return kept;
}

/** Whether a stack, whose state remains in the folder, was on the local database too. */
export function wasOnLocalDatabase(directory: string, stack: string): boolean {
  const project = readProjectIn(directory);
  const checkpoint = readStackCheckpoint(localFiles(directory).state, project.name, stack);
  if (findDeployedConnection(checkpoint) !== undefined) return false;
  try {
    return isLocalStack(project, stack);
  } catch (error) {
    if (error instanceof SettingsError) return false;
    throw error;
  }
}

function isLocalStack(project: ProjectSettings, stack = localStack): boolean {
  return readConnectionSetting(project, readStack(project, stackFile(project, stack))).kind === "none";
}

function refuseDeployedElsewhere(stacks: string): void {
  const file = ["", ".gz"].map((end) => join(stacks, `${localStack}.json${end}`)).find((path) => existsSync(path));
  // The copy counts only if the file is damaged: it remains after a stack has been removed.
  const checkpoint = file === undefined ? undefined : (readCheckpoint(file) ?? readCheckpoint(`${file}.bak`));
  const connection = findDeployedConnection(checkpoint);
  if (connection === undefined) return;
  throw new InputError(
    `the stack ${localStack} has been deployed to another database, the one that ${connection} names, and its configuration does not ` +
      "say so any more: its state is not removed. Write palisade:connection: " +
      `${connection} into its configuration again to go on with that database; or give the state up with ` +
      `\`${projectCommand("pulumi", ["stack", "rm", localStack, "--force", "--preserve-config"])}\`, which leaves the database as it is`,
  );
}

function listStacks(folder: string): readonly string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return [...new Set(files.flatMap((file) => /^(.+?)\.json(?:\.gz)?$/.exec(file)?.[1] ?? []))];
}

function listFolders(folder: string): readonly string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** A stack's state, and Pulumi's copy from before the last change. */
function stackFiles(folder: string, stack: string): readonly string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.filter((name) => {
    return (
      name.startsWith(`${stack}.json`) &&
      /^(?:\.(?:gz|bak|attrs|damaged|\d+))*$/.test(name.slice(`${stack}.json`.length))
    );
  });
}

function removeStack(folder: string, project: string): void {
  const stacks = join(folder, "stacks", project);
  for (const file of stackFiles(stacks, localStack)) rmSync(join(stacks, file));
  for (const end of ["", ".damaged"]) rmSync(join(stacks, `${localStack}.pulumi-tags${end}`), { force: true });
  for (const kind of ["backups", "history"]) {
    rmSync(join(folder, kind, project, localStack), { recursive: true, force: true });
  }
}
