import { removeLocalState, wasOnLocalDatabase } from "../engine/state/local-state.ts";
import { stackExists } from "../engine/state/state-folder.ts";
import { removeLocalDatabase } from "../local/index.ts";
import { localFiles } from "../settings/local-files.mjs";
import { localStack } from "../settings/local-stack.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";

/** `palisade down`: stops and removes the local database and Pulumi's state of it. The engine stays in its cache. */
export async function run(_args: readonly string[] = [], directory = projectDirectory): Promise<number> {
  const hasState = () => stackExists(localFiles(directory).state, readProjectIn(directory).name, localStack);
  const hadState = hasState();
  const kept = removeLocalState(directory);
  const hasRemovedState = hadState && !hasState();
  const hasRemovedDatabase = await removeLocalDatabase({
    projectDirectory: directory,
    report: (line) => console.error(line),
  });
  console.error(describeRemoval(hasRemovedDatabase, hasRemovedState));
  for (const stack of kept) console.error(describeKept(stack, directory));
  return 0;
}

function describeKept(stack: string, directory: string): string {
  if (!wasOnLocalDatabase(directory, stack)) return `Kept the state of ${stack}, which may be on another database.`;
  const remove = projectCommand("pulumi", ["stack", "rm", stack, "--force", "--preserve-config"]);
  return `Kept the state of ${stack}, although it names no database and so was on the local one; to remove it: ${remove}`;
}

function describeRemoval(database: boolean, state: boolean): string {
  if (database) return `Removed the local database${state ? " and its state" : ""}.`;
  return state
    ? "There was no local database; removed its state."
    : "There was no local database, and no state of one.";
}
