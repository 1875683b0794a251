import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { namesFile } from "./paths.ts";
import type { ProjectSettings } from "./project.ts";

/** Where the program of a new project goes, relative to the project's folder. */
export const usualProgram = "stacks/index.ts";

/**
 * The program's file, relative to the project's folder: what `main` in Pulumi.yaml names, or the index of that folder.
 * It need not exist.
 */
export function programFile({ file, main = "." }: Pick<ProjectSettings, "file" | "main">): string {
  if (namesFile(main)) return main;
  const usual = join(main, "index.ts");
  return [usual, join(main, "index.js")].find((path) => existsSync(join(dirname(file), path))) ?? usual;
}
