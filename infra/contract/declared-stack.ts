import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InputError } from "../errors/errors.ts";
import type { DeclaredResource } from "../lifecycle/normal-declarations.ts";
import { findMistakes } from "../loading/bundle.mjs";
import { givenConditions } from "../loading/conditions.mjs";
import { programBundle } from "../loading/program-bundle.mjs";
import { type ConfigurationValue, withheld } from "../settings/configuration.ts";
import { programFile, usualProgram } from "../settings/program-file.ts";
import { mergeConfiguration, type ProjectSettings, readProjectIn, readStack, stackFile } from "../settings/project.ts";
import { runCaptured } from "../system/child-process.mjs";
import { packageFolder, runsFromSources } from "../system/package-folder.ts";
import { loadingFailed } from "./loading-failure.ts";

export interface ProgramOptions {
  /** The folder of Pulumi.yaml. */
  readonly directory: string;
  readonly stack: string;
  /** The program's file. Default: the one in Pulumi.yaml. */
  readonly program?: string;
  /** Default: the stack's, without secrets and objects. */
  readonly configuration?: Readonly<Record<string, string>>;
}

/**
 * Runs a stack's program with Pulumi's mocks, without an engine or database, and collects what it declares. It runs in
 * a separate process, because a program may leave promises that nobody awaits, and their failure must not go unnoticed.
 * @throws {InputError} with the program's message if it fails
 */
export async function readDeclaredStack(options: ProgramOptions): Promise<readonly DeclaredResource[]> {
  const { directory, stack, configuration = readPlainConfiguration(directory, stack) } = options;
  const project = readProjectIn(directory);
  const program = options.program ?? join(directory, findProgram(directory, project));
  const folder = mkdtempSync(join(tmpdir(), "palisade-contract-"));
  try {
    const file = join(folder, "resources.json");
    const script = join(packageFolder, runsFromSources ? "contract/run-program.ts" : "dist/run-program.js");
    const conditions = givenConditions().map((condition) => `--conditions=${condition}`);
    const args = [...conditions, "--import", import.meta.resolve("tsx"), script, program, project.name, stack, file];
    const { exitCode, stdout, stderr } = await runCaptured(process.execPath, args, {
      // Both as in the engine, so that the program's relative paths and the project's settings mean the same.
      cwd: dirname(program),
      environment: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(configuration),
        PULUMI_NODEJS_ROOT_DIRECTORY: directory,
      },
    });
    if (!existsSync(file)) {
      // Node.js names neither line nor column of what can't be loaded. Any other failure says best itself what it is.
      const isUnloaded = exitCode === loadingFailed;
      const mistakes = isUnloaded ? await findMistakes(programBundle(program, directory, folder)) : undefined;
      const reason = mistakes ?? (stderr || stdout).trim();
      throw new InputError(`${program} fails: ${reason || "it ends before it has declared everything"}`);
    }
    const resources = JSON.parse(readFileSync(file, "utf8")) as DeclaredResource[];
    // Resources are registered when their inputs resolve, in an order that must not affect the result.
    return resources.sort((left, right) => compare(left.type, right.type) || compare(left.name, right.name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function findProgram(directory: string, project: ProjectSettings): string {
  const found = programFile(project);
  if (existsSync(join(directory, found))) return found;
  throw new InputError(`Pulumi.yaml in ${directory} names no program (main: ${usualProgram})`);
}

/** The stack's configuration without secrets and objects, which a contract can't depend on. */
export function readPlainConfiguration(directory: string, stack: string): Readonly<Record<string, string>> {
  return configurationTexts(directory, stack, (value) => (value.kind === "text" ? value.text : undefined));
}

/**
 * The stack's whole configuration, with placeholders for secrets. For a program of which only the database's objects
 * matter.
 */
export function readAssumedConfiguration(directory: string, stack: string): Readonly<Record<string, string>> {
  return configurationTexts(directory, stack, (value) => {
    if (value.kind === "text") return value.text;
    if (value.kind === "object") return value.json;
    return value.kind === "secret" ? withheld : undefined;
  });
}

function configurationTexts(
  directory: string,
  stack: string,
  textOf: (value: ConfigurationValue) => string | undefined,
): Readonly<Record<string, string>> {
  const project = readProjectIn(directory);
  const configuration = mergeConfiguration(project, readStack(project, stackFile(project, stack)));
  const entries = [...configuration].map(([key, value]) => [key, textOf(value)] as const);
  return Object.fromEntries(entries.flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));
}
