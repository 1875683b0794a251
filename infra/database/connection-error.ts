import { DatabaseError, describeError, sqlStateOf } from "../errors/errors.ts";

/** @param source where the connection string comes from, for the message; empty: it is not mentioned */
export function cantConnect(error: unknown, description: string, source = ""): DatabaseError {
  const state = sqlStateOf(error);
  const named = source === "" ? "" : `, which ${source} names`;
  const advice =
    named !== "" && wrongPassword.has(state ?? "")
      ? ". If the password was changed, write the new one there, percent-encoded"
      : "";
  return new DatabaseError(`can't connect to ${description}${named}: ${describeError(error)}${advice}`, state);
}

/** Invalid password, and invalid authorization: a role that does not exist or may not log in. */
const wrongPassword = new Set(["28P01", "28000"]);
