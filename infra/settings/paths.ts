import { basename, dirname, join, normalize, relative } from "node:path";
import { SettingsError } from "../errors/settings-error.ts";
import { findMistyped, suggestSimilar } from "../values/similar-name.ts";
import { findSetting, type Settings } from "./configuration.ts";

/**
 * The paths of what Palisade reads and writes in a project, relative to the folder of Pulumi.yaml. Each can be set
 * there:
 *
 *      palisade:
 *        migrations: db/migrations
 */
export interface ProjectPaths {
  /** Prisma's schema, a file or a folder. Undefined: where Prisma itself looks for it. */
  readonly schema: string | undefined;
  /** The folder of migrations. Undefined: the usual one of their tool (`usualMigrations`). */
  readonly migrations: string | undefined;
  /** The file of typed tables that `generate` writes. Default: `tables.ts` beside the program. */
  readonly tables: string;
  /**
   * The module with the application's variables in addition to those of every Supabase project. Default:
   * `environment.ts` beside the program.
   */
  readonly environment: string;
  /** The module that declares what `verify` proves. Default: `verify.ts` beside the program. */
  readonly verification: string;
  /** The folder of SQL files. The definitions of functions are in its folder `functions`. Default: `sql`. */
  readonly sql: string;
}

/** The default folder of a format's migrations, according to its own command line. @param format default: Prisma's */
export function usualMigrations(format?: string): string {
  return format === "supabase" ? "supabase/migrations" : "prisma/migrations";
}

/**
 * Reads the paths that Pulumi.yaml sets; the others have their defaults.
 * @param main the program's path in Pulumi.yaml
 * @throws {SettingsError} for an unknown setting, or a value that is not a path
 */
export function readPaths(settings: Settings, file: string, main: string | undefined): ProjectPaths {
  const given = readSection(settings, file);
  const program = programFolder(main);
  return {
    schema: given.get("schema"),
    migrations: given.get("migrations"),
    tables: given.get("tables") ?? join(program, "tables.ts"),
    environment: given.get("environment") ?? join(program, "environment.ts"),
    verification: given.get("verification") ?? join(program, "verify.ts"),
    sql: given.get("sql") ?? "sql",
  };
}

/** The folder of a program, whose path in Pulumi.yaml is a file or a folder; `.` for the project's own. */
export function programFolder(main = "."): string {
  return normalize(namesFile(main) ? dirname(main) : main).replace(/[\\/]$/, "");
}

/** Whether `main` in Pulumi.yaml is a file rather than a folder with an index. */
export function namesFile(main: string): boolean {
  return /\.[cm]?[jt]s$/.test(main);
}

/** How one TypeScript module of a project imports another. @param from both relative to the same folder, or absolute */
export function importPath(from: string, to: string): string {
  const path = relative(dirname(from), to).replaceAll("\\", "/").replace(/\.ts$/, ".js");
  return path.startsWith(".") ? path : `./${path}`;
}

/** Pulumi accepts unknown top-level keys in its file, mistyped ones too. */
const section = "palisade";
const names: readonly string[] = ["schema", "migrations", "tables", "environment", "verification", "sql"];

function readSection(settings: Settings, file: string): ReadonlyMap<string, string> {
  const found = findSetting(settings, section, file);
  const [mistyped] = [...settings].find(([name, value]) => value !== found && findMistyped(name, [section])) ?? [];
  if (mistyped !== undefined) throw problem(file, mistyped, `is unknown${suggestSimilar(mistyped, [section])}`);
  if (found === undefined || found === null) return new Map();
  if (!(found instanceof Map)) throw problem(file, section, `holds paths by name (${names.join(", ")})`);
  return new Map(
    [...found].map(([name, value]) => {
      if (!names.includes(name)) throw problem(file, `${section}.${name}`, unknownName(name));
      if (typeof value === "string" && value.trim() !== "") return [name, value];
      throw problem(file, `${section}.${name}`, "must be a path, as text, from the folder of this file");
    }),
  );
}

function unknownName(name: string): string {
  const known = `the paths that can be set are ${names.join(", ")}`;
  return name === "contract"
    ? `is no path of the project; the contract's folder is configuration, since it may differ from stack to stack: config: {palisade:contract: …}`
    : `is unknown${suggestSimilar(name, names)}; ${known}`;
}

function problem(file: string, name: string, message: string): SettingsError {
  return new SettingsError(`${basename(file)}: ${name} ${message}. Correct it in ${file}, and run the command again.`);
}
