import { dirname, join } from "node:path";
import { checkTypes, findCompiler } from "../contract/type-check.ts";
import { packageFolder, runsFromSources } from "../system/package-folder.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import type { Target } from "./target.ts";
import type { ProgramFile } from "./write-program.ts";

/**
 * Compiles a program's written files with the project's TypeScript and settings.
 * @returns false if the project has no TypeScript
 * @throws {InputError} with the files and the compiler's messages
 */
export async function checkProgram({ directory, main }: Target, files: readonly ProgramFile[]): Promise<boolean> {
  const sources = files.flatMap(({ path }) => (path.endsWith(".ts") ? [path] : []));
  if (sources.length === 0) return true;
  if (findCompiler(main) === undefined) return false;
  // In its own repository, the package is compiled together with the program.
  const settings = runsFromSources ? join(dirname(packageFolder), "tsconfig.json") : undefined;
  await withScratchFolder(directory, (folder) =>
    checkTypes({
      what: "the program",
      out: main,
      folder,
      files: sources,
      settings,
      // The program's own files may have unused names, such as the tables of a first program.
      options: { noUnusedLocals: false, noUnusedParameters: false },
    }),
  );
  return true;
}
