import { isAbsolute, join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { migrationsFolder } from "../../settings/project-folder.ts";
import { loadParser } from "../../sql/parser.ts";
import type { MigrationFormat } from "../formats/format.ts";
import { formatOfPlace } from "../formats/recognise.ts";
import { compareHistory, type FolderMigration, type MigrationHistory } from "./history.ts";
import { missingBaseline, obstacles, unrecordedTables } from "./obstacles.ts";
import { type ResolveCommand, resolveCommand } from "./resolve-command.ts";

export interface DeploySettings {
  readonly directory: string;
  readonly format: MigrationFormat;
  readonly command?: readonly string[];
  /** `false`: somebody else applies them. */
  readonly apply?: false;
}

export interface ComparedHistory extends MigrationHistory {
  /** The pending migrations with their scripts. */
  readonly scripts: readonly FolderMigration[];
}

/** Compares the folder with the database. @throws {InputError} if something must be resolved before a deployment */
export async function readHistory(settings: DeploySettings, operation: Operation): Promise<ComparedHistory> {
  const { directory, format } = settings;
  const folder = await format.readFolder(resolveFolder(directory, operation));
  const catalog = await operation.snapshot();
  const records = catalog.of(format.records);
  const history = compareHistory(folder, records ?? []);
  const scripts = folder.filter(({ name }) => history.pending.includes(name));
  const resolve = resolveFor(settings, operation);
  await loadParser();
  const problems = [
    ...obstacles(history, resolve, format),
    ...(format.needsBaseline
      ? missingBaseline({ tables: catalog.tables, migrations: records }, history.pending, resolve)
      : unrecordedTables(catalog.tables, (records ?? []).length === 0 ? scripts : [], resolve)),
  ];
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return { ...history, scripts };
}

export function resolveFolder(directory: string, operation: Operation): string {
  return isAbsolute(directory) ? directory : join(operation.options.projectDirectory, directory);
}

/** The command that resolves a migration of this folder in the operation's stack. */
export function resolveFor(
  { directory, format: { name, newScript } }: Pick<DeploySettings, "directory" | "format">,
  { options: { stack, projectDirectory } }: Operation,
): ResolveCommand {
  const isSaid = newScript !== undefined && formatOfPlace(directory) !== name;
  const format = isSaid ? name : undefined;
  return resolveCommand({ stack, directory, usual: migrationsFolder(projectDirectory), format });
}
