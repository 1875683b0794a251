import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { findPackage } from "../../prisma/packages.ts";
import { generateTypedTables } from "../../prisma/typed-tables.ts";
import type { Settings } from "../../settings/configuration.ts";
import { localBackend, localFolder } from "../../settings/local-files.mjs";
import { localStack } from "../../settings/local-stack.ts";
import { installCommand } from "../../settings/project-command.ts";
import { readSettingsFile } from "../../settings/settings-file.ts";
import { type DetectedProject, hasOwnProgram, loaderArguments, rootOf } from "./detect-project.ts";
import { firstProgram } from "./first-program.ts";

/** A file that a project needs. It is written if it is missing, or extended if it lacks something. */
export interface ProjectFile {
  /** Relative to the project's folder. */
  readonly path: string;
  /** Undefined: the file stays as it is. */
  readonly text: string | undefined;
  /** Why it stays, or what is added. */
  readonly remark?: string;
}

/** Never replaces existing content; a list of settings may get lines at its end. */
export async function projectFiles(
  found: DetectedProject,
  environments: readonly string[],
): Promise<readonly ProjectFile[]> {
  return [...configurationFiles(found, environments), ...(await programFiles(found))];
}

/** The files other than the program. @param main the program of a new project */
export function configurationFiles(
  found: DetectedProject,
  environments: readonly string[],
  main = found.program,
): readonly ProjectFile[] {
  const extension = found.project === undefined ? ".yaml" : extname(found.project.file);
  const stackFolder = found.project === undefined ? "" : relative(found.folder, found.project.stackFolder);
  const stackFile = (stack: string) => join(stackFolder, `Pulumi.${stack}${extension}`);
  return [
    settingsFile(found, main),
    ...(extension === ".json" ? [] : [missing(found, stackFile(localStack), stackSettings(undefined))]),
    ...(extension === ".json"
      ? []
      : environments.map((stack) => missing(found, stackFile(stack), stackSettings("DIRECT_URL")))),
    ignoreFile(found),
    ...compilerSettings(found, dirname(main)),
  ];
}

function missing({ folder }: DetectedProject, path: string, text: string): ProjectFile {
  return existsSync(join(folder, path)) ? { path, text: undefined, remark: "it is there" } : { path, text };
}

function settingsFile(found: DetectedProject, main: string): ProjectFile {
  const { project, folder } = found;
  if (project === undefined)
    return { path: "Pulumi.yaml", text: `${projectSettings(found, main)}${pathSettings(found)}` };
  const path = relative(folder, project.file);
  const settings = readSettingsFile(project.file) ?? new Map();
  const text = readFileSync(project.file, "utf8");
  if (namesPlugin(settings)) return { path, text: undefined, remark: "it names the plugin" };
  if (extname(path) === ".json" || settings.has("plugins")) {
    return {
      path,
      text: undefined,
      remark: `add the plugin to it by hand, under plugins.providers: name palisade, path ${pluginPath(found)}`,
    };
  }
  const added = `${plugin(found)}${settings.has("palisade") ? "" : pathSettings(found)}`;
  return {
    path,
    text: `${text}${text.endsWith("\n") ? "" : "\n"}${added}`,
    remark: "with the plugin's path; the rest is as it was",
  };
}

function namesPlugin(settings: Settings): boolean {
  const plugins = settings.get("plugins");
  const providers = plugins instanceof Map ? plugins.get("providers") : undefined;
  return Array.isArray(providers) && providers.some((each) => each instanceof Map && each.get("name") === "palisade");
}

function projectSettings({ name, package: installed }: DetectedProject, main: string): string {
  return newProject({ name, main, package: installed });
}

/**
 * The text of a new Pulumi.yaml.
 * @param of the program, relative to the project's folder; the path of this package, relative to it; Node.js options
 * for running the program, unless they are the usual ones
 */
export function newProject(of: {
  readonly name: string;
  readonly main: string;
  readonly package: string;
  readonly nodeArguments?: string;
}): string {
  // A package's name may contain characters that a project's must not.
  const name =
    of.name
      .replace(/^@/, "")
      .replaceAll(/[^\w.-]+/g, "-")
      .slice(0, 100) || "database";
  return `name: ${JSON.stringify(name)}
description: Who may see and do what in the database of ${name}
main: ${yamlText(of.main)}
runtime:
  name: nodejs
  options:
    # The program, TypeScript or not, is made one file of JavaScript first; the built-in ts-node would take several times as long to start.
    typescript: false
    nodeargs: ${yamlText(of.nodeArguments ?? loaderArguments)}
# State stays in this folder, without an account. To share it: PULUMI_BACKEND_URL, or \`pulumi login\` and no such lines.
backend:
  url: ${localBackend}?create_dir=true&metadata=skip
${plugin(of)}`;
}

function yamlText(text: string): string {
  return /^-*[\w./][\w./=, -]*$/.test(text) && !text.endsWith(" ") ? text : JSON.stringify(text);
}

function plugin(found: Pick<DetectedProject, "package">): string {
  return `plugins:
  providers:
    - name: palisade
      path: ${JSON.stringify(pluginPath(found))}
`;
}

function pluginPath(found: Pick<DetectedProject, "package">): string {
  const path = join(found.package, "provider");
  return path.startsWith("..") ? path : `./${path}`;
}

/** Only paths that differ from the defaults. */
function pathSettings({ schema, folder, project, migrations }: DetectedProject): string {
  if (schema === undefined) {
    return migrations === undefined ? "" : `palisade:\n  migrations: ${JSON.stringify(migrations.directory)}\n`;
  }
  if (schema.isUsual || project?.paths.schema !== undefined) return "";
  return pathLines({ schema: relative(folder, schema.path), migrations: relative(folder, schema.migrations) });
}

/** The section of Pulumi.yaml with the paths of a project's sources. */
export function pathLines(paths: Readonly<Record<string, string>>): string {
  const lines = Object.entries(paths).map(([name, path]) => `  ${name}: ${JSON.stringify(path)}\n`);
  return lines.length === 0 ? "" : `palisade:\n${lines.join("")}`;
}

/**
 * The settings of a new stack.
 * @param variable the variable with its database's connection string; undefined: the local database
 */
export function stackSettings(variable: string | undefined): string {
  if (variable === undefined) {
    return `# The local database: nothing here names another. Its stack has an empty passphrase.
config: {}
`;
  }
  return `config:
  # The NAME of the environment variable that holds the connection string (direct, or the pooler's session mode); never the string itself.
  palisade:connection: ${variable}
`;
}

async function programFiles(found: DetectedProject): Promise<readonly ProjectFile[]> {
  const { project, folder, schema } = found;
  const tables = project?.paths.tables ?? join(dirname(found.program), "tables.ts");
  return [
    await programOf(found, tables),
    ...(schema === undefined ? [] : [missing(found, tables, await generateTypedTables(schema.path, tables, folder))]),
  ];
}

/** A first program is written only for a project that would run it: one whose main file is TypeScript, loaded as a new project's is. */
async function programOf(found: DetectedProject, tables: string): Promise<ProjectFile> {
  const { program: path, project, folder } = found;
  if (existsSync(join(folder, path))) return { path, text: undefined, remark: "it is the program that is there" };
  if (project !== undefined && (hasOwnProgram(project) || extname(project.main ?? ".") !== ".ts")) {
    return { path, text: undefined, remark: "the project's own program, which is not there: write it" };
  }
  return { path, text: await firstProgram(found, tables) };
}

/** The text of .gitignore. @param more lines in addition to those of every project */
export function ignoreFile(
  { folder }: Pick<DetectedProject, "folder">,
  more: readonly { readonly line: string; readonly sample: string }[] = [],
): ProjectFile {
  const path = ".gitignore";
  const text = existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : "";
  const present = new Set(text.split(/\r?\n/).map(trimSlashes));
  const wanted = [
    { line: `${localFolder}/`, sample: `${localFolder}/state` },
    { line: ".env", sample: ".env" },
    { line: ".env.*", sample: ".env.prod" },
    { line: "node_modules/", sample: "node_modules/pulumi-palisade" },
    ...more,
  ].filter(({ line, sample }) => !present.has(trimSlashes(line)) && !isIgnored(folder, sample));
  if (wanted.length === 0) return { path, text: undefined, remark: "it has the lines" };
  const added = wanted.map(({ line }) => line);
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return { path, text: `${start}${added.join("\n")}\n`, remark: `with ${added.join(", ")}` };
}

function trimSlashes(line: string): string {
  return line.trim().replace(/^\/|\/$/g, "");
}

/** According to git, if it is installed. */
function isIgnored(folder: string, path: string): boolean {
  return (
    spawnSync("git", ["check-ignore", "--quiet", "--no-index", path], { cwd: folder, stdio: "ignore" }).status === 0
  );
}

/**
 * For editors. Pulumi's own compiler reads the file as well, so a project with an existing program does not get one if
 * it has none.
 */
function compilerSettings({ folder, project }: DetectedProject, program: string): readonly ProjectFile[] {
  if (hasOwnProgram(project)) return [];
  const root = rootOf(folder);
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "tsconfig.json");
    if (existsSync(file)) return [{ path: relative(folder, file), text: undefined, remark: "it is there" }];
    if (at === root || at === dirname(at)) break;
  }
  const text = `${JSON.stringify({ compilerOptions: { target: "ES2022", module: "Preserve", moduleResolution: "Bundler", strict: true, noEmit: true, skipLibCheck: true }, include: [program] }, undefined, 2)}\n`;
  const install = installCommand(["typescript"], "development", folder);
  const hasCompiler = findPackage("typescript", folder) !== undefined;
  return [{ path: "tsconfig.json", text, ...(hasCompiler ? {} : { remark: `to check types: ${install}` }) }];
}
