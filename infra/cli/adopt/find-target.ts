import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Target } from "../../adopt/target.ts";
import type { WrittenFiles } from "../../adopt/written-files.ts";
import { InputError } from "../../errors/errors.ts";
import { findPackage } from "../../prisma/packages.ts";
import { type FoundSchema, findSchema, locateSchema } from "../../prisma/schema-files.ts";
import type { ConnectionSetting } from "../../settings/connection-setting.ts";
import { localStack } from "../../settings/local-stack.ts";
import { programFolder, usualMigrations } from "../../settings/paths.ts";
import { programFile, usualProgram } from "../../settings/program-file.ts";
import { type ProjectSettings, readProject, readProjectIn } from "../../settings/project.ts";
import { findProjectFile } from "../../settings/project-file.mjs";
import { packageFolder, runsFromSources } from "../../system/package-folder.ts";
import { detectProject } from "../init/detect-project.ts";
import { configurationFiles, ignoreFile, newProject, pathLines, stackSettings } from "../init/project-files.ts";

export interface TargetOptions {
  /** The folder in which the command was called. */
  readonly folder: string;
  /** The program's folder, if it was given. */
  readonly out: string | undefined;
  readonly stack: string;
  /** How the database to read is configured. */
  readonly connection: ConnectionSetting;
  /**
   * Whether it is the database of the stack in this folder's project. Only then does the project's schema describe it.
   */
  readonly isStacks: boolean;
  readonly files: WrittenFiles;
  /** Called for each file that is written. */
  readonly report: (line: string) => void;
}

/**
 * Where the program goes: into this folder's project, which is set up if there is none; or, if another folder was
 * given, into a separate project there.
 * @throws {InputError} if that folder contains other things
 */
export async function findTarget(options: TargetOptions): Promise<Target> {
  const { folder, out } = options;
  const project = ownProject(folder);
  if (project === undefined) {
    await setUp(options);
    return await targetOf(readProjectIn(folder));
  }
  const isItsProgram = out === undefined || out === resolve(folder, programFolder(project.main));
  if (isItsProgram) return await targetOf(project);
  const other = ownProject(out);
  return await targetOf(other ?? (await makeProject(out, project, options)));
}

function ownProject(folder: string): ProjectSettings | undefined {
  const file = findProjectFile(folder);
  return file !== undefined && dirname(file) === folder ? readProject(file) : undefined;
}

async function targetOf(project: ProjectSettings): Promise<Target> {
  const { file, paths } = project;
  const directory = dirname(file);
  const schema = (await schemaOf(project))?.schema;
  return {
    directory,
    main: resolve(directory, programFile(project)),
    tables: resolve(directory, paths.tables),
    functions: resolve(directory, paths.sql, "functions"),
    schema,
  };
}

/** Prisma's schema, if the project has one. */
async function schemaOf({ file, paths }: ProjectSettings): Promise<FoundSchema | undefined> {
  if (paths.schema === undefined) return await findSchema(dirname(file));
  return { schema: await locateSchema(dirname(file), paths.schema), migrations: undefined };
}

/** Writes the same files as `palisade init`, except the program. */
async function setUp({ folder, out, stack, connection, files, report }: TargetOptions): Promise<void> {
  const program = out === undefined ? dirname(usualProgram) : relative(folder, out);
  if (program === "" || program.startsWith("..")) {
    throw new InputError(`--out must be a folder in ${folder}, whose program it is to hold, such as stacks`);
  }
  refuseFilled(join(folder, program));
  const found = await detectProject(folder);
  const named = stack === localStack ? [] : [stack];
  for (const { path, text, remark } of configurationFiles(found, named, join(program, "index.ts"))) {
    const isStack = path === `Pulumi.${stack}.yaml`;
    if (text !== undefined) files.write(join(folder, path), isStack ? stackSettings(variableOf(connection)) : text);
    report(`${text === undefined ? "left " : "wrote"}  ${path}${remark === undefined ? "" : ` (${remark})`}`);
  }
}

async function makeProject(out: string, base: ProjectSettings, options: TargetOptions): Promise<ProjectSettings> {
  const { stack, connection, isStacks, files, report } = options;
  refuseFilled(out);
  const folder = dirname(base.file);
  const settings = newProject({
    name: base.name,
    main: "index.ts",
    package: relative(out, packageFolder),
    ...(base.nodeArguments === undefined ? {} : { nodeArguments: base.nodeArguments }),
  });
  const file = join(out, "Pulumi.yaml");
  files.write(file, `${settings}${isStacks ? pathLines(await pathsFrom(out, base)) : ""}`);
  files.write(join(out, `Pulumi.${stack}.yaml`), stackSettings(variableOf(connection)));
  const isInside = !relative(folder, out).startsWith("..");
  if (!isInside) files.write(join(out, "tsconfig.json"), compilerSettings(out, folder));
  const isLinked = findPackage("pulumi-palisade", out) === undefined;
  if (isLinked) {
    const found = findPackage("pulumi-palisade", folder);
    const packages = found === undefined ? join(folder, "node_modules") : dirname(found);
    files.link(join(out, "node_modules"), packages);
    files.write(join(out, "package.json"), `${JSON.stringify({ private: true, type: "module" }, undefined, 2)}\n`);
    report(`wrote  ${join(out, "package.json")}, and a link to the packages in ${packages}`);
  }
  // A pattern with a trailing slash does not match a symbolic link.
  const ignored = ignoreFile({ folder: out }, isLinked ? [{ line: "node_modules", sample: "node_modules" }] : []);
  if (ignored.text !== undefined) files.write(join(out, ignored.path), ignored.text);
  report(`wrote  ${file}, and Pulumi.${stack}.yaml`);
  return readProject(file);
}

/** The paths of another project's schema and migrations, relative to a folder. */
async function pathsFrom(out: string, base: ProjectSettings): Promise<Readonly<Record<string, string>>> {
  const folder = dirname(base.file);
  const found = await schemaOf(base);
  const named = base.paths.migrations;
  const places = named === undefined ? [usualMigrations(), usualMigrations("supabase")] : [named];
  const migrations = found?.migrations ?? places.map((place) => resolve(folder, place)).find(existsSync);
  return {
    ...(found === undefined ? {} : { schema: relative(out, found.schema) }),
    ...(migrations === undefined ? {} : { migrations: relative(out, migrations) }),
  };
}

function variableOf(connection: ConnectionSetting): string | undefined {
  return connection.kind === "variable" ? connection.name : undefined;
}

/** @throws {InputError} if a folder for a new program is not empty */
function refuseFilled(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw new InputError(`--out: ${folder} is a file; name a folder`);
  const [first] = readdirSync(folder).filter((name) => !name.startsWith("."));
  if (first === undefined) return;
  throw new InputError(
    `--out: ${folder}${sep} holds other things (${first}) and no Pulumi.yaml; name a folder that is empty or not there yet, or one that this command has written`,
  );
}

function compilerSettings(out: string, base: string): string {
  const modules = { target: "ES2022", module: "Preserve", moduleResolution: "Bundler" };
  const compilerOptions = { ...modules, strict: true, noEmit: true, skipLibCheck: true };
  // In its own repository, the package is compiled together with the program.
  const settings = runsFromSources ? { extends: join(relative(out, base), "tsconfig.json") } : { compilerOptions };
  return `${JSON.stringify({ ...settings, include: ["."] }, undefined, 2)}\n`;
}
