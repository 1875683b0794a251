import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Target } from "../../adopt/target.ts";
import { InputError } from "../../errors/errors.ts";
import { findPackage } from "../../prisma/packages.ts";
import { findSchema, locateSchema } from "../../prisma/schema-files.ts";
import { programFolder } from "../../settings/paths.ts";
import { type ProjectSettings, readProject, readProjectIn } from "../../settings/project.ts";
import { findProjectFile } from "../../settings/project-file.mjs";
import { packageFolder, runsFromSources } from "../../system/package-folder.ts";
import { detectProject } from "../init/detect-project.ts";
import { newProject, surroundingFiles } from "../init/project-files.ts";

export interface TargetOptions {
  /** The folder in which the command was called. */
  readonly folder: string;
  /** The folder of the program, where one is named. */
  readonly out: string | undefined;
  readonly stack: string;
  /** The variable that holds the connection string, where one is named. */
  readonly variable: string | undefined;
  /** Is told of each file that is written. */
  readonly report: (line: string) => void;
}

/**
 * Where the program goes: into the project of this folder, which is set up where there is none; or, where another folder than its program's
 * is named, into a project of that folder's own.
 * @throws {InputError} where the folder holds other things
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
  return await targetOf(other ?? makeProject(out, project, options));
}

function ownProject(folder: string): ProjectSettings | undefined {
  const file = findProjectFile(folder);
  return file !== undefined && dirname(file) === folder ? readProject(file) : undefined;
}

async function targetOf({ file, main = ".", paths }: ProjectSettings): Promise<Target> {
  const directory = dirname(file);
  const path = resolve(directory, main);
  const isFile = /\.[cm]?[jt]s$/.test(main);
  const index = isFile
    ? path
    : (["index.ts", "index.js"].map((name) => join(path, name)).find(existsSync) ?? join(path, "index.ts"));
  const schema =
    paths.schema === undefined ? (await findSchema(directory))?.schema : await locateSchema(directory, paths.schema);
  return { directory, main: index, tables: resolve(directory, paths.tables), schema };
}

/** What `palisade init` writes, but for the program. */
async function setUp({ folder, out, stack, variable, report }: TargetOptions): Promise<void> {
  const program = out === undefined ? "stacks" : relative(folder, out);
  if (program === "" || program.startsWith("..")) {
    throw new InputError(`--out must be a folder in ${folder}, whose program it is to hold, such as stacks`);
  }
  refuseFilled(join(folder, program));
  const found = await detectProject(folder);
  const named = variable !== undefined && stack !== "dev" ? [stack] : [];
  for (const { path, text, remark } of surroundingFiles(found, named, join(program, "index.ts"))) {
    const isStack = path === `Pulumi.${stack}.yaml` && variable !== undefined;
    if (text !== undefined) write(join(folder, path), isStack ? stackSettings(variable) : text);
    report(`${text === undefined ? "left " : "wrote"}  ${path}${remark === undefined ? "" : ` (${remark})`}`);
  }
}

function makeProject(out: string, base: ProjectSettings, { stack, variable, report }: TargetOptions): ProjectSettings {
  refuseFilled(out);
  const settings = newProject({
    name: base.name,
    main: "index.ts",
    package: relative(out, packageFolder),
    nodeArguments: base.nodeArguments ?? "--import pulumi-palisade/load-program",
  });
  const file = join(out, "Pulumi.yaml");
  write(file, settings);
  write(join(out, `Pulumi.${stack}.yaml`), stackSettings(variable ?? "DIRECT_URL"));
  const isInside = !relative(dirname(base.file), out).startsWith("..");
  if (!isInside) write(join(out, "tsconfig.json"), compilerSettings(out, dirname(base.file)));
  if (findPackage("pulumi-palisade", out) === undefined) {
    const packages = join(dirname(base.file), "node_modules");
    symlinkSync(packages, join(out, "node_modules"), "junction");
    write(join(out, "package.json"), `${JSON.stringify({ private: true, type: "module" }, undefined, 2)}\n`);
    report(`wrote  ${join(out, "package.json")}, and a link to the packages in ${packages}`);
  }
  report(`wrote  ${file}, and Pulumi.${stack}.yaml`);
  return readProject(file);
}

/** @throws {InputError} where a folder for a new program is not empty */
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
  // In its own repository the package is compiled with what uses it.
  const settings = runsFromSources ? { extends: join(relative(out, base), "tsconfig.json") } : { compilerOptions };
  return `${JSON.stringify({ ...settings, include: ["."] }, undefined, 2)}\n`;
}

function stackSettings(variable: string): string {
  return `config:
  # The NAME of the environment variable that holds the connection string (direct, or the pooler's session mode); never the string itself.
  palisade:connection: ${variable}
`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
