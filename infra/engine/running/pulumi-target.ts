import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { SettingsError } from "../../errors/settings-error.ts";
import { type ConnectionSetting, readConnectionSetting } from "../../settings/connection-setting.ts";
import { localBackend, localFiles } from "../../settings/local-files.mjs";
import { localStack } from "../../settings/local-stack.ts";
import { type ProjectSettings, readProject, readStack, stackFile } from "../../settings/project.ts";
import { findProjectFile } from "../../settings/project-file.mjs";
import type { Engine } from "../index.ts";
import { findDeployedConnection, readStackCheckpoint } from "../state/checkpoint.ts";
import type { PulumiCommand } from "./pulumi-arguments.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a command line applies to: the stack, its backend, and Pulumi's home folder. */
export interface PulumiTarget {
  readonly stack: string;
  /** Whether Pulumi determines the stack itself: from the arguments, the environment or `pulumi stack select`. */
  readonly isKnown: boolean;
  /** The command's project; undefined if it has none, or if its file can't be read and the command does not need it. */
  readonly project: ProjectSettings | undefined;
  /** What the stack's configuration says about its database. */
  readonly connection: ConnectionSetting;
  /** Whether it is certain that the stack's database is the local one, and its state is in the project's folder. */
  readonly isLocal: boolean;
  /** A backend to use instead of the one that Pulumi itself would choose. */
  readonly backendUrl: string | undefined;
  /** The folder of the stack's state, if it is ours to create: for the local stack and, in tests, for all. */
  readonly ownState: string | undefined;
  /** PULUMI_HOME; undefined leaves it to Pulumi (~/.pulumi). */
  readonly home: string | undefined;
}

export interface TargetOptions {
  readonly directory: string;
  readonly environment: Environment;
  readonly engine: Engine;
  /** Keeps the state and Pulumi's own settings in this folder instead. */
  readonly stateDirectory?: string | undefined;
  readonly stack?: string | undefined;
}

/**
 * Decides which stack and backend a command applies to, from the arguments, the environment and what Pulumi remembers
 * for this folder.
 * @throws {SettingsError} if a command that works on a stack has settings that can't be read
 */
export function resolveTarget(command: PulumiCommand, options: TargetOptions): PulumiTarget {
  const { directory, environment, stateDirectory } = options;
  const home = chooseHome(options);
  const project = readOwnProject(command, directory);
  const selected = () => (project === undefined ? undefined : readSelectedStack(project, home));
  const known = command.stack ?? (options.stack === undefined ? environment.PULUMI_STACK || selected() : undefined);
  const name = known ?? options.stack ?? localStack;
  const stack = name.split("/").at(-1) ?? name;
  const isOurs = project !== undefined && dirname(project.file) === directory && isOfProject(name, project.name);
  const backend = isOurs
    ? chooseBackend(command, stack, home, project, { directory, environment, stateDirectory })
    : { backendUrl: undefined, ownState: undefined };
  const connection = readConnection(command, options, project, stack, backend.ownState);
  return {
    stack,
    isKnown: known !== undefined,
    project,
    connection,
    isLocal: stack === localStack && backend.ownState !== undefined && connection.kind === "none",
    home,
    ...backend,
  };
}

/** The project of Pulumi's working directory, which `--cwd` changes. */
function readOwnProject(command: PulumiCommand, directory: string): ProjectSettings | undefined {
  const file = findProjectFile(workingDirectory(command, directory));
  return file === undefined ? undefined : readIfNeeded(command, () => readProject(file));
}

function workingDirectory(command: PulumiCommand, directory: string): string {
  if (command.directory === undefined) return directory;
  const folder = resolve(directory, command.directory);
  if (!existsSync(folder)) return folder;
  // Pulumi then gets its working directory from the system, with symbolic links resolved.
  const inside = relative(realpathSync(directory), realpathSync(folder));
  const isInside = inside !== ".." && !inside.startsWith(`..${sep}`);
  return isInside ? join(directory, inside) : folder;
}

/** If the command does not need the file, Pulumi reports that it can't be read: `pulumi version` needs no project. */
function readIfNeeded<T>(command: PulumiCommand, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError && !command.usesDatabase) return undefined;
    throw error;
  }
}

function readConnection(
  command: PulumiCommand,
  { directory, environment }: TargetOptions,
  project: ProjectSettings | undefined,
  stack: string,
  ownState: string | undefined,
): ConnectionSetting {
  const option = settingOptions.find((name) => environment[name]);
  if (option !== undefined)
    return { kind: "unknown", reason: `the environment variable ${option} sets arguments of Pulumi's` };
  if (project === undefined) return { kind: "unknown", reason: "there is no project here whose settings can be read" };
  const { configFile, template } = command;
  if (template !== undefined) return { kind: "unknown", reason: `the program is the one of ${template}` };
  const file =
    configFile === undefined ? stackFile(project, stack) : resolve(workingDirectory(command, directory), configFile);
  const settings = readIfNeeded(command, () => readStack(project, file));
  if (settings === undefined) return { kind: "unknown", reason: `${file} can't be read` };
  const setting = readConnectionSetting(project, settings, command.assignments);
  const isOpen = setting.kind === "none" && ownState !== undefined && command.usesDatabase;
  const deployed = isOpen ? findDeployedConnection(readStackCheckpoint(ownState, project.name, stack)) : undefined;
  return deployed === undefined
    ? setting
    : { kind: "unknown", reason: `it was last deployed to the database that ${deployed} names` };
}

/** Newer engines also read an argument's value from the environment. */
const settingOptions: readonly string[] = ["STACK", "CWD", "CONFIG", "CONFIG_FILE", "CONFIG_PATH"].map(
  (name) => `PULUMI_OPTION_${name}`,
);

/** A stack's name may be qualified by organization and project; a file backend has only one organization. */
function isOfProject(name: string, project: string): boolean {
  const parts = name.split("/");
  return parts.length === 1 || (parts.length === 3 && parts[0] === "organization" && parts[1] === project);
}

/**
 * The URL of a file backend, which Pulumi takes literally (no percent-encoding). Metadata files are disabled: an engine
 * that is killed while it writes one leaves a stack that can't be loaded.
 */
function toBackendUrl(folder: string): string {
  return `file://${folder}?create_dir=true&metadata=skip`;
}

function chooseHome({ directory, environment, engine, stateDirectory }: TargetOptions): string | undefined {
  if (stateDirectory !== undefined) {
    return join(stateDirectory, "home");
  }
  // Users of an installed Pulumi expect their logins and selected stack to apply. For others, nothing is written
  // outside of the project.
  return environment.PULUMI_HOME || (engine.origin === "installed" ? undefined : localFiles(directory).pulumiHome);
}

/**
 * Pulumi.yaml names the local folder, so that no account is needed, but that alone would override `pulumi login`. So a
 * login applies to every stack except the local one, and PULUMI_BACKEND_URL applies to all.
 */
function chooseBackend(
  command: PulumiCommand,
  stack: string,
  home: string | undefined,
  { backendUrl }: ProjectSettings,
  { directory, environment, stateDirectory }: Pick<TargetOptions, "directory" | "environment" | "stateDirectory">,
): Pick<PulumiTarget, "backendUrl" | "ownState"> {
  if (stateDirectory !== undefined) {
    return { backendUrl: toBackendUrl(stateDirectory), ownState: stateDirectory };
  }
  if (environment.PULUMI_BACKEND_URL || !backendUrl?.startsWith(localBackend)) {
    return { backendUrl: undefined, ownState: undefined };
  }
  if (stack === localStack) {
    return { backendUrl: undefined, ownState: localFiles(directory).state };
  }
  const isLogin = command.name === "login" || command.name === "logout";
  const login = isLogin ? undefined : readLogin(home, environment);
  return { backendUrl: login?.startsWith(localBackend) ? undefined : login, ownState: undefined };
}

/** Pulumi keeps `pulumi stack select` in its home folder, in a file named after the project's path. */
function readSelectedStack(project: ProjectSettings, home: string | undefined): string | undefined {
  const hash = createHash("sha1").update(project.file).digest("hex");
  const file = `${project.name}-${hash}-workspace.json`;
  return readField(join(home ?? defaultHome(), "workspaces", file), "stack");
}

function readLogin(home: string | undefined, environment: Environment): string | undefined {
  const folder = environment.PULUMI_CREDENTIALS_PATH || (home ?? defaultHome());
  return readField(join(folder, "credentials.json"), "current");
}

/** Pulumi gets the user's home folder from the system, regardless of the environment. */
function defaultHome(): string {
  return join(userInfo().homedir, ".pulumi");
}

function readField(path: string, name: string): string | undefined {
  const value = readJson(path)?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readJson(path: string): Readonly<Record<string, unknown>> | undefined {
  if (!existsSync(path)) return undefined;
  const value = parseObject(readFileSync(path, "utf8"));
  if (value === undefined) {
    throw new SettingsError(
      `${path}, a file of Pulumi's own, is damaged, perhaps by a full disk. Remove it. If you had logged in (pulumi login) or ` +
        "selected a stack (pulumi stack select), do so again.",
    );
  }
  return value;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
