import { basename } from "node:path";
import { type ConfigurationValue, completeKey } from "./configuration.ts";
import type { ProjectSettings, StackSettings } from "./project.ts";
import { variableName } from "./variable-name.ts";

/** What a stack's configuration says about its database. */
export type ConnectionSetting =
  /** Nothing that could name a database does, so it is the local one. */
  | { readonly kind: "none" }
  | { readonly kind: "variable"; readonly name: string }
  /** Not a variable's name, and perhaps a connection string. */
  | { readonly kind: "misplaced"; readonly place: string }
  /** It can't be determined here. */
  | { readonly kind: "unknown"; readonly reason: string };

/** An assignment on the command line: `-c key=value`. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
}

export const connectionKey = "palisade:connection";

/**
 * Reads `palisade:connection` from everything that may set it: the command line, then the stack's file, then the
 * project's.
 */
export function readConnectionSetting(
  project: ProjectSettings,
  stack: StackSettings,
  assignments: readonly Assignment[] = [],
): ConnectionSetting {
  const places = [
    ...assignments
      .filter(({ key }) => isConnectionKey(key, project.name))
      .map(({ value }) => ({ place: "on the command line", value: { kind: "text", text: value } as const }))
      .reverse(),
    { place: `in ${basename(stack.file)}`, value: stack.configuration.get(connectionKey) },
    { place: `in ${basename(project.file)}`, value: project.configuration.get(connectionKey) },
  ];
  const misplaced = places.find(({ value }) => value !== undefined && isMisplaced(value));
  if (misplaced !== undefined) return { kind: "misplaced", place: misplaced.place };
  // The stack's own file takes precedence over environments.
  const [first] = places.slice(0, -1).flatMap(({ value }) => (value?.kind === "text" ? [value.text] : []));
  if (first !== undefined) return { kind: "variable", name: first };
  if (stack.importsEnvironments) {
    return { kind: "unknown", reason: `${basename(stack.file)} imports environments, which may set ${connectionKey}` };
  }
  const default_ = places.at(-1)?.value;
  if (default_?.kind === "text") return { kind: "variable", name: default_.text };
  return default_ === undefined
    ? { kind: "none" }
    : { kind: "unknown", reason: `${basename(project.file)} declares ${connectionKey} without a value` };
}

/** Whether a key on the command line sets the connection or, as a path, a part of it. */
export function isConnectionKey(key: string, project: string): boolean {
  const unquoted = key.replace(/^(["'])(.*)\1$/, "$2");
  const [first = ""] = unquoted.split(/[.[]/);
  const [, namespace = project] = /^(?:([^:[.]*):)?\[\s*["']connection["']\s*\]/.exec(unquoted) ?? [undefined, ""];
  return completeKey(first, project) === connectionKey || `${namespace}:connection` === connectionKey;
}

/** @returns whether a value on the command line or in a file is not a variable's name */
function isMisplaced(value: ConfigurationValue): boolean {
  return value.kind === "text" ? !variableName.test(value.text) : value.kind !== "declared";
}
