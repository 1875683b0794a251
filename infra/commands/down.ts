import { removeLocalState } from "../local/local-state.ts";
import { removeLocalDatabase } from "../local/postgres/index.ts";
import { projectDirectory } from "../local/project.ts";

/** `npm run down`: stops and removes the local database, and what Pulumi knows of it. The engine stays in its cache. */
export async function run(): Promise<number> {
  const kept = removeLocalState(projectDirectory);
  await removeLocalDatabase({ projectDirectory, report: (line) => console.error(line) });
  console.error("Removed the local database and its state.");
  if (kept.length > 0) {
    console.error(`Kept the state of ${kept.join(", ")}: their databases are not the local one.`);
  }
  return 0;
}
