import { removeLocalState } from "../engine/state/local-state.ts";
import { stackExists } from "../engine/state/state-folder.ts";
import { removeLocalDatabase } from "../local/index.ts";
import { localFiles } from "../settings/local-files.mjs";
import { localStack } from "../settings/local-stack.ts";
import { readProjectIn } from "../settings/project.ts";
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
  if (kept.length > 0) {
    console.error(`Kept the state of ${kept.join(", ")}: their databases are not the local one.`);
  }
  return 0;
}

function describeRemoval(database: boolean, state: boolean): string {
  if (database) return `Removed the local database${state ? " and its state" : ""}.`;
  return state
    ? "There was no local database; removed its state."
    : "There was no local database, and no state of one.";
}
