import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeFailure } from "../errors/failure.mjs";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { refuseProjectPath } from "../settings/project-path.mjs";
import { packageFolder } from "../system/package-folder.ts";
import { suggestSimilar } from "../values/similar-name.ts";
import { type Commands, commands as ownCommands } from "./commands.ts";

/**
 * Runs the named command. Progress messages go to standard error, because standard output belongs to the command.
 *
 * @param argv the command's name, then its arguments
 * @param more commands beside the package's own
 * @returns the exit code
 */
export async function main(argv: readonly string[], more: Commands = {}): Promise<number> {
  const commands = { ...ownCommands, ...more };
  const [name = "", ...args] = readHelp(argv, commands);
  if (["--version", "-v", "version"].includes(name)) {
    console.log(readVersion());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(listCommands(commands, name));
    return isHelp(name) ? 0 : 1;
  }
  if (command.isPlain && args.length > 0) {
    const usage = `${projectCommand(name)}  ${command.summary}`;
    const isAsked = args.some(isHelp);
    console.error(isAsked ? usage : `${name} takes no arguments (${args.join(" ")}).\n\n${usage}`);
    return isAsked ? 0 : 1;
  }
  try {
    refuseProjectPath(projectDirectory);
    const { run } = await command.load();
    return await run(args);
  } catch (error) {
    console.error(describeFailure(error));
    return 1;
  }
}

function listCommands(commands: Commands, name: string): string {
  const isAsked = name === "" || isHelp(name);
  const width = Math.max(...Object.keys(commands).map((key) => key.length));
  return [
    isAsked ? "Which command?" : `There is no command "${name}"${suggestSimilar(name, Object.keys(commands))}.`,
    ...Object.entries(commands).map(([key, { summary }]) => `  ${projectCommand(key.padEnd(width))}  ${summary}`),
  ].join("\n");
}

/** `help up` means `up --help`. */
function readHelp(argv: readonly string[], commands: Commands): readonly string[] {
  const [first = "", named = ""] = argv;
  return isHelp(first) && Object.hasOwn(commands, named) ? [named, "--help"] : argv;
}

function readVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { readonly version: string })
    .version;
}

function isHelp(word: string): boolean {
  return ["help", "--help", "-h"].includes(word);
}
