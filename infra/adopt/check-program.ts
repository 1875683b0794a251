import { dirname, join } from "node:path";
import { checkTypes, findCompiler } from "../contract/type-check.ts";
import { packageFolder, runsFromSources } from "../system/package-folder.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import type { Target } from "./target.ts";
import type { ProgramFile } from "./write-program.ts";

/**
 * Compiles the written files of a program by the project's TypeScript and its settings.
 * @returns false where the project has no TypeScript
 * @throws {InputError} with the files and the compiler's words
 */
export async function checkProgram({ directory, main }: Target, files: readonly ProgramFile[]): Promise<boolean> {
  const sources = files.flatMap(({ path }) => (path.endsWith(".ts") ? [path] : []));
  if (sources.length === 0) return true;
  if (findCompiler(main) === undefined) return false;
  // In its own repository the package is compiled with what uses it.
  const settings = runsFromSources ? join(dirname(packageFolder), "tsconfig.json") : undefined;
  await withScratchFolder(directory, (folder) =>
    checkTypes({ what: "the program", out: main, folder, files: sources, settings }),
  );
  return true;
}
