import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { usualMigrations } from "./paths.ts";
import { readProject } from "./project.ts";
import { findProjectFile } from "./project-file.mjs";

/**
 * The folder of Pulumi.yaml. A program runs in the folder of its main file, which may be below the project's folder,
 * and not every language host tells the project's folder.
 */
export function projectFolder(): string {
  const start = resolve(process.env.PULUMI_NODEJS_ROOT_DIRECTORY ?? ".");
  const file = findProjectFile(start);
  return file === undefined ? start : dirname(file);
}

/** The folder of the project in which the command was called. */
export const projectDirectory = projectFolder();

/**
 * The folder of migrations that a project's file sets, relative to that file's folder; by default, the usual one of
 * their tool.
 * @param format the format of the migrations; default: Prisma's
 * @throws {SettingsError}
 */
export function migrationsFolder(directory = projectFolder(), format?: string): string {
  const file = findProjectFile(directory);
  // The file is parsed only if it mentions migrations, because every run of a program calls this.
  const isSet = file !== undefined && /\bmigrations\b/i.test(readFileSync(file, "latin1").replaceAll("\0", ""));
  return (isSet ? readProject(file).paths.migrations : undefined) ?? usualMigrations(format);
}
