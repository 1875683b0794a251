import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { parseCLI } from "vitest/node";
import { projectDirectory } from "../infra/settings/project-folder.ts";
import { runAttached } from "../infra/system/child-process.mjs";

/** `npm test`: all of the tests with coverage, or those that the arguments choose. */
export async function run(args: readonly string[]): Promise<number> {
  // npm runs a command in the project's folder, and says where it was called.
  const from = process.env.INIT_CWD ?? process.cwd();
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  return await runAttached(process.execPath, [vitest, ...vitestArguments(args, from)], { cwd: projectDirectory });
}

/**
 * What vitest is told. How much of the code is covered is asked of all of the tests, and of no part of them.
 * @param from the folder that paths are relative to
 */
export function vitestArguments(args: readonly string[], from: string): readonly string[] {
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const choosing: readonly (keyof typeof options)[] = [
    "testNamePattern",
    "changed",
    "shard",
    "project",
    "dir",
    "exclude",
  ];
  const isPart = filter.length > 0 || choosing.some((option) => options[option] !== undefined);
  const names = new Set(filter);
  return [
    "run",
    ...(isPart || options.coverage !== undefined ? [] : ["--coverage"]),
    ...args.map((arg) => (names.has(arg) ? fromProject(arg, from) : arg)),
  ];
}

/** A path as vitest finds it; anything else is part of one already, such as `safety/locks`. */
function fromProject(name: string, from: string): string {
  const path = resolve(from, name);
  return existsSync(path) ? relative(projectDirectory, path) : name;
}
