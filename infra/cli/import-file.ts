import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError, InputError } from "../errors/errors.ts";
import { kindNamed, kinds } from "../kinds/registry.ts";
import { Operation } from "../lifecycle/operation.ts";
import { PreviewedStates } from "../lifecycle/previewed-states.ts";
import { read } from "../lifecycle/read.ts";
import { kindOfToken } from "../values/urn.ts";
import { findStackDatabase } from "./stack-database.ts";

/** A file for `pulumi import --file`, without entries that can't be imported. */
export interface CheckedImports {
  /** The file to import instead, with only the valid ids, spelled as in the state. Undefined: none is valid. */
  readonly file: string | undefined;
  /** One line for each resource that is left out: its type, name and id, and the problem. */
  readonly problems: readonly string[];
  remove(): void;
}

interface Entry {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly id?: unknown;
  readonly component?: unknown;
}

/**
 * Looks up the id of each resource before the engine does. The engine stops at the first invalid one and imports none.
 * @returns undefined if only Pulumi can judge the file
 */
export async function checkImportFile(
  file: string,
  { stack, directory }: { readonly stack: string; readonly directory: string },
): Promise<CheckedImports | undefined> {
  const content = readContent(file);
  if (content === undefined || !content.resources.some(({ type }) => kindOf(type) !== undefined)) return undefined;
  const { connectionString } = await findStackDatabase(stack, directory);
  const connect = async () => connectionString;
  const operation = new Operation({ kinds, connect, adopt: false, stack, projectDirectory: directory });
  try {
    const found = await Promise.all(content.resources.map((entry) => lookUp(entry, stack, operation)));
    const problems = found.flatMap((result) => (typeof result === "string" ? [result] : []));
    const resources = found.filter((result) => typeof result !== "string");
    const isAny = resources.some(({ component }) => component !== true);
    return { problems, ...writeFile(isAny ? { ...content, resources } : undefined) };
  } finally {
    await operation.close();
  }
}

function readContent(file: string): { readonly resources: readonly Entry[] } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as { readonly resources?: unknown };
    return Array.isArray(content.resources) ? (content as { resources: readonly Entry[] }) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the resource with its id as spelled in the state, or why it can't be imported */
async function lookUp(entry: Entry, stack: string, operation: Operation): Promise<Entry | string> {
  const { type, name, id } = entry;
  const kind = kindOf(type);
  if (kind === undefined || typeof id !== "string") return entry;
  const urn = `urn:pulumi:${stack}::import::${type}::${name}`;
  try {
    const context = { operation, urn, previewed: new PreviewedStates(), report: () => undefined };
    const found = await read(kind, id, {}, {}, context);
    if (found !== undefined) return { ...entry, id: found.id };
    return `${type} ${name}, '${id}': there is no such object`;
  } catch (error) {
    if (error instanceof InputError) return `${type} ${name}, '${id}': ${describeError(error)}`;
    throw error;
  }
}

function kindOf(type: unknown) {
  const name = kindOfToken(String(type));
  return name === undefined ? undefined : kindNamed(name);
}

function writeFile(content: object | undefined): Pick<CheckedImports, "file" | "remove"> {
  if (content === undefined) return { file: undefined, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "palisade-import-"));
  const file = join(folder, "import.json");
  writeFileSync(file, JSON.stringify(content));
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
