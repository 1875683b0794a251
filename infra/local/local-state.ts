import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { localStack, projectDirectory, projectFolders, readConnectionName, readProjectSettings } from "./project.ts";

/**
 * Removes what Pulumi knows of the local database, which makes sense only together with the database itself. The state
 * of a stack that has a real one is kept, wherever it is.
 *
 * @returns the stacks whose state remains in the folder
 */
export function removeLocalState(directory: string = projectDirectory): readonly string[] {
  const { state } = projectFolders(directory);
  const folder = join(state, ".pulumi");
  const { name } = readProjectSettings(directory);
  const stacks = listStacks(join(folder, "stacks", name));
  const kept = stacks.filter((stack) => stack !== localStack || readConnectionName(directory, stack) !== undefined);
  if (isBeingUpdated(join(folder, "locks", "organization", name, localStack))) {
    throw new Error(
      "An update of the stack dev is running, or was killed. Wait for it, or give it up with " +
        "`npm run pulumi -- cancel`, and run the command again.",
    );
  }
  if (kept.length === 0) {
    rmSync(state, { recursive: true, force: true });
  } else if (!kept.includes(localStack)) {
    removeStack(folder, name);
  }
  return kept;
}

function listStacks(folder: string): readonly string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return [...new Set(files.flatMap((file) => /^(.+?)\.json(?:\.gz)?$/.exec(file)?.[1] ?? []))];
}

function isBeingUpdated(locks: string): boolean {
  return existsSync(locks) && readdirSync(locks).some((file) => file.endsWith(".json"));
}

function removeStack(folder: string, project: string): void {
  const stacks = join(folder, "stacks", project);
  for (const file of readdirSync(stacks).filter((name) => name.startsWith(`${localStack}.json`))) {
    rmSync(join(stacks, file));
  }
  for (const kind of ["backups", "history"]) {
    rmSync(join(folder, kind, project, localStack), { recursive: true, force: true });
  }
}
