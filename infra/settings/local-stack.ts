import { join } from "node:path";
import { projectDirectory } from "./project-folder.ts";

/** The stack whose database is the local one, unless its configuration says otherwise. */
export const localStack = "dev";

/** The folders in `.palisade`, which git ignores. */
export interface LocalFolders {
  /** The file backend that Pulumi.yaml names: the state of local stacks. */
  readonly state: string;
  /** Pulumi's home folder, if the engine is ours; an installed engine uses the user's ~/.pulumi. */
  readonly pulumiHome: string;
}

export function localFolders(directory: string = projectDirectory): LocalFolders {
  const folder = join(directory, ".palisade");
  return { state: join(folder, "state"), pulumiHome: join(folder, "pulumi") };
}
