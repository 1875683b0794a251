import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runAttached } from "../system/child-process.mjs";

/** A program of an installed package. @typedef {{ readonly package: string, readonly program: string, readonly args: readonly string[] }} Program */

/** @type {readonly Program[]} */
const linters = [
  { package: "@biomejs/biome", program: "biome", args: ["check"] },
  { package: "typescript", program: "tsc", args: ["--noEmit"] },
  { package: "knip", program: "knip", args: [] },
  { package: "dependency-cruiser", program: "depcruise", args: ["--config", "dependency-cruiser.config.mjs", "infra"] },
];

/**
 * The commands of the package's own repository.
 *
 * @param {string} repository its folder
 * @returns {import("../cli/commands.ts").Commands}
 */
export function commands(repository) {
  const load = (/** @type {string} */ module) => import(pathToFileURL(join(repository, module)).href);
  return {
    bench: { summary: "measure (docs/benchmarks.md)", load: () => load("test/bench/index.ts") },
    test: {
      summary: "run the tests: all of them with coverage, or those that are named",
      load: () => load("test/run-tests.ts"),
    },
    lint: {
      summary: "check format, rules, types, unused code and the order of the rooms",
      load: async () => ({ run: (args) => runPrograms(repository, linters, args) }),
    },
  };
}

/**
 * Runs all of them even if one fails, so that one run shows everything there is to repair. Arguments go to the first.
 *
 * @param {string} repository
 * @param {readonly Program[]} programs
 * @param {readonly string[]} args
 */
async function runPrograms(repository, programs, args) {
  let exitCode = 0;
  for (const [index, program] of programs.entries()) {
    const commandLine = [locateProgram(repository, program), ...program.args, ...(index === 0 ? args : [])];
    const result = await runAttached(process.execPath, commandLine, { cwd: repository });
    if (result >= 128) return result;
    exitCode ||= result;
  }
  return exitCode;
}

/**
 * @param {string} repository
 * @param {Program} program
 */
function locateProgram(repository, program) {
  const folder = join(repository, "node_modules", program.package);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[program.program]);
}
