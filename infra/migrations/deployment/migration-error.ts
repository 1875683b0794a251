import pg from "pg";
import { DatabaseError, describeError, InputError, redact, sqlStateOf } from "../../errors/errors.ts";
import { type ResolveCommand, resolveCommand } from "../history/resolve-command.ts";
import type { ScriptFailure } from "./apply-script.ts";
import { ownHint } from "./own-statement.ts";

/** A migration could not be applied, compared or resolved. The message is for a person and never holds a connection string. */
export class MigrationError extends InputError {
  override readonly name = "MigrationError";
  constructor(
    message: string,
    /** The migration's name. */
    readonly migration?: string,
    /** PostgreSQL's code, when the database refused a statement of the migration. */
    readonly sqlState?: string,
  ) {
    super(redact(message));
  }
}

/** A migration that PostgreSQL refused. A part of it may be committed. */
export class MigrationFailure extends MigrationError {}

/** @param wayOut what to do before it is deployed again, such as to mark it as rolled back */
export function migrationFailed(
  { migration, error, script, remains }: ScriptFailure,
  wayOut: string,
): MigrationFailure {
  return new MigrationFailure(
    `the migration ${migration} failed: ${describeServerError(error, script)}\n${remains}. ${wayOut}`,
    migration,
    sqlStateOf(error),
  );
}

/** A migration that was stopped, although nothing is wrong with it. */
export function migrationStopped({ migration, error, script, heldBy }: ScriptFailure): MigrationError {
  const sqlState = error instanceof DatabaseError ? error.sqlState : sqlStateOf(error);
  return new MigrationError(
    `the migration ${migration} was stopped: ${describeServerError(error, script)}\n` +
      `${heldBy === "" ? "" : `The lock is${heldBy}. `}` +
      (sqlState !== undefined || error instanceof InputError
        ? "Nothing of it stayed, and there is nothing to resolve: deploy again."
        : "The server may still finish it. Either all of it is in the database, with its record, or nothing; there is nothing to resolve: deploy again."),
    migration,
    sqlState,
  );
}

/** An earlier deployment failed in this migration, and nobody has resolved it yet. */
export function migrationUnresolved(migration: string, startedAt: Date, resolve: ResolveCommand): MigrationError {
  return new MigrationError(
    `the migration ${migration}, started at ${startedAt.toISOString()}, failed or was interrupted, so no other is applied. ` +
      `If its changes are not in the database, \`${resolve("--rolled-back", migration)}\` lets the next deployment apply it again; ` +
      `if all of them are, \`${resolve("--applied", migration)}\`.`,
    migration,
  );
}

/**
 * Turns an error of the engine or the server into one for a person; any other is returned unchanged.
 * @param signal if it is aborted, every error that is no migration's is a consequence of that
 */
export function toMigrationError(
  error: unknown,
  {
    resolve = resolveCommand(),
    signal,
  }: { readonly resolve?: ResolveCommand; readonly signal?: AbortSignal | undefined } = {},
): unknown {
  if (error instanceof MigrationError) return error;
  if (signal?.aborted) return new DatabaseError(cancelled, queryCanceled, { cause: error });
  if (error instanceof pg.DatabaseError)
    return new DatabaseError(describeError(error), sqlStateOf(error), { cause: error });
  if (!(error instanceof Error) || error.name !== "SchemaConnectorError") return error;
  const code = (error as { code?: unknown }).code;
  const wayOut = typeof code === "string" ? waysOut[code]?.(resolve) : undefined;
  return new MigrationError([withoutTrace(error.message), wayOut].filter(Boolean).join("\n"));
}

/**
 * What goes into `logs` of `_prisma_migrations` for a failed migration, as Prisma's command line words it.
 * @see https://www.prisma.io/docs/orm/prisma-migrate/workflows/patching-and-hotfixing
 */
export function failureLog({ migration, error, script, remains }: ScriptFailure): string {
  return [
    "A migration failed to apply. New migrations cannot be applied before the error is recovered from. " +
      "Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve",
    `Migration name: ${migration}`,
    `Database error code: ${sqlStateOf(error) ?? "unknown"}`,
    `Database error:\n${describeServerError(error, script)}`,
    `${remains}.`,
  ]
    .map(redact)
    .join("\n\n");
}

const cancelled = "cancelled while no migration was being applied; there is nothing to resolve: deploy again";
const queryCanceled = "57014";

const waysOut: Readonly<Record<string, (resolve: ResolveCommand) => string>> = {
  P3005: (resolve) =>
    "The database has tables, and no record of any migration. If they are what the first migrations create, record those as applied: " +
    `\`${resolve("--applied", "<migration>")}\`, one by one; then deploy again.`,
};

/** The server's message with its detail, hint, and the line of the script. */
export function describeServerError(error: unknown, script: string): string {
  if (!(error instanceof pg.DatabaseError)) return describeError(error);
  const parts = [`${error.severity ?? "ERROR"}: ${error.message}`];
  if (error.detail) parts.push(`DETAIL: ${error.detail}`);
  if (error.hint) parts.push(`HINT: ${error.hint}`);
  if (error.where && error.hint !== ownHint) parts.push(`CONTEXT: ${error.where}`);
  const position = Number(error.position);
  // The server counts characters, and JavaScript counts UTF-16 units.
  const before = Number.isInteger(position) ? [...script].slice(0, position - 1).join("") : undefined;
  if (before !== undefined) {
    const lineIndex = before.split("\n").length - 1;
    parts.push(`LINE ${lineIndex + 1}: ${script.split("\n")[lineIndex]?.trim() ?? ""}`);
  }
  return parts.join("\n");
}

/** Removes the engine's own stack trace, which means nothing to a user. */
function withoutTrace(message: string): string {
  const lines = message.split("\n").filter((line) => line !== "external connector error");
  const trace = lines.findIndex((line) => /^\s+\d+: \w+::/.test(line));
  return (trace === -1 ? lines : lines.slice(0, trace)).join("\n").trim();
}
