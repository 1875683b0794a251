import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * @param {string} file
 * @returns {boolean} whether a file is an ES module, which the nearest package.json says, as the SDK asks it
 */
export function isModule(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).type === "module";
    } catch {
      if (dirname(folder) === folder) return false;
    }
  }
}
