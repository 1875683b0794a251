import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { FormatName } from "../../migrations/formats/format.ts";
import { migrationFolders } from "../../migrations/formats/prisma/folder.ts";
import { recogniseFormat } from "../../migrations/formats/recognise.ts";
import { formatNamed } from "../../migrations/formats/registry.ts";
import { findPackage } from "../../prisma/packages.ts";
import { type FoundSchema, findSchema, locateSchema, readSchema } from "../../prisma/schema-files.ts";
import { programFile, usualProgram } from "../../settings/program-file.ts";
import { type ProjectSettings, readProject } from "../../settings/project.ts";
import { shellWord } from "../../settings/project-command.ts";
import { findProjectFile } from "../../settings/project-file.mjs";
import { readSettingsFile } from "../../settings/settings-file.ts";

/** What was found in the folder to set up a project in. */
export interface DetectedProject {
  readonly folder: string;
  /** From its package.json. */
  readonly name: string;
  /** The path of this package, relative to the folder. */
  readonly package: string;
  readonly project: ProjectSettings | undefined;
  /** The program's file, relative to the folder, whether or not it exists. */
  readonly program: string;
  readonly schema: UsableSchema | undefined;
  /** Migrations that are plain scripts rather than Prisma's. */
  readonly migrations: FoundMigrations | undefined;
  /** What was found but can't be used, and why. */
  readonly remarks: readonly string[];
}

export interface FoundMigrations {
  /** Relative to the project's folder. */
  readonly directory: string;
  readonly format: FormatName;
  readonly scripts: readonly string[];
}

interface UsableSchema {
  readonly path: string;
  /** The folder of migrations, or where Prisma would create it. */
  readonly migrations: string;
  readonly hasMigrations: boolean;
  /** Whether Prisma finds both without configuration. */
  readonly isUsual: boolean;
}

/** @throws {InputError} if nothing can be set up here, before anything is written */
export async function detectProject(folder: string): Promise<DetectedProject> {
  const manifest = readManifest(folder);
  const installed = requirePackages(folder);
  const project = readOwnProject(folder);
  const remarks: string[] = [];
  const schema = await findUsableSchema(folder, project, remarks);
  return {
    folder,
    name: manifest.name ?? "database",
    package: relative(folder, installed),
    project,
    program: project === undefined ? usualProgram : programFile(project),
    schema,
    migrations: schema === undefined ? await findMigrations(folder, project, remarks) : undefined,
    remarks,
  };
}

const loader = "pulumi-palisade/load-program";

/** Node.js options with which a program runs, in a project that is set up here. */
export const loaderArguments = `--import ${loader}`;

/**
 * Whether there is a Pulumi project that was not set up here: Pulumi's own compiler translates its program, with the
 * settings and for the module system that the project has chosen.
 */
export function hasOwnProgram(project: ProjectSettings | undefined): boolean {
  return project !== undefined && !(project.nodeArguments?.includes(loader) && !project.usesPulumisCompiler);
}

/** The outermost folder to search: the workspace's, the repository's, or else the project's. */
export function rootOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const isWorkspace = existsSync(join(at, "package.json")) && "workspaces" in readManifest(at);
    if (isWorkspace || ["pnpm-workspace.yaml", ".git"].some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return folder;
  }
}

interface Manifest {
  readonly name?: string;
}

function readManifest(folder: string): Manifest {
  const file = join(folder, "package.json");
  if (!existsSync(file)) {
    const above = findPackageAbove(folder);
    throw new InputError(
      above === undefined
        ? `${folder} has no package.json. Run this in the folder of the package that the stack is for, or make one there: npm init -y`
        : `${folder} has no package.json. Run this in the folder of the ${above.isProject ? "project" : "package"} that it is in, ${above.folder}: cd ${shellWord(relative(folder, above.folder))}`,
    );
  }
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof manifest === "object" && manifest !== null && !Array.isArray(manifest)) return manifest;
  } catch {
    // The error is reported below, together with that one.
  }
  throw new InputError(`${file} is no package.json that can be read: correct it, and run this again`);
}

/** The nearest folder with a Pulumi project, or else with a package. */
function findPackageAbove(folder: string): { readonly folder: string; readonly isProject: boolean } | undefined {
  const project = findProjectFile(folder);
  if (project !== undefined) return { folder: dirname(project), isProject: true };
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, "package.json"))) return { folder: at, isProject: false };
  return undefined;
}

/** @returns the folder of this package, as the project resolves it */
function requirePackages(folder: string): string {
  const needed = ["pulumi-palisade", "@pulumi/pulumi"];
  const missing = needed.filter((name) => findPackage(name, folder) === undefined);
  const found = findPackage("pulumi-palisade", folder);
  if (missing.length === 0 && found !== undefined) return found;
  if (process.versions.pnp !== undefined) {
    throw new InputError(
      `${folder} has its packages in Yarn's Plug'n'Play, and Pulumi wants them in node_modules: write \`nodeLinker: node-modules\` into .yarnrc.yml, and run \`yarn install\` and this again`,
    );
  }
  throw new InputError(
    `${folder} has no ${missing.join(" and no ")} installed. Install both there, with the package manager that it uses, and run this again:\n\n` +
      `  npm install ${needed.join(" ")}      (pnpm add, yarn add, bun add)\n`,
  );
}

function readOwnProject(folder: string): ProjectSettings | undefined {
  const file = findProjectFile(folder);
  if (file === undefined || dirname(file) !== folder) return undefined;
  const runtime = readSettingsFile(file)?.get("runtime");
  const language = runtime instanceof Map ? runtime.get("name") : runtime;
  if (language === "nodejs") return readProject(file);
  throw new InputError(
    `${file} is a Pulumi project whose runtime is ${language === undefined ? "not named" : String(language)}, and this sets up one of nodejs. ` +
      "Make a folder with a package.json for the database's stack, and run this there",
  );
}

async function findUsableSchema(
  folder: string,
  project: ProjectSettings | undefined,
  remarks: string[],
): Promise<UsableSchema | undefined> {
  const named = project?.paths.schema;
  const own =
    named === undefined
      ? await findSchema(folder)
      : { schema: await locateSchema(folder, named), migrations: undefined };
  const others = own === undefined ? await findSchemas(rootOf(folder)) : [];
  const [other, ...more] = others;
  if (more.length > 0) {
    remarks.push(
      `There are ${others.length} Prisma schemas: ${others.map(({ schema }) => relative(folder, schema)).join(", ")}. Name the one that is meant in Pulumi.yaml, as palisade: {schema: …}, and run this again.`,
    );
    return undefined;
  }
  const found = own ?? other;
  const schema = found?.schema;
  if (schema === undefined) return undefined;
  const provider = await readProvider(schema);
  if (provider !== "postgresql") {
    remarks.push(
      `${relative(folder, schema)} is for ${provider ?? "no database that it names"}, and Palisade is for PostgreSQL.`,
    );
    return undefined;
  }
  const beside = join(isFolder(schema) ? schema : dirname(schema), "migrations");
  const set = project?.paths.migrations;
  const places = [
    ...(set === undefined ? [] : [resolve(folder, set)]),
    ...(found?.migrations === undefined ? [] : [found.migrations]),
    beside,
    join(dirname(schema), "migrations"),
  ];
  const held = await Promise.all(places.map(migrationFolders));
  const inUse = places.find((_, index) => held[index]?.length !== 0);
  const migrations = inUse ?? found?.migrations ?? beside;
  const isUsual = own !== undefined && relative(folder, migrations) === join("prisma", "migrations");
  return { path: schema, migrations, hasMigrations: inUse !== undefined, isUsual };
}

/** In the configured folder, or else in the usual ones. */
async function findMigrations(
  folder: string,
  project: ProjectSettings | undefined,
  remarks: string[],
): Promise<FoundMigrations | undefined> {
  const set = project?.paths.migrations;
  for (const named of set === undefined ? ["supabase/migrations", "migrations", "db/migrations"] : [set]) {
    const directory = resolve(folder, named);
    const name = await recogniseFormat({ directory, named });
    // The folder contains migrations of two tools. The program has to say which are meant.
    if (typeof name !== "string") remarks.push(name.problem);
    if (typeof name !== "string" || name === "prisma") continue;
    const format = formatNamed(name);
    const found = await format.readFolder(directory);
    if (found.length === 0) continue;
    const problem = await format.findProblem(directory, named);
    if (problem === undefined) return { directory: named, format: name, scripts: found.map(({ script }) => script) };
    remarks.push(problem);
  }
  return undefined;
}

async function readProvider(schema: string): Promise<string | undefined> {
  const { files } = await readSchema(schema);
  const texts = files.map(({ text }) => /^\s*datasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*"([^"]*)"/m.exec(text)?.[1]);
  const provider = texts.find((text) => text !== undefined);
  return provider === "postgres" ? "postgresql" : provider;
}

/**
 * In a workspace, the schema may belong to another package, which configures its path, or be in a folder that is not a
 * package.
 */
async function findSchemas(root: string): Promise<readonly FoundSchema[]> {
  const folders = listFolders(root);
  const named: FoundSchema[] = [];
  for (const folder of folders.filter((each) => existsSync(join(each, "package.json")))) {
    // If its configuration can't be read, a schema in its usual place is found all the same.
    const found = await findSchema(folder).catch(() => undefined);
    if (found !== undefined && !named.some(({ schema }) => holds(schema, found.schema))) named.push(found);
  }
  const files = folders.map((folder) => join(folder, "schema.prisma")).filter((file) => existsSync(file));
  const others = files.filter((file) => !named.some(({ schema }) => holds(schema, file)));
  return [...named, ...others.map((schema) => ({ schema, migrations: undefined }))];
}

/** Whether the path is the same file or folder, or inside of it. */
function holds(place: string, path: string): boolean {
  return path === place || path.startsWith(`${place}${sep}`);
}

function listFolders(root: string, depth = 0): readonly string[] {
  const inner = readdirSync(root, { withFileTypes: true }).filter(
    (entry) =>
      entry.isDirectory() && !entry.name.startsWith(".") && !["node_modules", "dist", "build"].includes(entry.name),
  );
  return [root, ...(depth === 4 ? [] : inner.flatMap(({ name }) => listFolders(join(root, name), depth + 1)))];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
