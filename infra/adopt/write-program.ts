import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { argumentsAsCode, type Scope } from "./arguments.ts";
import { Call, Code, type Literal } from "./literal.ts";
import type { LeftOut, LiveObject, LiveObjects } from "./live-objects.ts";
import { heading, type Statement, writeModule, writeRemarks } from "./module-text.ts";
import type { Target } from "./target.ts";

/** A file of a program, with its text as it was and as it is to be. */
export interface ProgramFile {
  readonly path: string;
  /** Undefined: it is new. */
  readonly before: string | undefined;
  readonly text: string;
}

const ending = ".ts";

/** The files that make a program declare these objects as well. Nothing that stands in one is changed. */
export function writeProgram({ objects, leftOut }: LiveObjects, target: Target): readonly ProgramFile[] {
  const folder = dirname(target.main);
  const files = new Map<string, ProgramFile>();
  const add = (path: string, text: string) =>
    files.set(path, { path, before: existsSync(path) ? readFileSync(path, "utf8") : undefined, text });
  const named = definitionFiles(objects, target);
  for (const { path, text } of named.values()) add(path, text);
  const imports = new Map<string, string>([["definition", "./definitions.js"]]);
  for (const { kind } of objects) imports.set(classOf(kind), "pulumi-palisade");
  const scope: Scope = { table: () => undefined, column: () => undefined, sql: (text) => text };
  const modules = [...new Set([...objects.map(moduleOf), ...leftOut.flatMap(({ module }) => module ?? [])])];
  const used: string[] = [];
  for (const module of modules) {
    const statements = objects
      .filter((object) => moduleOf(object) === module)
      .map((object) => statementOf(object, scope, named.get(object)?.name));
    const path = modulePath(folder, module, statements.length > 0);
    const present = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const remarks = present === undefined ? leftOut.filter((one) => one.module === module).map(describeLeftOut) : [];
    if (statements.length + remarks.length === 0) continue;
    add(path, writeModule(present, statements, remarks, imports));
    used.push(relative(folder, path).slice(0, -ending.length));
  }
  const definitions = join(folder, `definitions${ending}`);
  if (named.size > 0 && !existsSync(definitions)) add(definitions, definitionsModule(folder, target));
  const index = existsSync(target.main) ? readFileSync(target.main, "utf8") : undefined;
  const remarks = leftOut.filter(({ module }) => module === undefined).map(describeLeftOut);
  add(target.main, writeIndex(index, used, remarks));
  return [...files.values()].filter(({ before, text }) => before !== text);
}

/** Writes files. @returns what puts everything back as it was */
export function writeFiles(files: readonly ProgramFile[]): () => void {
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return () => {
    for (const { path, before } of files) {
      if (before === undefined) rmSync(path, { force: true });
      else writeFileSync(path, before);
    }
  };
}

export function describeLeftOut({ name, reason }: LeftOut): string {
  return `${name}: ${reason}`;
}

function classOf({ name, adoptable }: LiveObject["kind"]): string {
  return adoptable.className ?? name;
}

function moduleOf({ kind, args }: LiveObject): string {
  return kind.adoptable.module(args);
}

/** A module of somebody else's stays as it is: what is new has one beside it then. */
function modulePath(folder: string, module: string, isWritten: boolean): string {
  for (let number = 1; ; number++) {
    const path = join(folder, `${module}${number === 1 ? "" : `-${number}`}${ending}`);
    if (!existsSync(path) || !isWritten || readFileSync(path, "utf8").startsWith(heading)) return path;
  }
}

function statementOf({ kind, resourceName, input }: LiveObject, scope: Scope, file: string | undefined): Statement {
  const args = argumentsAsCode(kind.input, input, scope);
  const property = kind.adoptable.file?.property;
  const given =
    property === undefined || file === undefined
      ? args
      : { ...(args as object), [property]: new Code(`definition(${JSON.stringify(file)})`, ["definition"]) };
  const isEmpty = Object.keys(given as object).length === 0;
  const name = classOf(kind);
  return { value: new Call(`new ${name}`, [resourceName, ...(isEmpty ? [] : [given as Literal])], [name]) };
}

/** Objects whose text has a file of its own, with the file's name. */
function definitionFiles(objects: readonly LiveObject[], { directory }: Target) {
  const found = new Map<LiveObject, { readonly name: string; readonly path: string; readonly text: string }>();
  const taken = new Set<string>();
  for (const object of objects) {
    const { file } = object.kind.adoptable;
    if (file === undefined) continue;
    const folder = join(directory, "sql", file.folder);
    const [short = "", ...longer] = object.kind.adoptable
      .resourceNames(object.args)
      .map((name) => name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80));
    const isFree = (name: string) => !taken.has(name.toLowerCase()) && !existsSync(join(folder, `${name}.sql`));
    const name = [short, ...longer].find(isFree) ?? `${short}-${taken.size}`;
    taken.add(name.toLowerCase());
    const text = object.args[file.property];
    found.set(object, { name, path: join(folder, `${name}.sql`), text: String(text) });
  }
  return found;
}

function definitionsModule(folder: string, { directory }: Target): string {
  const path = relative(folder, join(directory, "sql", "functions")).replaceAll("\\", "/");
  return `import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The definition of a function, which has a file of its own. */
export function definition(name: string): string {
  return readFileSync(join(import.meta.dirname, ${JSON.stringify(path)}, \`\${name}.sql\`), "utf8");
}
`;
}

function writeIndex(present: string | undefined, modules: readonly string[], remarks: readonly string[]): string {
  const isThere = (module: string) =>
    new RegExp(`["']\\./${module.replaceAll(/[.]/g, "\\.")}(?:\\.[jt]s)?["']`).test(present ?? "");
  const lines = modules.filter((module) => !isThere(module)).map((module) => `import "./${module}.js";\n`);
  if (present === undefined)
    return `${heading}\n${lines.join("")}${remarks.length > 0 ? `\n${writeRemarks(remarks)}` : ""}`;
  const end = present.endsWith("\n") || lines.length === 0 ? "" : "\n";
  return `${present}${end}${lines.join("")}`;
}
