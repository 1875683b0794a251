import { extname } from "node:path";
import { type Scalar, writeScalar } from "./scalar.ts";
import type { Setting } from "./settings-file.ts";

/** A configuration value, as far as it can be read without the stack's key. */
export type ConfigurationValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "secret" }
  /** As JSON, as a program receives it. A secret in it is `withheld`. */
  | { readonly kind: "object"; readonly json: string }
  /** Declared in Pulumi.yaml, with a type and without a value. */
  | { readonly kind: "declared" };

/** Configuration by full key, such as `palisade:connection`. */
export type Configuration = ReadonlyMap<string, ConfigurationValue>;

export type Settings = ReadonlyMap<string, Setting>;

/** The `config` section of a stack's file. */
export function readStackEntries(settings: Settings, path: string, project: string): Configuration {
  return readEntries(findSetting(settings, "config", path), project, readValue);
}

/**
 * The `config` section of Pulumi.yaml: values, or declarations that may have one. If it is a text, that is the folder
 * of the stacks' files.
 */
export function readProjectEntries(settings: Settings, path: string, project: string): Configuration {
  return readEntries(findSetting(settings, "config", path), project, (setting) => {
    if (!(setting instanceof Map)) return readValue(setting);
    const value = [findSetting(setting, "default", path), findSetting(setting, "value", path)].find(
      (candidate) => candidate !== undefined && candidate !== null,
    );
    if (value !== undefined) return readValue(value);
    return [...setting.keys()].every((name) => declarationKeys.has(name)) ? { kind: "declared" } : readValue(setting);
  });
}

/** The full keys that Pulumi.yaml declares with a type, which makes them settings of the project's own. */
export function readDeclaredKeys(settings: Settings, path: string, project: string): readonly string[] {
  const config = findSetting(settings, "config", path);
  if (!(config instanceof Map)) return [];
  return [...config].flatMap(([key, setting]) => {
    const isDeclared = setting instanceof Map && typeof findSetting(setting, "type", path) === "string";
    return isDeclared ? [completeKey(key, project)] : [];
  });
}

/** The keys of a declaration in Pulumi.yaml. With any other one, it is not a declaration, and the engine refuses it. */
const declarationKeys: ReadonlySet<string> = new Set(["type", "description", "items", "default", "value", "secret"]);

/**
 * A key as Pulumi completes it: the project's name is the default namespace, and `:config:` is an older form of `:`.
 */
export function completeKey(key: string, project: string): string {
  return key.includes(":") ? key.replace(/^([^:]*):config:([^:]*)$/, "$1:$2") : `${project}:${key}`;
}

/** A setting by its name. In JSON, the engine ignores its case. */
export function findSetting(settings: Settings, name: string, path: string): Setting | undefined {
  if (extname(path) !== ".json") return settings.get(name);
  return [...settings].findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function readEntries(
  config: Setting | undefined,
  project: string,
  read: (setting: Setting) => ConfigurationValue,
): Configuration {
  if (!(config instanceof Map)) return new Map();
  return new Map([...config].map(([key, setting]) => [completeKey(key, project), read(setting)]));
}

/** Replaces a secret if a program is run without the stack's key. */
export const withheld = "withheld";

function readValue(setting: Setting): ConfigurationValue {
  if (isSecret(setting)) return { kind: "secret" };
  if (setting instanceof Map || Array.isArray(setting)) return { kind: "object", json: JSON.stringify(plain(setting)) };
  return { kind: "text", text: writeScalar(setting as Scalar) };
}

function isSecret(setting: Setting): boolean {
  return setting instanceof Map && setting.size === 1 && setting.has("secure");
}

function plain(setting: Setting): unknown {
  if (isSecret(setting)) return withheld;
  if (setting instanceof Map) return Object.fromEntries([...setting].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(setting) ? setting.map(plain) : setting;
}
