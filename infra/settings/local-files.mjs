import { join } from "node:path";

/** The folder of a project that git ignores: everything in it is local, and can be made again. */
export const localFolder = ".palisade";

/** The start of the backend's URL in Pulumi.yaml, which leads to the state of local stacks. */
export const localBackend = `file://./${localFolder}/state`;

/**
 * What is in that folder, besides the local database's files. In JavaScript, because a program's preload and the installation of packages ask
 * for it as well.
 *
 * @param {string} directory the project's folder
 */
export function localFiles(directory) {
  const folder = join(directory, localFolder);
  return {
    folder,
    /** The file backend that Pulumi.yaml names: the state of local stacks. */
    state: join(folder, "state"),
    /** Pulumi's home folder, if the engine is ours; an installed engine uses the user's ~/.pulumi. */
    pulumiHome: join(folder, "pulumi"),
    /** The program as one file of JavaScript. */
    program: join(folder, "program"),
    /** The plugin as one file of JavaScript, and its compiled code. */
    plugin: join(folder, "plugin"),
    /** What each preview has shown, for the update that follows it. */
    previewedStates: join(folder, "seen"),
    /** The rows that a failure's statement refers to, by `verify`. */
    verificationRows: join(folder, "verify-rows.sql"),
    /** Held while this repository's dependencies are installed. */
    installLock: join(folder, "install.lock"),
  };
}
