import { ensureLocalDatabase } from "../local/index.ts";
import { localStack } from "../settings/local-stack.ts";
import { readProjectIn, readStack, stackFile } from "../settings/project.ts";
import { projectDirectory } from "../settings/project-folder.ts";

/** `palisade url`: prints only the local database's connection string, for use as in `psql "$(…)"`. */
export async function run(): Promise<number> {
  // Outside of a project, nobody would find the server again. Invalid settings are reported before a server is started.
  const project = readProjectIn(projectDirectory);
  readStack(project, stackFile(project, localStack));
  const { url } = await ensureLocalDatabase({ projectDirectory, report: (line) => console.error(line) });
  console.log(url);
  return 0;
}
