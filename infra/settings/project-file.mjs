import { statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The project's file in this folder or the nearest one above it, as the engine looks for it. In JavaScript, because a program's preload asks
 * for it as well.
 *
 * @param {string} directory
 * @returns {string | undefined}
 */
export function findProjectFile(directory) {
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find(isFile);
    if (file !== undefined || folder === dirname(folder)) return file;
  }
}

/** @param {string} path */
function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
