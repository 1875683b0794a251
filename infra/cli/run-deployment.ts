import { existsSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Engine, ensureEngine } from "../engine/index.ts";
import { runPulumi } from "../engine/running/pulumi.ts";
import { type PulumiCommand, readPulumiArguments } from "../engine/running/pulumi-arguments.ts";
import { type PulumiTarget, resolveTarget } from "../engine/running/pulumi-target.ts";
import { InputError } from "../errors/errors.ts";
import { ensureLocalDatabase } from "../local/index.ts";
import { connectionKey } from "../settings/connection-setting.ts";
import { localOnlyVariable } from "../settings/local-only.ts";
import { localStack } from "../settings/local-stack.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { reachFileVariable } from "../settings/reach-file.ts";
import {
  refuseMissingPassphrase,
  refuseMissingProject,
  refuseMissingSdk,
  refuseMissingStack,
  reportMissingStack,
} from "./first-steps.ts";
import { type CheckedImports, checkImportFile } from "./import-file.ts";

export interface DeploymentOptions {
  /**
   * Whether a local stack may be changed without confirmation if there is no terminal. Other stacks always need
   * `--yes`. Default: false.
   */
  readonly approve?: boolean;
  /** Runs after Pulumi has succeeded. */
  readonly afterwards?: (stack: string, report: (line: string) => void) => Promise<void>;
}

/**
 * Runs Pulumi on this project interactively: gets the engine, starts the local database if the stack uses it, and
 * leaves the terminal to Pulumi.
 *
 * @returns the exit code
 */
export async function runDeployment(given: readonly string[], options: DeploymentOptions = {}): Promise<number> {
  const { args, reachFile } = takeReachFile(given);
  const { approve = false, afterwards } = options;
  const report = (line: string) => console.error(line);
  const command = readPulumiArguments(args);
  refuseMissingProject(command);
  const engine = await ensureEngine(report);
  const target = resolveTarget(command, { directory: projectDirectory, environment: process.env, engine });
  const canAsk = !command.isNonInteractive && isInteractive();
  if (command.name === "import" && engine.origin === "built" && command.flags.has("--out"))
    throw new InputError(noCode);
  refuseMissingSdk(command.name, target);
  refuseMissingStack(command, target);
  if (!canAsk) refuseMissingPassphrase(command, target);
  sayWhere(command, target, report);
  if (command.usesDatabase && target.isLocal) {
    await ensureLocalDatabase({ projectDirectory, report });
  }
  const isApproved = approve && target.isLocal && !command.isDecided && !canAsk;
  const added = [
    ...(isApproved ? ["--yes"] : []),
    ...(writesNoCode(command, engine) ? ["--generate-code=false"] : []),
    ...(keepsSelection(command, target) ? ["--no-select"] : []),
  ];
  const imports = await checkImports(command, target, report);
  if (imports !== undefined && imports.file === undefined) return 1;
  const environment = {
    ...(isApproved ? { [localOnlyVariable]: "true" } : {}),
    ...(reachFile === undefined ? {} : { [reachFileVariable]: reachFile }),
  };
  let exitCode: number;
  try {
    if (reachFile !== undefined) rmSync(reachFile, { force: true });
    const flags = [...added, ...fileOf(imports)];
    ({ exitCode } = await runPulumi(insertFlags(args, flags), { engine, report, environment }));
  } finally {
    imports?.remove();
  }
  if (reachFile !== undefined && existsSync(reachFile)) report(`Who gains and loses access is in ${reachFile}.`);
  if (exitCode !== 0) {
    await reportMissingStack(command, target, engine, report);
    return exitCode;
  }
  if (writesNoCode(command, engine)) {
    report(
      "Imported. This engine was built from source and can't write the declaration for you: the next preview shows how yours differs.",
    );
  }
  if (keepsSelection(command, target)) {
    report(
      `Name it in the commands that are meant for it: --stack ${target.stack}. Without it they go on with ${localStack}, or with what is ` +
        `selected; to select it: ${projectCommand("pulumi", ["stack", "select", target.stack])}`,
    );
  }
  if (imports !== undefined && imports.problems.length > 0) {
    report(
      `Not imported, for what is said above: ${imports.problems.length}. Correct the ids in the file, and run this again.`,
    );
    return 1;
  }
  const hasDeployed = command.usesDatabase && !args.includes("--preview-only");
  if (hasDeployed) await afterwards?.(target.stack, report);
  return exitCode;
}

/** Reports invalid entries in an import file and leaves them out; with them, the engine would import nothing. */
async function checkImports(
  { importFile, directory = "." }: PulumiCommand,
  { stack }: PulumiTarget,
  report: (line: string) => void,
): Promise<CheckedImports | undefined> {
  if (importFile === undefined) return undefined;
  const checked = await checkImportFile(resolve(projectDirectory, directory, importFile), {
    stack,
    directory: projectDirectory,
  });
  for (const problem of checked?.problems ?? []) report(`${importFile}: ${problem}`);
  if (checked !== undefined && checked.file === undefined) report("Nothing is imported: no id of the file is right.");
  return checked;
}

/** Repeats the flag, of which the last value counts. */
function fileOf(imports: CheckedImports | undefined): readonly string[] {
  return imports?.file === undefined ? [] : ["--file", imports.file];
}

/**
 * Takes `--reach-file FILE`, which Pulumi does not know.
 * @throws {InputError} if the file is missing, or is a folder
 */
function takeReachFile(given: readonly string[]): {
  readonly args: readonly string[];
  readonly reachFile: string | undefined;
} {
  const flag = "--reach-file";
  const end = given.includes("--") ? given.indexOf("--") : given.length;
  const at = given.findIndex((arg, index) => index < end && (arg === flag || arg.startsWith(`${flag}=`)));
  const found = given[at];
  if (found === undefined) return { args: given, reachFile: undefined };
  const isJoined = found !== flag;
  const named = isJoined ? found.slice(flag.length + 1) : given[at + 1];
  if (!named || named.startsWith("-")) {
    throw new InputError(`${flag} needs the name of a file, such as ${flag} reach.json`);
  }
  // npm runs commands in the project's folder; the user means a path relative to their own working directory.
  const reachFile = resolve(process.env.INIT_CWD ?? process.cwd(), named);
  if (statSync(reachFile, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`${flag} ${named} is a folder; name a file, such as reach.json`);
  }
  return { args: [...given.slice(0, at), ...given.slice(at + (isJoined ? 1 : 2))], reachFile };
}

/**
 * Says which stack and database are used, so that nobody finds out by its effects that a stack was selected days ago,
 * or that theirs does not count as the local one.
 */
function sayWhere(command: PulumiCommand, target: PulumiTarget, report: (line: string) => void): void {
  if (!command.usesDatabase) return;
  if (target.stack === localStack && target.connection.kind === "unknown") {
    report(
      `The stack ${localStack} is not certain to be the local one, so nothing is approved unasked: ${target.connection.reason}.`,
    );
  } else if (target.stack !== localStack && command.stack === undefined) {
    const source = process.env.PULUMI_STACK ? "PULUMI_STACK names it" : "it is selected";
    report(`The stack is ${target.stack} (${source}); the local one is ${localStack} (--stack ${localStack}).`);
  }
  if (target.stack !== localStack && target.connection.kind === "none") {
    report(
      `The stack ${target.stack} names no ${connectionKey}, so it is on the local database. For another, name the variable with its address in ` +
        `Pulumi.${target.stack}.yaml (config: {${connectionKey}: DIRECT_URL}).`,
    );
  }
}

const noCode =
  "this engine was built from source and can't write declarations into the file of --out: leave it out, and nothing but the state is written. Pulumi's official engine can";

/**
 * The language host that can be built from Go modules can't generate code, so Pulumi would fail after the actual
 * import.
 */
function writesNoCode({ name, flags }: PulumiCommand, engine: Engine): boolean {
  return name === "import" && engine.origin === "built" && !flags.has("--generate-code") && !flags.has("--out");
}

/** Creating a stack does not make it the one that `palisade up` uses. */
function keepsSelection({ name, subcommand, flags }: PulumiCommand, { stack }: PulumiTarget): boolean {
  return (
    name === "stack" &&
    subcommand === "init" &&
    stack !== localStack &&
    !flags.has("--no-select") &&
    !flags.has("--help")
  );
}

/** Arguments after `--` are not flags. */
function insertFlags(args: readonly string[], flags: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? [...args, ...flags] : [...args.slice(0, end), ...flags, ...args.slice(end)];
}

/** The same rule as Pulumi's: a terminal for input and output, and no CI server. */
function isInteractive(): boolean {
  const isBuildServer = process.env.CI !== undefined && process.env.CI !== "";
  return process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb" && !isBuildServer;
}
