import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Engine } from "../engine/index.ts";
import { runPulumi } from "../engine/running/pulumi.ts";
import type { PulumiCommand } from "../engine/running/pulumi-arguments.ts";
import type { PulumiTarget } from "../engine/running/pulumi-target.ts";
import { stackExists, stateFolder } from "../engine/state/state-folder.ts";
import { InputError } from "../errors/errors.ts";
import { findSetting } from "../settings/configuration.ts";
import { refuseUnknownStack } from "../settings/known-stacks.ts";
import { describeMissingProject, stackFile } from "../settings/project.ts";
import { installCommand, projectCommand } from "../settings/project-command.ts";
import { findProjectFile } from "../settings/project-file.mjs";
import { projectDirectory } from "../settings/project-folder.ts";
import { readSettingsFile } from "../settings/settings-file.ts";

/**
 * Says what to install if the program can't run because Pulumi's SDK is missing. The language host would exit without
 * explaining that.
 * @param commandName as in `up`
 */
export function refuseMissingSdk(commandName: string | undefined, { project }: Pick<PulumiTarget, "project">): void {
  if (project?.language !== "nodejs" || !["up", "preview"].includes(commandName ?? "")) return;
  const folder = dirname(project.file);
  try {
    createRequire(join(folder, "index.js")).resolve("@pulumi/pulumi");
  } catch {
    throw new InputError(
      `${folder} has no @pulumi/pulumi, which the program imports: install the project's packages, or add it (${installCommand(["@pulumi/pulumi"], "dependency", folder)})`,
    );
  }
}

/**
 * Says how to set a project up if there is none for a command that works on one of its stacks. `up` also takes the URL
 * of a template, and a stack's name may include its project.
 */
export function refuseMissingProject({ needsStack, template, stack, directory = "." }: PulumiCommand): void {
  const folder = resolve(projectDirectory, directory);
  const needsProject = needsStack && template === undefined && stack?.includes("/") !== true;
  if (needsProject && findProjectFile(folder) === undefined) throw new InputError(describeMissingProject(folder));
}

/**
 * Says how to create a stack if a command refers to a missing one, for a project that keeps its states in its own
 * folder.
 */
export function refuseMissingStack(command: PulumiCommand, target: PulumiTarget): void {
  const { project, ownState, stack } = target;
  const state = stateFolder(target, projectDirectory, process.env);
  // The local stack is created automatically.
  const selects = command.name === "stack" && command.subcommand === "select" && !command.flags.has("--create");
  const isAboutOne = command.needsStack || (selects && command.stack !== undefined);
  if (ownState !== undefined || state === undefined || project === undefined || !isAboutOne) return;
  if (stackExists(state, project.name, stack)) return;
  if (command.configFile === undefined) refuseUnknownStack(project, stack);
  throw new InputError(
    `There is no stack ${stack} in ${state} yet, where Pulumi.yaml keeps the state. Make it, once:\n\n  ${howToInit(stack)}\n\n` +
      `To keep its state elsewhere, name the place first, for every command: export PULUMI_BACKEND_URL=s3://… (or ${projectCommand("pulumi", ["login"])}).`,
  );
}

/** Says the same for any other backend after a command has failed: only the backend knows its stacks. */
export async function reportMissingStack(
  command: PulumiCommand,
  target: PulumiTarget,
  engine: Engine,
  report: (line: string) => void,
): Promise<void> {
  const isKnown = stateFolder(target, projectDirectory, process.env) !== undefined;
  if (isKnown || !command.needsStack || command.directory !== undefined) return;
  const listed = await runPulumi(["stack", "ls", "--json", "--non-interactive"], { engine, report, output: "capture" });
  const stacks = listed.exitCode === 0 ? readNames(listed.stdout) : undefined;
  if (stacks === undefined || stacks.some((name) => name.split("/").at(-1) === target.stack)) return;
  if (target.project !== undefined && command.configFile === undefined)
    refuseUnknownStack(target.project, target.stack);
  report(
    `The backend has no stack ${target.stack} of this project yet. Make it, once:\n\n  ${howToInit(target.stack)}\n`,
  );
}

/**
 * Pulumi asks for a new stack's passphrase interactively. Without a terminal, it fails with a message about a "secrets
 * manager".
 */
export function refuseMissingPassphrase(command: PulumiCommand, target: PulumiTarget): void {
  const { name, subcommand, flags } = command;
  if (name !== "stack" || subcommand !== "init" || flags.has("--secrets-provider") || flags.has("--help")) return;
  if (process.env.PULUMI_CONFIG_PASSPHRASE !== undefined || process.env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined)
    return;
  const keepsSecrets = target.ownState === undefined && isFileBackend(target) && !namesSecretsProvider(target);
  if (!keepsSecrets) return;
  throw new InputError(
    `a new stack needs to know how its secrets are encrypted. Choose a passphrase and keep it, every later command on ${target.stack} needs it ` +
      `(empty is allowed: Palisade itself puts no secret into configuration or state):\n\n  export PULUMI_CONFIG_PASSPHRASE=…\n` +
      `  ${howToInit(target.stack)}\n\n` +
      `Or have a key service do it: ${howToInit(target.stack)} --secrets-provider=awskms://… (gcpkms://, azurekeyvault://, hashivault://).`,
  );
}

function howToInit(stack: string): string {
  return projectCommand("pulumi", ["stack", "init", stack]);
}

/** Pulumi Cloud encrypts secrets itself, and asks for a login if there is none. */
function isFileBackend({ backendUrl, project }: PulumiTarget): boolean {
  const url = process.env.PULUMI_BACKEND_URL || backendUrl || project?.backendUrl;
  return url !== undefined && !/^https?:/.test(url);
}

function namesSecretsProvider({ project, stack }: PulumiTarget): boolean {
  if (project === undefined) return false;
  const file = stackFile(project, stack);
  return findSetting(readSettingsFile(file) ?? new Map(), "secretsprovider", file) !== undefined;
}

function readNames(json: string): readonly string[] | undefined {
  try {
    return (JSON.parse(json) as readonly { readonly name: string }[]).map(({ name }) => name);
  } catch {
    return undefined;
  }
}
