import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, relative, resolve } from "node:path";
import { InputError } from "../errors/errors.ts";
import { installCommand } from "../settings/project-command.ts";
import { findPackage } from "./packages.ts";

/** A Prisma schema: one file, or all files of a folder. */
export interface PrismaSchema {
  /** The file or the folder. */
  readonly path: string;
  readonly files: readonly SchemaFile[];
}

interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Finds a project's schema where Prisma itself looks for it: the place in prisma.config.ts, or `prisma.schema` in
 * package.json (Prisma 6), or `schema.prisma`, `prisma/schema.prisma` or the folder `prisma/schema`.
 * @param set the path in Pulumi.yaml, relative to the project's folder, if it is set
 * @throws {InputError} if there is none, or prisma.config.ts can't be loaded
 */
export async function locateSchema(directory: string, set?: string): Promise<string> {
  if (set !== undefined) {
    const place = resolve(directory, set);
    if (existsSync(place)) return place;
    throw new InputError(
      `Pulumi.yaml names ${set} as Prisma's schema (palisade.schema), and there is no such file or folder`,
    );
  }
  const found = await findSchema(directory);
  if (found !== undefined) return found.schema;
  throw new InputError(
    `there is no Prisma schema in ${directory}: prisma.config.ts names none, and none of ${defaultPlaces.join(", ")} is there`,
  );
}

/** A project's schema, and its folder of migrations if prisma.config.ts names one. */
export interface FoundSchema {
  readonly schema: string;
  readonly migrations: string | undefined;
}

/** As `locateSchema`; undefined if there is none. @throws {InputError} if the configured one does not exist */
export async function findSchema(directory: string): Promise<FoundSchema | undefined> {
  const configured = await fromConfiguration(directory);
  const migrations = configured?.migrations;
  const named =
    configured?.schema === undefined ? fromManifest(directory) : { path: configured.schema, in: configured.in };
  if (named !== undefined) {
    if (existsSync(named.path)) return { schema: named.path, migrations };
    throw new InputError(`${named.in} names ${named.path} as Prisma's schema, and there is no such file or folder`);
  }
  const schema = defaultPlaces.map((place) => join(directory, place)).find((place) => existsSync(place));
  return schema === undefined ? undefined : { schema, migrations };
}

/**
 * Reads a schema.prisma, or every .prisma file of a folder and its subfolders.
 * @throws {InputError} if there is none
 */
export async function readSchema(path: string): Promise<PrismaSchema> {
  if (!existsSync(path)) throw new InputError(`there is no ${path}, whose models say what rows are`);
  const place = resolve(path);
  if (!statSync(place).isDirectory()) return { path, files: [{ path: place, text: readFileSync(place, "utf8") }] };
  const { loadSchemaFiles } = await import("@prisma/schema-files-loader");
  const files = (await loadSchemaFiles(place)).map(([file, text]) => ({ path: file, text }));
  if (files.length === 0) throw new InputError(`${path} holds no .prisma file`);
  // The order of files depends on the file system and must not affect the result.
  return { path, files: files.sort((left, right) => (left.path < right.path ? -1 : 1)) };
}

/** A schema's path as a person would write it: relative to their working directory, if it is below. */
export function displayPath(path: string, directory = process.cwd()): string {
  const written = relative(directory, path);
  return written === "" || written.startsWith("..") || isAbsolute(written) ? path : written;
}

const defaultPlaces = ["schema.prisma", "prisma/schema.prisma", "prisma/schema"];

interface NamedSchema {
  readonly path: string;
  /** The file that names it. */
  readonly in: string;
}

/** The part of the result of Prisma's loader for prisma.config.ts that is needed here. */
interface LoadedConfiguration {
  readonly resolvedPath: string | null;
  readonly config?: { readonly schema?: string; readonly migrations?: { readonly path?: string } };
  readonly error?: { readonly _tag: string; readonly error?: Error };
}

async function fromConfiguration(directory: string) {
  const file = configurationFiles.find((name) => existsSync(join(directory, name)));
  if (file === undefined) return undefined;
  const { loadConfigFromFile } = loadPrismaConfiguration(directory, file);
  const placeholders: string[] = [];
  try {
    while (true) {
      const { config, error, resolvedPath } = await loadConfigFromFile({ configRoot: directory });
      if (error === undefined) {
        return { schema: config?.schema, migrations: config?.migrations?.path, in: resolvedPath ?? directory };
      }
      // The schema's location does not depend on the connection, so an unset variable is no reason to fail.
      const message = error.error?.message ?? error._tag;
      const [, missing = ""] = /environment variable: (\w+)/.exec(message) ?? [];
      if (missing === "" || placeholders.includes(missing)) {
        throw new InputError(`the ${file} of ${directory} can't be loaded: ${message}`);
      }
      placeholders.push(missing);
      process.env[missing] = "postgresql://placeholder";
    }
  } finally {
    for (const name of placeholders) delete process.env[name];
  }
}

/** The places where Prisma looks for its configuration. */
const configurationFiles = ["prisma7.config", "prisma.config", ".config/prisma7", ".config/prisma"].flatMap((name) =>
  ["js", "ts", "mjs", "cjs", "mts", "cts"].map((extension) => `${name}.${extension}`),
);

/** The loader is part of the application's Prisma, which the configuration file imports as well. */
function loadPrismaConfiguration(directory: string, file: string) {
  const prisma = findPackage("prisma", directory);
  if (prisma === undefined) {
    throw new InputError(
      `${join(directory, file)} is read by Prisma, which is not installed there: run \`${installCommand(["prisma"], "development", directory)}\``,
    );
  }
  return createRequire(join(realpathSync(prisma), "package.json"))("@prisma/config") as {
    loadConfigFromFile(options: { readonly configRoot: string }): Promise<LoadedConfiguration>;
  };
}

function fromManifest(directory: string): NamedSchema | undefined {
  const file = join(directory, "package.json");
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  const { prisma } = readManifest(file);
  return typeof prisma?.schema === "string" ? { path: resolve(directory, prisma.schema), in: file } : undefined;
}

function readManifest(file: string): { readonly prisma?: { readonly schema?: unknown } | null } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof readManifest>;
  } catch (error) {
    throw new InputError(`${file} can't be read: ${error instanceof Error ? error.message : error}`);
  }
}
