import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { ensureProjectFolder } from "../../local/folders.ts";
import { projectDirectory } from "../../settings/project-folder.ts";
import { runAttached, runCaptured } from "../../system/child-process.mjs";
import { type Engine, engineEnvironment, ensureEngine, nodeArgumentsVariable } from "../index.ts";
import { restoreDamagedState } from "../state/damaged-state.ts";
import { clearDeadLocks, refuseRunningUpdate, withoutPendingCreations } from "../state/interrupted-run.ts";
import { stackExists, stateFolder } from "../state/state-folder.ts";
import { refuseConnectionArgument, refuseMisplacedConnection } from "./misplaced-connection.ts";
import { type PulumiCommand, readPulumiArguments } from "./pulumi-arguments.ts";
import { type PulumiTarget, resolveTarget } from "./pulumi-target.ts";

export interface PulumiOptions {
  /** The folder of Pulumi.yaml; default this checkout. */
  readonly directory?: string;
  /** Keeps the state and Pulumi's own settings in this folder instead of the project's and the user's. For tests. */
  readonly stateDirectory?: string;
  /** The stack, unless the arguments name one. Default: the selected one, then `dev`. */
  readonly stack?: string;
  /** Added to the current environment; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: whatever `ensureEngine` finds. */
  readonly engine?: Engine;
  /** `inherit` (the default) leaves the terminal to Pulumi; `capture` collects what it prints. */
  readonly output?: "inherit" | "capture";
  /** Receives messages before Pulumi starts. Default: standard error. */
  readonly report?: (line: string) => void;
}

export interface PulumiResult {
  readonly exitCode: number;
  /** Empty unless captured. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs Pulumi with this project's settings. A missing local stack is created first.
 *
 * @example
 * const { exitCode, stdout } = await runPulumi(["preview", "--diff"], { output: "capture" });
 */
export async function runPulumi(args: readonly string[], options: PulumiOptions = {}): Promise<PulumiResult> {
  const report = options.report ?? ((line: string) => console.error(line));
  const environment = { ...process.env, ...options.environment };
  const engine = options.engine ?? (await ensureEngine(report, { environment }));
  const directory = resolve(options.directory ?? projectDirectory);
  const command = readPulumiArguments(args);
  const target = resolveTarget(command, {
    directory,
    environment,
    engine,
    stack: options.stack,
    stateDirectory: options.stateDirectory === undefined ? undefined : resolve(options.stateDirectory),
  });
  if (target.isLocal && options.stateDirectory === undefined) ensureProjectFolder(directory);
  refuseConnectionArgument(command.assignments, target.project?.name);
  if (command.usesDatabase) refuseMisplacedConnection(target.connection);
  const program = join(engine.directory, "pulumi");
  const settings = {
    cwd: directory,
    environment: {
      ...engineEnvironment(engine, environment),
      // Pulumi identifies a project by its path, and takes the path from this variable.
      PWD: directory,
      [nodeArgumentsVariable]: target.project?.nodeArguments,
      ...targetEnvironment(command, target),
      ...choosePassphrase(target, environment, options),
    },
  };
  await recoverStack(program, command, target, settings, report);
  await createMissingStack(program, command, target, settings, options.stateDirectory === undefined, report);
  if (options.output === "capture") {
    return runCaptured(program, args, settings);
  }
  return { exitCode: await runAttached(program, args, settings), stdout: "", stderr: "" };
}

interface RunSettings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

function targetEnvironment(command: PulumiCommand, target: PulumiTarget): RunSettings["environment"] {
  return {
    ...(target.home === undefined ? {} : { PULUMI_HOME: target.home }),
    ...(target.backendUrl === undefined ? {} : { PULUMI_BACKEND_URL: target.backendUrl }),
    ...(target.isKnown || !command.needsStack ? {} : { PULUMI_STACK: target.stack }),
  };
}

/**
 * A local stack's secrets need no more protection than their folder, so its passphrase is empty (Pulumi.dev.yaml
 * contains its salt). With plain `pulumi`, one answers the prompt with Enter. Other stacks have their users'
 * passphrase, which can't decrypt this one even if it is set for the whole shell.
 */
function choosePassphrase(
  target: PulumiTarget,
  environment: RunSettings["environment"],
  options: PulumiOptions,
): RunSettings["environment"] {
  if (target.ownState === undefined) {
    return {};
  }
  const given = target.isLocal || options.stateDirectory !== undefined ? options.environment : environment;
  if (given?.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {};
  }
  return { PULUMI_CONFIG_PASSPHRASE: given?.PULUMI_CONFIG_PASSPHRASE ?? "" };
}

/** Cleans up after an engine that was killed, in a file backend on this machine, so that the next run can begin. */
async function recoverStack(
  program: string,
  command: PulumiCommand,
  target: PulumiTarget,
  settings: RunSettings,
  report: (line: string) => void,
): Promise<void> {
  const { stack, project } = target;
  const state = stateFolder(target, settings.cwd, settings.environment);
  if (state === undefined || project === undefined || !command.needsStack) return;
  const restored = restoreDamagedState({ state, project: project.name, stack });
  if (restored !== undefined) report(restored);
  if (!command.usesDatabase) return;
  const cleared = clearDeadLocks({ state, project: project.name, stack });
  if (locksStack(command)) refuseRunningUpdate({ state, project: project.name, stack });
  if (cleared.length === 0) return;
  for (const line of cleared) report(line);
  const pulumi = (...args: string[]) => runCaptured(program, ["stack", ...args, "--stack", stack], settings);
  const exported = await pulumi("export");
  const repaired = exported.exitCode === 0 ? withoutPendingCreations(exported.stdout) : undefined;
  if (repaired === undefined) return;
  const folder = mkdtempSync(join(state, "repaired-"));
  try {
    writeFileSync(join(folder, "stack.json"), repaired, { mode: 0o600 });
    await pulumi("import", "--file", join(folder, "stack.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the engine locks the stack, which it does not for a preview. */
function locksStack({ name = "", usesDatabase, flags }: PulumiCommand): boolean {
  return usesDatabase && !["preview", "pre", "watch"].includes(name) && !flags.has("--preview-only");
}

async function createMissingStack(
  program: string,
  command: PulumiCommand,
  target: PulumiTarget,
  settings: RunSettings,
  isOwnFolder: boolean,
  report: (line: string) => void,
): Promise<void> {
  const { ownState, stack, project } = target;
  if (ownState === undefined || project === undefined || !command.needsStack) return;
  const exists = () => stackExists(ownState, project.name, stack);
  if (exists()) {
    // Pulumi's own commands use the selected stack, and none may be selected yet in this engine's home folder.
    if (!target.isKnown && isOwnFolder)
      await runCaptured(program, ["stack", "select", stack, "--non-interactive"], settings);
    return;
  }
  const selection = target.isKnown ? ["--no-select"] : [];
  const result = await runCaptured(program, ["stack", "init", stack, "--non-interactive", ...selection], settings);
  if (result.exitCode !== 0 && !exists()) {
    throw new InputError(`the stack ${stack} could not be created: ${(result.stderr + result.stdout).trim()}`);
  }
  report(`Created the stack ${stack}`);
}
