import { dirname, extname, join } from "node:path";
import { SettingsError } from "../errors/settings-error.ts";
import {
  type Configuration,
  findSetting,
  readProjectEntries,
  readStackEntries,
  type Settings,
} from "./configuration.ts";
import { type ProjectPaths, readPaths } from "./paths.ts";
import { findProjectFile } from "./project-file.mjs";
import { describeUnknownSettings } from "./setting-names.ts";
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
 *
 * @throws {SettingsError} if the file can't be read, has no project name, or contains an invalid path or unknown
 * setting
 */
export function readProject(file: string): ProjectSettings {
  const settings = readSettingsFile(file) ?? new Map();
  const name = findText(settings, "name", file);
  if (name === undefined) throw new SettingsError(`${file} names no project (name: …).`);
  const main = findText(settings, "main", file);
  const options = readRuntimeOptions(settings, file);
  const backend = findSetting(settings, "backend", file);
  const folder = findText(settings, "stackConfigDir", file) ?? findText(settings, "config", file) ?? ".";
  return {
    file,
    name,
    main,
    nodeArguments: findText(options, "nodeargs", file),
    usesPulumisCompiler: findSetting(options, "typescript", file) !== false,
    language: readLanguage(settings, file),
    backendUrl: backend instanceof Map ? findText(backend, "url", file) : undefined,
    stackFolder: join(dirname(file), folder),
    configuration: refuseUnknown(readProjectEntries(settings, file, name), file, name),
    paths: readPaths(settings, file, main),
  };
}

/** The project in this folder. @throws {SettingsError} */
export function readProjectIn(directory: string): ProjectSettings {
  const file = findProjectFile(directory);
  if (file === undefined || dirname(file) !== directory) {
    throw new SettingsError(
      `${directory} has no Pulumi.yaml. Run this in a project's folder, or set a project up there: palisade init.`,
    );
  }
  return readProject(file);
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
    configuration: refuseUnknown(readStackEntries(settings, file, project.name), file, project.name),
    importsEnvironments: environment !== undefined && environment !== null,
  };
}

/** A stack's configuration: the values in its own file, and otherwise the project's. */
export function mergeConfiguration(project: ProjectSettings, stack: StackSettings): Configuration {
  return new Map([...project.configuration, ...stack.configuration]);
}

function refuseUnknown(configuration: Configuration, file: string, project: string): Configuration {
  const names = [...configuration.keys()].flatMap((key) => /^palisade:(.*)$/s.exec(key)?.[1] ?? []);
  const [unknown] = describeUnknownSettings(names, project);
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

function findText(settings: Settings, name: string, path: string): string | undefined {
  const value = findSetting(settings, name, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
