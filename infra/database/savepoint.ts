import { randomUUID } from "node:crypto";
import type { Session } from "./database.ts";

/**
 * Does the work in a savepoint. Savepoints may be nested.
 * @returns whether the work succeeded; if it failed with a tolerated error, it is undone
 * @throws any other error of the work, after which the transaction can only be rolled back
 */
export async function inSavepoint(
  session: Session,
  work: () => Promise<unknown>,
  isTolerated: (error: unknown) => boolean,
): Promise<{ readonly isDone: true } | { readonly isDone: false; readonly error: unknown }> {
  const name = `palisade_${randomUUID().replaceAll("-", "")}`;
  await session.run(`savepoint ${name}`);
  try {
    await work();
  } catch (error) {
    if (!isTolerated(error)) throw error;
    await session.run(`rollback to savepoint ${name}; release savepoint ${name}`);
    return { isDone: false, error };
  }
  await session.run(`release savepoint ${name}`);
  return { isDone: true };
}
