import { DatabaseError, describeError, sqlStateOf } from "../errors/errors.ts";
import { isLockFailure } from "./lock-wait.ts";

/** Turns a failure, or the lack of a server, into an error with advice. */
export function explainFailure(
  error: unknown,
  description: string,
  how: { readonly isCancelled: boolean; readonly statementTimeoutMilliseconds: number },
): unknown {
  if (error instanceof DatabaseError) return error;
  if (isLockFailure(error) && how.isCancelled) return cancelled();
  if (sqlStateOf(error) === queryCanceled) {
    if (how.isCancelled) return cancelled();
    return new DatabaseError(
      `a statement was ended: it took longer than ${how.statementTimeoutMilliseconds / 1000} s, or somebody cancelled it. Nothing was changed. ` +
        "Find out what keeps the database busy, or set palisade:statementTimeoutSeconds higher, and run this again",
      queryCanceled,
    );
  }
  return isConnectionLost(error) ? lost(error, description) : error;
}

/**
 * A preview's questions need privileges of their own. Which statement was refused would not help the person who
 * declares something.
 */
export function explainRefusal(error: unknown, user: string | undefined): unknown {
  const state = sqlStateOf(error);
  const isStandby = state === "0A000" && /recovery/.test(String((error as Error).message));
  if (state !== "42501" && !isStandby) return error;
  return new DatabaseError(
    `${describeError(error)}. ${
      isStandby
        ? "The database is a standby, where nothing can be checked or changed: connect to the primary"
        : `The role ${user} lacks a right that a preview needs: connect as the role that owns the application's tables (postgres on a hosted project)`
    }`,
    state,
  );
}

const queryCanceled = "57014";

/** Whether a statement was cancelled, or the server was shut down: it says nothing about the statement. */
export function wasCutShort(error: unknown): boolean {
  return [queryCanceled, "57P01", "57P02", "57P03"].includes(sqlStateOf(error) ?? "");
}

export function cancelled(): DatabaseError {
  return new DatabaseError("cancelled; nothing was changed", queryCanceled);
}

function lost(error: unknown, description: string): DatabaseError {
  return new DatabaseError(
    `the connection to ${description} was lost (${describeError(error)}). The server rolls back what was under way; run this again`,
    sqlStateOf(error),
  );
}

export function lostInCommit(description: string): DatabaseError {
  return new DatabaseError(
    `the connection to ${description} was lost while a change was being committed, and whether it took effect is not known. Run this again: it finds out, and finishes`,
    undefined,
  );
}

/** The server shut down or crashed, an administrator ended the session, or the network failed. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined)
    return ["57P01", "57P02", "57P03", "57P05", "25P03"].includes(state) || state.startsWith("08");
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return (
    (typeof code === "string" && ["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNREFUSED"].includes(code)) ||
    (typeof message === "string" && /^(Connection terminated|Client has encountered a connection error)/.test(message))
  );
}
