import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This checkout. */
export const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The stack whose database is the local one, unless its configuration says otherwise. */
export const localStack = "dev";

/** What a checkout keeps in its ignored folder. */
export interface ProjectFolders {
  /** The file backend that Pulumi.yaml names. */
  readonly state: string;
  /** Pulumi's own settings and log-ins, where the engine is ours; an installed one keeps to the user's ~/.pulumi. */
  readonly pulumiHome: string;
}

export function projectFolders(directory: string = projectDirectory): ProjectFolders {
  const folder = join(directory, ".palisade");
  return { state: join(folder, "state"), pulumiHome: join(folder, "pulumi") };
}

/** What Pulumi.yaml says. */
export interface ProjectSettings {
  readonly name: string;
  readonly backendUrl: string | undefined;
}

export function readProjectSettings(directory: string): ProjectSettings {
  const lines = readLines(join(directory, "Pulumi.yaml"));
  const name = findValue(lines, "name");
  if (name === undefined) {
    throw new Error(`${join(directory, "Pulumi.yaml")} names no project.`);
  }
  const backend = lines.findIndex((line) => /^backend:/.test(line));
  return { name, backendUrl: backend < 0 ? undefined : findValue(lines.slice(backend + 1), "url") };
}

/** How an environment variable may be called that `palisade:connection` names; no connection string looks like it. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The name of the environment variable that holds a stack's connection string (`palisade:connection` in
 * Pulumi.<stack>.yaml); undefined means the local database.
 */
export function readConnectionName(directory: string, stack: string): string | undefined {
  return findValue(readLines(join(directory, `Pulumi.${stack}.yaml`)), "palisade:connection");
}

function readLines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
}

/** Enough YAML for a scalar on one line, which is how Pulumi writes these; a parser would cost every command its start. */
function findValue(lines: readonly string[], key: string): string | undefined {
  const pattern = new RegExp(`^\\s*["']?${key}["']?:\\s+["']?([^"'#]+?)["']?\\s*(?:#.*)?$`);
  return lines.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
}
