import type { Session } from "../../database/database.ts";
import { wasCutShort } from "../../database/failures.ts";
import { isLockFailure } from "../../database/lock-wait.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { describeError, InputError, isExpected, missingObject, sqlStateOf } from "../../errors/errors.ts";

/**
 * Tries something that may need an object which another resource creates later in the update.
 * @returns whether it succeeded; if not, it is rolled back
 * @throws bugs as they are, errors for which the whole migration is retried, and, as an `InputError`, refusals that are not tolerated
 */
export async function attempt(
  session: Session,
  id: string,
  work: () => Promise<unknown>,
  tolerated: "missing objects" | "every error" = "missing objects",
): Promise<boolean> {
  const isTolerated = (error: unknown) =>
    tolerated === "every error" ? !isRetried(error) : missingObject.includes(sqlStateOf(error) ?? "");
  try {
    return (await inSavepoint(session, work, isTolerated)).isDone;
  } catch (error) {
    if (isRetried(error) || error instanceof InputError || !isExpected(error)) throw error;
    throw new InputError(`what is declared for ${id} does not hold after it: ${describeError(error)}`, {
      cause: error,
    });
  }
}

function isRetried(error: unknown): boolean {
  return isLockFailure(error) || wasCutShort(error);
}
