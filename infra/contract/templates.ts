import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../system/package-folder.ts";
import type { ContractFiles } from "./files.ts";

/**
 * Files that are the same in every contract. They are not compiled in this project, because they import the
 * application's packages.
 */
export function templates(...names: readonly string[]): ContractFiles {
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(packageFolder, "contract", "templates", `${name}.template`), "utf8")]),
  );
}
