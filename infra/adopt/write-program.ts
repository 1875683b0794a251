import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Server } from "../catalog/catalog.ts";
import { routines } from "../catalog/routines.ts";
import { classNameOf } from "../lifecycle/adoptable.ts";
import { importPath } from "../settings/paths.ts";
import { formatQualified } from "../sql/quote.ts";
import { argumentsAsCode, type Scope } from "./arguments.ts";
import { asRealtimeChanges, asTenantTable, type KnownTable, type LiveTableAccess } from "./code/components.ts";
import { addModules } from "./code/imports.ts";
import { Call, type Literal } from "./code/literal.ts";
import { firstOf, platformTables } from "./code/table-names.ts";
import { type Definitions, definitionFiles, refuseOtherFolder, writeDefinitions } from "./definitions.ts";
import type { ExistingProgram } from "./existing-program.ts";
import type { LeftOut } from "./left-out.ts";
import type { LiveObject, LiveObjects } from "./live-objects.ts";
import { heading, isOurs, type Statement, withRemarks, writeModule } from "./module-text.ts";
import { nameFunctions } from "./program-names.ts";
import { findTables } from "./tables-module.ts";
import type { Target } from "./target.ts";

/** A file of a program, with its text before and after. */
export interface ProgramFile {
  readonly path: string;
  /** Undefined: the file is new. */
  readonly before: string | undefined;
  readonly text: string;
}

export interface Program {
  readonly files: readonly ProgramFile[];
  /** What the program does not declare, including what schema.prisma has and the database lacks. */
  readonly leftOut: readonly LeftOut[];
}

/** The variable that holds the typed tables in the modules. */
const tablesConstant = "app";

/** The files that make a program declare these objects as well. Existing statements stay unchanged. */
export async function writeProgram(
  { catalog, objects, leftOut, isWhole }: LiveObjects,
  existing: ExistingProgram,
  target: Target,
): Promise<Program> {
  const files = new Files();
  const folder = dirname(target.main);
  const modules = new Modules(folder, objects);
  const definitions = definitionFiles(objects, target);
  for (const { path, text } of definitions.values()) files.add(path, text);
  const tables = await findTables(tablesConstant, catalog, target);
  const tablesModule = modules.nameOf(tablesConstant, (text) => /^export const app = /m.test(text));
  const definitionsModule = modules.nameOf("definitions", (text) => /^export function definition\(/m.test(text));
  const classes = new Set(objects.map(({ kind }) => classNameOf(kind)));
  const fromPackage = [...classes, "TenantTable", "RealtimeChanges", "sql", "storageObjects", "realtimeMessages"];
  const functions = nameFunctions(objects, existing.functions, catalog.of(routines).values(), {
    module: `./${modules.nameOf("functions")}.js`,
    path: modules.pathOf("functions"),
    taken: [...fromPackage, tablesConstant, "definition"],
  });
  const imports = new Map<string, string>([
    ...fromPackage.map((name) => [name, "pulumi-palisade"] as const),
    [tablesConstant, `./${tablesModule}.js`],
    ["definition", `./${definitionsModule}.js`],
    ...functions.imports,
  ]);
  const scope = { names: firstOf(tables.names, platformTables), function: functions.function };
  for (const module of modules.names) {
    const statements = modules
      .objectsOf(module)
      .map(
        (object) =>
          componentFor(object, tables.known, scope, catalog.server) ??
          statementOf(
            object,
            argumentsAsCode(object.kind.input, object.input, scope),
            definitions,
            functions.constantOf(object),
          ),
      );
    const path = modules.pathOf(module);
    files.add(path, writeModule(read(path), statements, imports, relative(target.directory, path)));
  }
  if (files.uses(tablesModule)) addTables(files, join(folder, `${tablesModule}.ts`), tables.text, target);
  if (definitions.size > 0) {
    const path = join(folder, `${definitionsModule}.ts`);
    refuseOtherFolder(path, read(path) ?? "", target);
    files.addMissing(path, writeDefinitions(folder, target));
  }
  const names = modules.names.map((module) => modules.nameOf(module));
  files.add(target.main, writeIndex(read(target.main), names));
  const all = [...leftOut, ...tables.lacking.map(describeLacking)];
  addRemarks(files, all, isWhole, { main: target.main, pathOf: (module) => modules.pathOf(module) });
  return { files: files.changed(), leftOut: all };
}

function describeLacking(name: string): LeftOut {
  const reason =
    "schema.prisma has it, and the database has not. Apply the migration that makes it, or take it out of the schema";
  return { name, module: undefined, reason };
}

/**
 * Remarks go into the module that would have declared the object, or into the program's own file if there is no such
 * module.
 */
function addRemarks(
  files: Files,
  leftOut: readonly LeftOut[],
  isWhole: boolean,
  { main, pathOf }: { readonly main: string; pathOf(module: string): string },
): void {
  const folder = dirname(main);
  const present = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ts")) : [];
  const placeOf = ({ module }: LeftOut) => {
    const path = module === undefined ? main : pathOf(module);
    return files.textOf(path) === undefined ? main : path;
  };
  const places = leftOut.map((one) => ({ path: placeOf(one), remark: describeLeftOut(one) }));
  for (const path of new Set([...places.map((one) => one.path), ...present.map((name) => join(folder, name))])) {
    const text = files.textOf(path);
    if (text === undefined || !isOurs(text)) continue;
    const remarks = places.flatMap((one) => (one.path === path ? [one.remark] : []));
    files.add(path, withRemarks(text, remarks, isWhole));
  }
}

export function describeLeftOut({ name, reason }: LeftOut): string {
  return `${name}: ${reason}`;
}

class Files {
  readonly #texts = new Map<string, string>();

  add(path: string, text: string): void {
    this.#texts.set(path, text);
  }

  /** The file's new text; undefined if there is no such file. */
  textOf(path: string): string | undefined {
    return this.#texts.get(path) ?? read(path);
  }

  addMissing(path: string, text: string): void {
    if (!existsSync(path)) this.add(path, text);
  }

  /** Whether one of the modules imports this name from the module of that name. */
  uses(name: string): boolean {
    return [...this.#texts.values()].some((text) => text.includes(`from "./${name}.js"`));
  }

  changed(): readonly ProgramFile[] {
    return [...this.#texts]
      .map(([path, text]) => ({ path, before: read(path), text }))
      .filter(({ before, text }) => before !== text);
  }
}

/** Assigns objects to modules. */
class Modules {
  readonly #folder: string;
  readonly #objects: readonly LiveObject[];
  readonly #numbers = new Map<string, number>();

  constructor(folder: string, objects: readonly LiveObject[]) {
    this.#folder = folder;
    this.#objects = objects;
  }

  get names(): readonly string[] {
    return [...new Set(this.#objects.map(moduleOf))];
  }

  objectsOf(module: string): readonly LiveObject[] {
    return this.#objects.filter((object) => moduleOf(object) === module);
  }

  pathOf(module: string): string {
    return join(this.#folder, `${this.nameOf(module)}.ts`);
  }

  /**
   * A module that somebody else has written stays as it is; new statements go into another one beside it.
   * @param isSuitable whether a module with this text has what is needed, or may be extended
   */
  nameOf(module: string, isSuitable = isOurs): string {
    let number = this.#numbers.get(module) ?? 1;
    const name = () => (number === 1 ? module : `${module}-${number}`);
    const isTaken = () => {
      const text = read(join(this.#folder, `${name()}.ts`));
      return text !== undefined && !isSuitable(text);
    };
    while (isTaken()) number++;
    this.#numbers.set(module, number);
    return name();
  }
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function moduleOf({ kind, args }: LiveObject): string {
  return kind.adoptable.module(args);
}

/** A component that declares exactly this object. */
function componentFor(
  { kind, resourceName, args, input }: LiveObject,
  tables: readonly KnownTable[],
  scope: Scope,
  server: Server,
): Statement | undefined {
  if (kind.adoptable.component === "RealtimeChanges") {
    const given = asRealtimeChanges(resourceName, input, scope);
    return given && { value: new Call("new RealtimeChanges", [resourceName, given], ["RealtimeChanges"]) };
  }
  if (kind.adoptable.component !== "TenantTable") return undefined;
  const table = tables.find((one) => formatQualified(one) === args.table);
  if (table === undefined) return undefined;
  const live = { args: args as unknown as LiveTableAccess["args"], input };
  const given = asTenantTable(live, table, { ...scope, table }, server);
  return given && { value: new Call("new TenantTable", [resourceName, given], ["TenantTable"]) };
}

function statementOf(
  object: LiveObject,
  args: Literal,
  definitions: Definitions,
  constant: string | undefined,
): Statement {
  const { kind, resourceName } = object;
  const { definition: property = "" } = kind.adoptable;
  const file = definitions.get(object)?.name;
  const given = args as { readonly [name: string]: Literal };
  const all = file === undefined ? given : { ...given, [property]: new Call("definition", [file], ["definition"]) };
  const name = classNameOf(kind);
  const value = new Call(`new ${name}`, [resourceName, ...(Object.keys(all).length === 0 ? [] : [all])], [name]);
  return { value, ...(constant === undefined ? {} : { constant }) };
}

function addTables(files: Files, path: string, text: string | undefined, { tables }: Target): void {
  if (text !== undefined) files.add(tables, text);
  files.addMissing(
    path,
    `import { applicationTables } from "${importPath(path, tables)}";

/** The tables of the database, with their columns as values. */
export const ${tablesConstant} = applicationTables();
`,
  );
}

function writeIndex(present: string | undefined, modules: readonly string[]): string {
  const sources = modules.map((module) => `./${module}.js`);
  if (present !== undefined) return addModules(present, sources);
  return `${heading}\n${sources.map((source) => `import "${source}";\n`).join("")}`;
}
