import { dirname, extname, join } from "node:path";
import { SettingsError } from "../errors/settings-error.ts";
import { findMistyped, suggestSimilar } from "../values/similar-name.ts";
import {
  type Configuration,
  findSetting,
  readDeclaredKeys,
  readProjectEntries,
  readStackEntries,
  type Settings,
} from "./configuration.ts";
import { type ProjectPaths, readPaths } from "./paths.ts";
import { findProjectFile } from "./project-file.mjs";
import { describeMistypedNamespaces, describeUnknownSettings, settingsNamespace } from "./setting-names.ts";
import { readSettingsFile } from "./settings-file.ts";

/** The contents of a project's file, Pulumi.yaml. */
export interface ProjectSettings {
  readonly file: string;
  readonly name: string;
  /** The program: a file, or a folder with an index. */
  readonly main: string | undefined;
  /** Node.js options for running the program. */
  readonly nodeArguments: string | undefined;
  /** Whether Pulumi's own compiler translates the program: not if the runtime's option `typescript` is false. */
  readonly usesPulumisCompiler: boolean;
  /** The program's language, by Pulumi's name: `nodejs`. */
  readonly language: string | undefined;
  readonly backendUrl: string | undefined;
  /** The folder of the stacks' files. */
  readonly stackFolder: string;
  /**
   * The program's own settings in the provider's namespace, by name, as Pulumi.yaml declares them. Undefined: the
   * project's namespace is another one.
   */
  readonly ownSettings: ReadonlySet<string> | undefined;
  /** The configuration for stacks that don't set it themselves. */
  readonly configuration: Configuration;
  /** The paths of what is read and written here. */
  readonly paths: ProjectPaths;
}

/** The contents of a stack's own file. */
export interface StackSettings {
  readonly file: string;
  readonly configuration: Configuration;
  /** Whether environments of Pulumi Cloud, which can't be read here, add to it. */
  readonly importsEnvironments: boolean;
}

/**
 * Reads Pulumi.yaml, and checks its settings for Palisade.
 * @throws {SettingsError} if the file can't be read, has no project name, or contains an invalid path, an unknown
 * setting, or a mistyped key or option of the runtime
 */
export function readProject(file: string): ProjectSettings {
  const settings = readSettingsFile(file) ?? new Map();
  const name = findText(settings, "name", file);
  if (name === undefined) throw new SettingsError(`${file} names no project (name: …).`);
  refuseMistypedKey(settings, file);
  const main = findText(settings, "main", file);
  const ownSettings = readOwnSettings(settings, file, name);
  const language = readLanguage(settings, file);
  const options = readRuntimeOptions(settings, file);
  if (language === "nodejs") refuseMistypedOption(options, file);
  const backend = findSetting(settings, "backend", file);
  const folder = findText(settings, "stackConfigDir", file) ?? findText(settings, "config", file) ?? ".";
  return {
    file,
    name,
    main,
    nodeArguments: findText(options, "nodeargs", file),
    usesPulumisCompiler: findSetting(options, "typescript", file) !== false,
    language,
    backendUrl: backend instanceof Map ? findText(backend, "url", file) : undefined,
    stackFolder: join(dirname(file), folder),
    ownSettings,
    configuration: refuseUnknown(readProjectEntries(settings, file, name), { file, name, ownSettings }),
    paths: readPaths(settings, file, main),
  };
}

/** The project in this folder. @throws {SettingsError} */
export function readProjectIn(directory: string): ProjectSettings {
  const file = findProjectFile(directory);
  if (file === undefined || dirname(file) !== directory) throw new SettingsError(describeMissingProject(directory));
  return readProject(file);
}

export function describeMissingProject(directory: string): string {
  return `${directory} has no Pulumi.yaml. Run this in a project's folder, or set a project up there: palisade init.`;
}

/** The file that holds a stack's settings, whether or not it exists. */
export function stackFile(project: ProjectSettings, stack: string): string {
  return join(project.stackFolder, `Pulumi.${stack}${extname(project.file)}`);
}

/** @throws {SettingsError} if the file exists but can't be read, or contains an unknown setting */
export function readStack(project: ProjectSettings, file: string): StackSettings {
  const settings: Settings = readSettingsFile(file) ?? new Map();
  const environment = findSetting(settings, "environment", file);
  return {
    file,
    configuration: refuseUnknown(readStackEntries(settings, file, project.name), { ...project, file }),
    importsEnvironments: environment !== undefined && environment !== null,
  };
}

/** A stack's configuration: the values in its own file, and otherwise the project's. */
export function mergeConfiguration(project: ProjectSettings, stack: StackSettings): Configuration {
  return new Map([...project.configuration, ...stack.configuration]);
}

function readOwnSettings(settings: Settings, file: string, project: string): ReadonlySet<string> | undefined {
  if (project !== settingsNamespace) return undefined;
  return new Set(readDeclaredKeys(settings, file, project).flatMap(settingName));
}

/** The name in a key of the provider's namespace; none in another one. */
function settingName(key: string): readonly string[] {
  const prefix = `${settingsNamespace}:`;
  return key.startsWith(prefix) ? [key.slice(prefix.length)] : [];
}

function refuseUnknown(
  configuration: Configuration,
  { file, name, ownSettings }: Pick<ProjectSettings, "file" | "name" | "ownSettings">,
): Configuration {
  const keys = [...configuration.keys()];
  const [unknown] = [
    ...describeMistypedNamespaces(keys, name),
    ...describeUnknownSettings(keys.flatMap(settingName), ownSettings),
  ];
  if (unknown !== undefined) throw new SettingsError(`${file}: ${unknown}`);
  return configuration;
}

function readLanguage(settings: Settings, file: string): string | undefined {
  const runtime = findSetting(settings, "runtime", file);
  return runtime instanceof Map ? findText(runtime, "name", file) : findText(settings, "runtime", file);
}

function readRuntimeOptions(settings: Settings, file: string): Settings {
  const runtime = findSetting(settings, "runtime", file);
  const options = runtime instanceof Map ? findSetting(runtime, "options", file) : undefined;
  return options instanceof Map ? options : new Map();
}

/** Pulumi ignores unknown keys. Those beside the key that they could be meant for are somebody's own. */
function refuseMistypedKey(settings: Settings, file: string): void {
  const absent = ["main", "runtime", "config"].filter((name) => findSetting(settings, name, file) === undefined);
  const mistyped = [...settings.keys()].find((name) => findMistyped(name, absent) !== undefined);
  if (mistyped === undefined) return;
  const hint = suggestSimilar(mistyped, absent);
  throw new SettingsError(`${file}: ${mistyped} is unknown${hint}. Correct it, and run the command again.`);
}

/** Pulumi ignores unknown options. Any others may be a newer engine's. */
function refuseMistypedOption(options: Settings, file: string): void {
  const isMistyped = (name: string) => !nodeOptions.includes(name) && findMistyped(name, nodeOptions) !== undefined;
  const mistyped = [...options.keys()].find(isMistyped);
  if (mistyped === undefined) return;
  const hint = suggestSimilar(mistyped, nodeOptions);
  throw new SettingsError(
    `${file}: runtime.options.${mistyped} is unknown${hint}. Correct it, and run the command again.`,
  );
}

const nodeOptions: readonly string[] = ["nodeargs", "typescript", "packagemanager"];

function findText(settings: Settings, name: string, path: string): string | undefined {
  const value = findSetting(settings, name, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
