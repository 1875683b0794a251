import { isAbsolute, join } from "node:path";
import { readSnapshot } from "../../catalog/read.ts";
import { runCommand } from "../../prisma/command.ts";
import { deployMigrations } from "../../prisma/engine.ts";
import { compareHistory, type MigrationHistory, readMigrationFolder } from "../../prisma/history.ts";
import { InputError } from "../../provider/errors.ts";
import type { Operation } from "../../provider/operation.ts";
import { obstacles } from "./obstacles.ts";

export interface DeploySettings {
  readonly directory: string;
  readonly command?: readonly string[];
}

/** Where the folder and the database stand to each other. @throws {InputError} when something stands in the way of a deployment */
export async function readHistory(directory: string, operation: Operation): Promise<MigrationHistory> {
  const folder = await readMigrationFolder(resolveFolder(directory, operation));
  const history = compareHistory(folder, (await operation.snapshot()).migrations ?? []);
  const problems = obstacles(history);
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return history;
}

/** Applies the pending migrations: by the schema engine in this process, or by the user's command. */
export async function deploy(
  settings: DeploySettings,
  operation: Operation,
  report: (message: string) => void,
): Promise<void> {
  await readHistory(settings.directory, operation);
  const database = await operation.database();
  const before = await readSnapshot(database);
  if (settings.command === undefined) await deployByEngine(settings, operation, report);
  else await deployByCommand(settings.command, operation, report);
  operation.noteMigrated(before, await readSnapshot(database));
  const { pending } = await readHistory(settings.directory, operation);
  if (pending.length > 0) {
    throw new InputError(
      `the command ended well and left ${pending.join(", ")} pending: see that it deploys the migrations of ${settings.directory} to the database that DIRECT_URL names`,
    );
  }
}

export function resolveFolder(directory: string, operation: Operation): string {
  return isAbsolute(directory) ? directory : join(operation.options.projectDirectory, directory);
}

async function deployByEngine(
  { directory }: DeploySettings,
  operation: Operation,
  report: (message: string) => void,
): Promise<void> {
  await deployMigrations({
    connectionString: await operation.options.connect(),
    directory: resolveFolder(directory, operation),
    onProgress: report,
    signal: operation.signal,
  });
}

/** Prisma's schema names its variables itself, so the address goes by each name that it may have, and no .env file can lead it elsewhere. */
async function deployByCommand(
  command: readonly string[],
  { options, signal }: Operation,
  report: (message: string) => void,
): Promise<void> {
  const connectionString = await options.connect();
  const variables = new Set(["DATABASE_URL", "DIRECT_URL", options.connectionVariable ?? "DIRECT_URL"]);
  await runCommand({
    command,
    directory: options.projectDirectory,
    secrets: Object.fromEntries([...variables].map((name) => [name, connectionString])),
    environment: { NO_COLOR: "1", CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "true" },
    onProgress: report,
    signal,
  });
}
