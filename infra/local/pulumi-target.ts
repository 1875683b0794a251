import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engine/index.ts";
import { localStack, projectFolders, readConnectionName, readProjectSettings } from "./project.ts";
import type { PulumiCommand } from "./pulumi-arguments.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command line leads: which stack, kept where, with which of Pulumi's home folders. */
export interface PulumiTarget {
  readonly stack: string;
  /** Whether Pulumi finds the stack by itself: from the arguments, the environment or `pulumi stack select`. */
  readonly isKnown: boolean;
  /** Whether the stack's database is the local one. */
  readonly isLocal: boolean;
  /** A backend to use instead of the one that Pulumi itself would choose. */
  readonly backendUrl: string | undefined;
  /** The folder of the stack's state where that is ours to create: the local stack's, and everything in tests. */
  readonly ownState: string | undefined;
  /** PULUMI_HOME; undefined leaves it to Pulumi (~/.pulumi). */
  readonly home: string | undefined;
}

export interface TargetOptions {
  readonly directory: string;
  readonly environment: Environment;
  readonly engine: Engine;
  /** Keeps state and Pulumi's own settings in this folder instead. */
  readonly stateDirectory?: string | undefined;
  readonly stack?: string | undefined;
}

/** Decides where a command leads, from the arguments, the environment and what Pulumi remembers of this folder. */
export function resolveTarget(command: PulumiCommand, options: TargetOptions): PulumiTarget {
  const { directory, environment, stateDirectory } = options;
  const home = chooseHome(options);
  const chosen =
    options.stack === undefined ? environment.PULUMI_STACK || readSelectedStack(directory, home) : undefined;
  const known = command.stack ?? chosen;
  const stack = known?.split("/").at(-1) ?? options.stack ?? localStack;
  return {
    stack,
    isKnown: known !== undefined,
    isLocal: stack === localStack && !command.setsConnection && readConnectionName(directory, stack) === undefined,
    home,
    ...chooseBackend(command, stack, home, { directory, environment, stateDirectory }),
  };
}

/**
 * The address of a file backend, which Pulumi takes literally (no percent-encoding). Without files of metadata: an engine that is killed
 * while it writes one leaves a stack that can't be loaded.
 */
function toBackendUrl(folder: string): string {
  return `file://${folder}?create_dir=true&metadata=skip`;
}

function chooseHome({ directory, environment, engine, stateDirectory }: TargetOptions): string | undefined {
  if (stateDirectory !== undefined) {
    return join(stateDirectory, "home");
  }
  // Who has Pulumi expects its log-ins and selected stack to be the same here; who hasn't gets nothing outside the project.
  return environment.PULUMI_HOME || (engine.origin === "installed" ? undefined : projectFolders(directory).pulumiHome);
}

/**
 * Pulumi.yaml names the local folder, so that nobody needs an account; that would also hide what a user chose by
 * `pulumi login`. So a log-in counts for every stack but the local one, as does PULUMI_BACKEND_URL for all of them.
 */
function chooseBackend(
  command: PulumiCommand,
  stack: string,
  home: string | undefined,
  { directory, environment, stateDirectory }: Pick<TargetOptions, "directory" | "environment" | "stateDirectory">,
): Pick<PulumiTarget, "backendUrl" | "ownState"> {
  if (stateDirectory !== undefined) {
    return { backendUrl: toBackendUrl(stateDirectory), ownState: stateDirectory };
  }
  const { backendUrl } = readProjectSettings(directory);
  if (environment.PULUMI_BACKEND_URL || !backendUrl?.startsWith(ownBackend)) {
    return { backendUrl: undefined, ownState: undefined };
  }
  if (stack === localStack) {
    return { backendUrl: undefined, ownState: projectFolders(directory).state };
  }
  const isLogin = command.name === "login" || command.name === "logout";
  const login = isLogin ? undefined : readLogin(home, environment);
  return { backendUrl: login?.startsWith(ownBackend) ? undefined : login, ownState: undefined };
}

/** The backend that Pulumi.yaml names, as it begins there. */
export const ownBackend = "file://./.palisade/state";

/** Pulumi keeps `pulumi stack select` in its home folder, in a file named after the project's path. */
function readSelectedStack(directory: string, home: string | undefined): string | undefined {
  const hash = createHash("sha1").update(join(directory, "Pulumi.yaml")).digest("hex");
  const file = `${readProjectSettings(directory).name}-${hash}-workspace.json`;
  return readField(join(home ?? defaultHome(), "workspaces", file), "stack");
}

function readLogin(home: string | undefined, environment: Environment): string | undefined {
  const folder = environment.PULUMI_CREDENTIALS_PATH || (home ?? defaultHome());
  return readField(join(folder, "credentials.json"), "current");
}

/** Pulumi asks the system for the user's folder, whatever the environment says. */
function defaultHome(): string {
  return join(userInfo().homedir, ".pulumi");
}

function readField(path: string, name: string): string | undefined {
  if (!existsSync(path)) {
    return undefined;
  }
  const value = (JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
