import type { Session } from "../../provider/database.ts";
import { describeError, InputError, sqlStateOf } from "../../provider/errors.ts";

/**
 * Tries something that may have to wait for an object which another resource makes later in the update.
 * @returns whether it was done; nothing of it stays otherwise
 * @throws what is tried again with the whole migration, and, in words, what is not tolerated
 */
export async function attempt(
  session: Session,
  id: string,
  work: () => Promise<unknown>,
  tolerated: "missing objects" | "every error" = "missing objects",
): Promise<boolean> {
  await session.run("savepoint palisade");
  try {
    await work();
    await session.run("release savepoint palisade");
    return true;
  } catch (error) {
    const state = sqlStateOf(error) ?? "";
    const isTolerated = tolerated === "every error" ? !retriedStates.has(state) : missingObject.has(state);
    if (isTolerated) {
      await session.run("rollback to savepoint palisade");
      return false;
    }
    if (retriedStates.has(state) || error instanceof InputError) throw error;
    throw new InputError(`what is declared for ${id} does not hold after it: ${describeError(error)}`);
  }
}

/** undefined_table, _column, _object, _function, invalid_schema_name */
const missingObject = new Set(["42P01", "42703", "42704", "42883", "3F000"]);
/** Lock not available, deadlock, serialisation failure, cancelled, connection lost or shutting down. */
const retriedStates = new Set(["55P03", "40P01", "40001", "57014", "57P01", "57P02", "57P03"]);
