import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describeFileError } from "../../errors/file-error.mjs";
import { runAttached } from "../../system/child-process.mjs";
import { commands } from "./commands.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { refuseProjectPath } from "./project-path.mjs";

const projectDirectory = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/**
 * Installs what is missing, then runs the named command. Everything said on the way goes to standard error: standard
 * output belongs to the command.
 *
 * @param {readonly string[]} argv the command's name, then its arguments
 * @returns {Promise<number>} the exit code
 */
export async function main([name, ...args]) {
  const command = name === undefined ? undefined : Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(listCommands(name));
    return 1;
  }
  try {
    refuseProjectPath(projectDirectory);
    await ensureDependencies({ projectDirectory, report: (line) => console.error(line) });
    return "module" in command ? await runModule(command.module, args) : await runPrograms(command.programs, args);
  } catch (error) {
    console.error(describe(error));
    return 1;
  }
}

/** @param {string | undefined} name */
function listCommands(name) {
  const width = Math.max(...Object.keys(commands).map((key) => key.length));
  return [
    name === undefined ? "Which command?" : `There is no command "${name}".`,
    ...Object.entries(commands).map(([key, { summary }]) => `  npm run ${key.padEnd(width)}  ${summary}`),
  ].join("\n");
}

/**
 * In this process: a process more would be one more to hand signals and exit codes through.
 *
 * @param {string} module
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function runModule(module, args) {
  const path = join(projectDirectory, module);
  if (!existsSync(path)) throw new Error(`${module} does not exist in this checkout.`);
  const { register } = await import("tsx/esm/api");
  register();
  const { run } = await import(pathToFileURL(path).href);
  return run(args);
}

/**
 * Runs all of them even if one fails, so that one run shows everything there is to repair. Arguments go to the first.
 *
 * @param {readonly import("./commands.mjs").Program[]} programs
 * @param {readonly string[]} args
 */
async function runPrograms(programs, args) {
  let exitCode = 0;
  for (const [index, program] of programs.entries()) {
    const commandLine = [locateProgram(program), ...program.args, ...(index === 0 ? args : [])];
    const result = await runAttached(process.execPath, commandLine, { cwd: projectDirectory });
    if (result >= 128) return result;
    exitCode ||= result;
  }
  return exitCode;
}

/** @param {import("./commands.mjs").Program} program */
function locateProgram(program) {
  const folder = join(projectDirectory, "node_modules", program.package);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[program.program]);
}

/**
 * Errors for people say all in their message; only a mistake of ours needs its stack.
 *
 * @param {unknown} error
 */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const isOurs = [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error instanceof kind);
  const file = describeFileError(error);
  if (file !== undefined) return file;
  return isOurs ? (error.stack ?? error.message) : error.message;
}
