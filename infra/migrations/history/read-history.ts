import { isAbsolute, join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { migrationsFolder } from "../../settings/project-folder.ts";
import { migrationRows } from "./catalog.ts";
import { compareHistory, type MigrationHistory, readMigrationFolder } from "./history.ts";
import { missingBaseline, obstacles } from "./obstacles.ts";
import { type ResolveCommand, resolveCommand } from "./resolve-command.ts";

export interface DeploySettings {
  readonly directory: string;
  readonly command?: readonly string[];
}

/** Compares the folder with the database. @throws {InputError} if something must be resolved before a deployment */
export async function readHistory(directory: string, operation: Operation): Promise<MigrationHistory> {
  const folder = await readMigrationFolder(resolveFolder(directory, operation));
  const catalog = await operation.snapshot();
  const migrations = catalog.of(migrationRows);
  const history = compareHistory(folder, migrations ?? []);
  const resolve = resolveFor(directory, operation);
  const problems = [
    ...obstacles(history, resolve),
    ...missingBaseline({ tables: catalog.tables, migrations }, history.pending, resolve),
  ];
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return history;
}

export function resolveFolder(directory: string, operation: Operation): string {
  return isAbsolute(directory) ? directory : join(operation.options.projectDirectory, directory);
}

/** The command that resolves a migration of this folder in the operation's stack. */
export function resolveFor(directory: string, { options: { stack, projectDirectory } }: Operation): ResolveCommand {
  return resolveCommand({ stack, directory, usual: migrationsFolder(projectDirectory) });
}
