import { join } from "node:path";
import { projectFolder } from "./project-folder.ts";

/** The project that a command is called in. */
export const projectDirectory = projectFolder();

/** The stack whose database is the local one, unless its configuration says otherwise. */
export const localStack = "dev";

/** What a project keeps in its ignored folder. */
export interface ProjectFolders {
  /** The file backend that Pulumi.yaml names. */
  readonly state: string;
  /** Pulumi's own settings and log-ins, where the engine is ours; an installed one keeps to the user's ~/.pulumi. */
  readonly pulumiHome: string;
}

export function projectFolders(directory: string = projectDirectory): ProjectFolders {
  const folder = join(directory, ".palisade");
  return { state: join(folder, "state"), pulumiHome: join(folder, "pulumi") };
}
