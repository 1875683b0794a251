import { ensureLocalDatabase } from "../local/index.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectDirectory } from "../settings/project-folder.ts";

/** `palisade url`: prints the local database's connection string and nothing else, as in `psql "$(…)"`. */
export async function run(): Promise<number> {
  // Elsewhere than in a project nobody would find the server again.
  readProjectIn(projectDirectory);
  const { url } = await ensureLocalDatabase({ projectDirectory, report: (line) => console.error(line) });
  console.log(url);
  return 0;
}
