import { isAbsolute, join } from "node:path";
import { readSnapshot } from "../../catalog/read.ts";
import type { Accompaniment } from "../../prisma/accompany.ts";
import { runCommand } from "../../prisma/command.ts";
import { deployMigrations } from "../../prisma/engine.ts";
import {
  compareHistory,
  type MigrationHistory,
  readMigrationFolder,
  readMigrationScripts,
} from "../../prisma/history.ts";
import { divideScript } from "../../prisma/script.ts";
import { Database, type Session } from "../../provider/database.ts";
import { describeError, InputError } from "../../provider/errors.ts";
import type { Operation } from "../../provider/operation.ts";
import { loadParser } from "../sql/parser.ts";
import { type Crossing, PolicyCarrier } from "./carry.ts";
import { missingBaseline, obstacles } from "./obstacles.ts";
import { isDelicate, SchemaChanges } from "./schema-changes.ts";

export interface DeploySettings {
  readonly directory: string;
  readonly command?: readonly string[];
}

/** Where the folder and the database stand to each other. @throws {InputError} when something stands in the way of a deployment */
export async function readHistory(directory: string, operation: Operation): Promise<MigrationHistory> {
  const folder = await readMigrationFolder(resolveFolder(directory, operation));
  const catalog = await operation.snapshot();
  const history = compareHistory(folder, catalog.migrations ?? []);
  const problems = [...obstacles(history), ...missingBaseline(catalog)];
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
  const carrier = new PolicyCarrier(operation, { shown: await operation.snapshot(), found: before }, report);
  if (settings.command === undefined) await deployByEngine(settings, operation, carrier, report);
  else await deployByCommand(settings.command, await readPending(settings, operation), operation, carrier, report);
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
  carrier: PolicyCarrier,
  report: (message: string) => void,
): Promise<void> {
  await deployMigrations({
    connectionString: await operation.options.connect(),
    directory: resolveFolder(directory, operation),
    onProgress: report,
    signal: operation.signal,
    accompany: async (migration, script) => accompany(carrier, migration, script),
  });
}

/** Carries the policies that are in a migration's way in its own transaction, those that still wait from an earlier one as well. */
function accompany(carrier: PolicyCarrier, migration: string, script: string): Accompaniment | undefined {
  const crossing = carrier.accompany(new SchemaChanges().read(migration, script));
  const divided = crossing && divideScript(script, carrier.isWaiting ? () => true : isDelicate);
  return crossing && divided && { ...crossing, script: divided };
}

/**
 * A command has transactions of its own, so that policies in the way are closed before it and opened after it.
 * Prisma's schema names its variables itself: the address goes by each name that it may have, and no .env file can lead it elsewhere.
 */
async function deployByCommand(
  command: readonly string[],
  changes: SchemaChanges,
  operation: Operation,
  carrier: PolicyCarrier,
  report: (message: string) => void,
): Promise<void> {
  const { options, signal } = operation;
  const connectionString = await options.connect();
  const variables = new Set(["DATABASE_URL", "DIRECT_URL", options.connectionVariable ?? "DIRECT_URL"]);
  const database = await operation.database();
  const crossing = carrier.accompany(changes);
  if (crossing !== undefined) {
    const close = async (session: Session) => {
      await carrier.refuseOrphans(session, changes);
      await crossing.before(session);
    };
    await database.transaction(close, { onRetry: report });
  }
  try {
    await runCommand({
      command,
      directory: options.projectDirectory,
      secrets: Object.fromEntries([...variables].map((name) => [name, connectionString])),
      environment: { NO_COLOR: "1", CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "true" },
      onProgress: report,
      signal,
    });
  } catch (error) {
    if (crossing !== undefined) await undo(crossing, connectionString, report);
    throw error;
  }
  if (crossing !== undefined) await database.transaction(crossing.after, { onRetry: report });
}

/** Over connections of its own: those of an update that was cancelled write no more. */
async function undo(crossing: Crossing, connectionString: string, report: (message: string) => void): Promise<void> {
  const database = new Database(connectionString);
  try {
    await database.transaction(crossing.undo, { onRetry: report });
  } catch (error) {
    report(`the policies that were in the way let nothing through until the next update: ${describeError(error)}`);
  } finally {
    await database.close();
  }
}

/** What the pending migrations do together. */
async function readPending({ directory }: DeploySettings, operation: Operation): Promise<SchemaChanges> {
  const { pending } = await readHistory(directory, operation);
  const changes = new SchemaChanges();
  await loadParser();
  for (const { name, script } of await readMigrationScripts(resolveFolder(directory, operation))) {
    if (pending.includes(name)) changes.read(name, script);
  }
  return changes;
}
