import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runPulumi } from "../../engine/running/pulumi.ts";
import type { PulumiTarget } from "../../engine/running/pulumi-target.ts";
import { checkpointFile, readStackCheckpoint } from "../../engine/state/checkpoint.ts";
import { stateFolder } from "../../engine/state/state-folder.ts";
import { InputError } from "../../errors/errors.ts";
import { completeKey, findSetting } from "../../settings/configuration.ts";
import { readProjectIn, stackFile } from "../../settings/project.ts";
import { writeScalar } from "../../settings/scalar.ts";
import { isInDatabase } from "../../settings/scratch-database.ts";
import { readSettingsFile, type Setting } from "../../settings/settings-file.ts";
import { hasState } from "../adopt/takeover.ts";
import type { Deployment } from "./deploy-on-scratch.ts";

/**
 * Copies a stack's configuration and state into a folder, with another database. Secrets stay encrypted.
 * @param variable names the other database
 * @throws {InputError} if the configuration can't be decrypted without its backend
 */
export async function copyStack(
  folder: string,
  variable: string,
  deployment: Pick<Deployment, "directory" | "target" | "configFile" | "engine">,
): Promise<{ readonly configFile: string }> {
  const { directory, target } = deployment;
  const project = readProjectIn(directory);
  const file = deployment.configFile ?? stackFile(project, target.stack);
  const settings = copySettings(file, project.name, variable);
  const state = await readState(deployment);
  refuseLocked(settings, state, target);
  const configFile = join(folder, "Pulumi.scratch.yaml");
  writeFileSync(configFile, JSON.stringify(settings), { mode: 0o600 });
  const checkpoint = checkpointFile(folder, project.name, target.stack);
  mkdirSync(dirname(checkpoint), { recursive: true });
  const latest = state === undefined ? {} : { latest: changeDatabase(state, variable) };
  const stack = `organization/${project.name}/${target.stack}`;
  writeFileSync(checkpoint, JSON.stringify({ version: 3, checkpoint: { stack, ...latest } }), { mode: 0o600 });
  return { configFile };
}

type Settings = Readonly<Record<string, unknown>>;

/** The settings are written as JSON, which is valid YAML. */
function copySettings(file: string, project: string, variable: string): Settings {
  const settings = readSettingsFile(file) ?? new Map<string, Setting>();
  if (findSetting(settings, "environment", file) != null) {
    throw new InputError(`${file} imports environments of Pulumi Cloud, which --verify can't read`);
  }
  const config = findSetting(settings, "config", file);
  const entries = config instanceof Map ? [...config] : [];
  const kept = entries.map(
    ([key, value]) => [completeKey(key, project), isScalar(value) ? writeScalar(value) : plain(value)] as const,
  );
  const others = [...settings].filter(([name]) => name !== "config").map(([name, value]) => [name, plain(value)]);
  // The proof runs afterwards, even if Pulumi.yaml configures one for every stack.
  const own = { "palisade:connection": variable, "palisade:verify": "false" };
  return { ...Object.fromEntries(others), config: { ...Object.fromEntries(kept), ...own } };
}

function isScalar(setting: Setting): setting is Exclude<Setting, readonly Setting[] | ReadonlyMap<string, Setting>> {
  return typeof setting !== "object" || setting === null;
}

function plain(setting: Setting): unknown {
  if (setting instanceof Map) return Object.fromEntries([...setting].map(([name, value]) => [name, plain(value)]));
  if (Array.isArray(setting)) return setting.map(plain);
  return typeof setting === "bigint" ? String(setting) : setting;
}

/** The key by which Pulumi marks a secret in a state. */
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

interface State {
  readonly secrets_providers?: { readonly type?: string };
  readonly resources?: readonly StateResource[];
}

interface StateResource {
  readonly type?: string;
  readonly inputs?: Settings;
  readonly outputs?: Settings;
}

/** Undefined: the stack was never deployed. */
async function readState({
  directory,
  target,
  engine,
}: Pick<Deployment, "directory" | "target" | "engine">): Promise<State | undefined> {
  const { project, stack } = target;
  const folder = stateFolder(target, directory, process.env);
  if (folder !== undefined) return readStackCheckpoint(folder, project?.name ?? "", stack)?.checkpoint?.latest as State;
  const report = (line: string) => console.error(line);
  if (!(await hasState(target, directory, report))) return undefined;
  const args = ["stack", "export", "--stack", stack, "--non-interactive"];
  const { exitCode, stdout, stderr } = await runPulumi(args, { directory, engine, output: "capture", report });
  if (exitCode !== 0) throw new InputError(`the stack's state can't be read: ${stderr.trim()}`);
  return (JSON.parse(stdout) as { readonly deployment?: State }).deployment;
}

/**
 * A refresh configures providers from the state. Resources outside of databases are kept, even if the program no longer
 * declares them.
 */
function changeDatabase(state: State, variable: string): State {
  const change = (properties: Settings | undefined) => ({ ...properties, connection: variable });
  // The copied state contains no secrets that only the backend could decrypt.
  const { secrets_providers: secrets, ...rest } = state;
  return {
    ...rest,
    ...(secrets === undefined || secrets.type === "service" ? {} : { secrets_providers: secrets }),
    resources: (state.resources ?? []).map((resource) => {
      if (resource.type === "pulumi:providers:palisade")
        return { ...resource, inputs: change(resource.inputs), outputs: change(resource.outputs) };
      return isInDatabase(resource.type ?? "") ? resource : { ...resource, retainOnDelete: true };
    }),
  };
}

/** Encrypted values must be decryptable non-interactively and without the backend. */
function refuseLocked(settings: Settings, state: State | undefined, { ownState, stack }: PulumiTarget): void {
  if (ownState !== undefined || settings.secretsprovider !== undefined) return;
  const hasSecrets =
    JSON.stringify(settings.config).includes('"secure":') || JSON.stringify(state ?? {}).includes(secretMark);
  if (settings.encryptionsalt === undefined) {
    if (hasSecrets) throw new InputError(`--verify can't open the secrets of ${stack}, which only its backend can`);
    return;
  }
  const { PULUMI_CONFIG_PASSPHRASE: phrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (phrase === undefined && file === undefined) {
    throw new InputError(
      `--verify opens the configuration of ${stack} without asking: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE`,
    );
  }
}
