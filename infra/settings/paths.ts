import { basename, dirname, join, normalize } from "node:path";
import { SettingsError } from "../errors/settings-error.ts";
import { findSetting, type Settings } from "./configuration.ts";

/**
 * Where a project keeps what Palisade reads and writes, from the folder of Pulumi.yaml. Each can be set there:
 *
 *     palisade:
 *       migrations: db/migrations
 */
export interface ProjectPaths {
  /** Prisma's schema, a file or a folder. Undefined: where Prisma itself looks for it. */
  readonly schema: string | undefined;
  /** The folder of migrations. Undefined: where their own tool keeps them (`usualMigrations`). */
  readonly migrations: string | undefined;
  /** The file of typed tables that `generate` writes. Default: `tables.ts` beside the program. */
  readonly tables: string;
  /** The module that says which variables the application has beside those of every Supabase project. Default: `environment.ts` beside the program. */
  readonly environment: string;
  /** The module that says what `verify` proves. Default: `verify.ts` beside the program. */
  readonly verification: string;
}

/** Where the migrations of a format are, as its own command line has it. @param format default: Prisma's */
export function usualMigrations(format?: string): string {
  return format === "supabase" ? "supabase/migrations" : "prisma/migrations";
}

/**
 * @param main the program as Pulumi.yaml names it
 * @throws {SettingsError} for a name that is no setting, or a value that is no path
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
  };
}

/** The folder of a program that Pulumi.yaml names by its file or its folder; `.` for the project's own. */
export function programFolder(main = "."): string {
  return normalize(/\.[cm]?[jt]s$/.test(main) ? dirname(main) : main).replace(/[\\/]$/, "");
}

/** Pulumi hands on what it does not know at the top of its file. */
const section = "palisade";
const names: readonly string[] = ["schema", "migrations", "tables", "environment", "verification"];

function readSection(settings: Settings, file: string): ReadonlyMap<string, string> {
  const found = findSetting(settings, section, file);
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
    : `is unknown; ${known}`;
}

function problem(file: string, name: string, message: string): SettingsError {
  return new SettingsError(`${basename(file)}: ${name} ${message}. Correct it in ${file}, and run the command again.`);
}
