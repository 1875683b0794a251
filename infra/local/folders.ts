import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../errors/errors.ts";
import { describeFileError } from "../errors/file-error.mjs";
import { localFiles } from "../settings/local-files.mjs";
import { type Account, canReach } from "./account.ts";

/** What is in the project's ignored folder, whether or not it exists. */
export function locateFiles(projectDirectory: string): ReturnType<typeof localFiles> {
  return localFiles(realpathSync(resolve(projectDirectory)));
}

/**
 * The project's ignored folder, which is created if it does not exist.
 * @throws an error with advice if this account may not read or write it
 */
export function ensureProjectFolder(projectDirectory: string): string {
  const { folder, state, pulumiHome } = locateFiles(projectDirectory);
  try {
    mkdirSync(folder, { recursive: true });
    // Pulumi's folders in it are checked as well: Pulumi itself would only say "unable to open bucket".
    for (const path of [folder, state, pulumiHome]) {
      if (path === folder || existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    const isFile = error instanceof Error && "code" in error && error.code === "EEXIST";
    const problem = isFile ? `${folder} should be a folder, and is a file: move it away` : describeFileError(error);
    throw problem === undefined ? error : new InputError(problem);
  }
  return folder;
}

/**
 * The folder of the server's data: in the project's ignored folder or, if the server's account can't reach that, in a
 * system folder named after the clone.
 */
export function ensureServerFolder(projectDirectory: string, account: Account | undefined): string {
  const folder = ensureProjectFolder(projectDirectory);
  if (canReach(folder, account)) {
    return folder;
  }
  const outside = folderOutside(projectDirectory);
  mkdirSync(outside, { recursive: true, mode: 0o711 });
  const status = lstatSync(outside);
  if (!status.isDirectory() || status.uid !== process.getuid?.()) {
    throw new InputError(
      `${outside} belongs to somebody else. Remove it, or move this clone to where other accounts may go`,
    );
  }
  return outside;
}

/** The folder named after the clone, whether or not it exists. */
export function folderOutside(projectDirectory: string): string {
  return join("/var/tmp", `palisade-${fingerprintProject(projectDirectory).toString(16)}`);
}

/** A number that stays the same for a clone and differs between clones. */
export function fingerprintProject(projectDirectory: string): number {
  return createHash("sha256")
    .update(realpathSync(resolve(projectDirectory)))
    .digest()
    .readUIntBE(0, 6);
}
