import type { Effect } from "../access/effects/effect.ts";
import { readEffects } from "../access/effects/read-effects.ts";
import { selectAll } from "../catalog/part.ts";
import { readCatalog, readSnapshot } from "../catalog/read.ts";
import { tables } from "../catalog/tables.ts";
import { Database, type Session } from "../database/database.ts";
import { runCommand } from "../database/run-command.ts";
import { describeError, InputError } from "../errors/errors.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { loadParser } from "../sql/parser.ts";
import { MigrationFailure } from "./deployment/migration-error.ts";
import type { FolderMigration } from "./history/history.ts";
import { type DeploySettings, readHistory, resolveFolder, resolveFor } from "./history/read-history.ts";
import { refuseMissingExtensions } from "./pending/missing-extensions.ts";
import { SchemaChanges } from "./scripts/schema-changes.ts";
import { type ClosedTables, closedTables, describeClosedTable } from "./suspension/closed-tables.ts";
import { DeclarationKeeper, type DeploymentHooks } from "./suspension/declaration-keeper.ts";

/**
 * Applies the pending migrations, in this process or with the user's command, or handles those that somebody else has
 * applied.
 */
export async function deploy(
  settings: DeploySettings,
  operation: Operation,
  report: (message: string) => void,
): Promise<void> {
  const database = await operation.database();
  if (settings.apply === false) return await takeOver(database, operation, report);
  const { scripts } = await readHistory(settings, operation);
  await refuseMissingExtensions(scripts, operation);
  const before = await readSnapshot(database, operation.parts);
  const keeper = new DeclarationKeeper(operation, { shown: await operation.snapshot(), found: before }, report);
  try {
    await loadParser();
    const { server } = await operation.snapshot();
    if (settings.command === undefined) {
      await deployByEngine(settings, readEffectsOfEach(scripts, server.user), operation, keeper, report);
    } else await deployByCommand(settings.command, readPending(scripts, server.user), operation, keeper, report);
  } catch (error) {
    // Resources that don't depend on migrations continue, and must not mistake what was done so far for somebody else's
    // change.
    const after = await readSnapshot(database, operation.parts).catch(() => undefined);
    if (after !== undefined) operation.noteReadings(before, after);
    throw error;
  }
  keeper.reportWaiting();
  await reopenAll(database, keeper, report);
  operation.noteReadings(before, await readSnapshot(database, operation.parts));
  const { pending } = await readHistory(settings, operation);
  if (pending.length > 0) {
    throw new InputError(
      `the command ended well and left ${pending.join(", ")} pending: see that it deploys the migrations of ${settings.directory} to the database that DIRECT_URL names`,
    );
  }
}

/**
 * Somebody else has applied them since the preview. Declared objects that they changed are restored to their
 * declarations.
 */
async function takeOver(database: Database, operation: Operation, report: (message: string) => void): Promise<void> {
  const before = await operation.snapshot();
  const keeper = new DeclarationKeeper(operation, { shown: before, found: before }, report);
  const hooks = keeper.hooksFor(new SchemaChanges());
  if (hooks !== undefined) await database.transaction((session) => hooks.after(session), { onRetry: report });
  keeper.reportWaiting();
  operation.noteReadings(before, await readSnapshot(database, operation.parts));
}

async function deployByEngine(
  settings: DeploySettings,
  effects: ReadonlyMap<string, readonly Effect[]>,
  operation: Operation,
  keeper: DeclarationKeeper,
  report: (message: string) => void,
): Promise<void> {
  const { directory, format } = settings;
  const { database } = operation.options;
  const deployment = format.deploy({
    connectionString: await operation.connectionString(),
    directory: resolveFolder(directory, operation),
    onProgress: report,
    signal: operation.signal,
    findHooks: async (migration, part) => keeper.hooksFor(changesOf(migration, part), effectsAfter(migration, effects)),
    lockTimeoutMilliseconds: database?.lockTimeoutMilliseconds,
    lockAttempts: database?.lockAttempts,
    resolve: resolveFor(settings, operation),
  });
  await deployment.catch(async (error: unknown) => {
    // If the script is not one transaction, a part of it may have been committed.
    const hooks = error instanceof MigrationFailure ? keeper.hooksFor(new SchemaChanges()) : undefined;
    if (hooks !== undefined) await undo(hooks, operation, report);
    throw error;
  });
}

/** A part that can't be parsed has no known changes. Its effects are found in the catalog all the same. */
function changesOf(migration: string, part: string): SchemaChanges {
  try {
    return new SchemaChanges().read(migration, part);
  } catch {
    return new SchemaChanges();
  }
}

/** The effects of each script, in order. One that can't be parsed has no known effects. */
function readEffectsOfEach(scripts: readonly FolderMigration[], user: string): ReadonlyMap<string, readonly Effect[]> {
  const read = ({ name, script }: FolderMigration) => {
    try {
      return readEffects(name, script, user);
    } catch {
      return [];
    }
  };
  return new Map(scripts.map((script) => [script.name, read(script)]));
}

function effectsAfter(migration: string, effects: ReadonlyMap<string, readonly Effect[]>): readonly Effect[] {
  const names = [...effects.keys()];
  const later = names.includes(migration) ? names.slice(names.indexOf(migration) + 1) : [];
  return later.flatMap((name) => effects.get(name) ?? []);
}

/**
 * A command has its own transactions, so policies in the way are closed in one before it and reopened in one after it.
 * The connection string is passed under every name that schema.prisma may use, so that no .env file can redirect the command.
 */
async function deployByCommand(
  command: readonly string[],
  { changes, effects }: PendingScripts,
  operation: Operation,
  keeper: DeclarationKeeper,
  report: (message: string) => void,
): Promise<void> {
  const { options, signal } = operation;
  const connectionString = await operation.connectionString();
  const variables = new Set(["DATABASE_URL", "DIRECT_URL", options.connectionVariable ?? "DIRECT_URL"]);
  const database = await operation.database();
  const hooks = keeper.hooksFor(changes);
  const opened = keeper.tablesOpenedBy(effects);
  const close = async (session: Session) => {
    await keeper.refuseOrphans(session, changes);
    await hooks?.before(session);
    await opened.close(session, await readCatalog(session, selectAll([tables])));
  };
  if (hooks !== undefined) await database.transaction(close, { onRetry: report });
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
    if (hooks !== undefined) await undo(hooks, operation, report, opened);
    throw error;
  }
  const open = async (session: Session) => {
    await opened.reopen(session);
    await hooks?.after(session);
  };
  if (hooks !== undefined) await database.transaction(open, { onRetry: report });
}

/**
 * Uses new connections: those of a cancelled update can't write any more. They take no lock of their own on
 * deployments, because the operation holds that still.
 */
async function undo(
  hooks: DeploymentHooks,
  operation: Operation,
  report: (message: string) => void,
  tables?: ClosedTables,
): Promise<void> {
  const database = new Database(await operation.connectionString(), { ...operation.options.database, run: "" });
  const work = async (session: Session) => {
    await tables?.reopen(session);
    await hooks.undo(session);
  };
  try {
    await database.transaction(work, { onRetry: report });
  } catch (error) {
    report(`the policies that were in the way let nothing through until the next update: ${describeError(error)}`);
  } finally {
    await database.close();
  }
}

/** Reopens the tables that a killed deployment left with closed policies. */
async function reopenAll(
  database: Database,
  keeper: DeclarationKeeper,
  report: (message: string) => void,
): Promise<void> {
  for (const table of closedTables(await readSnapshot(database, [tables]))) {
    const isOpen = await database.transaction((session) => keeper.reopen(session, table), { onRetry: report });
    const outcome = isOpen
      ? "it is open again"
      : "it stays so until the next update, since it can't be brought to what is declared for it yet";
    report(`${describeClosedTable(table)}: ${outcome}`);
  }
}

/** The combined effects of the pending migrations. */
interface PendingScripts {
  readonly changes: SchemaChanges;
  readonly effects: readonly Effect[];
}

function readPending(scripts: readonly FolderMigration[], user: string): PendingScripts {
  const changes = new SchemaChanges();
  const effects: Effect[] = [];
  for (const { name, script } of scripts) {
    changes.read(name, script);
    effects.push(...readEffects(name, script, user));
  }
  return { changes, effects };
}
