import { keyKind, parseUrl, text } from "./checks.ts";

/** A PostgreSQL connection string. */
export const postgresUrl = text(postgresProblem);

/** A PostgreSQL connection string for migrations, which need their own session. */
export const directPostgresUrl = text((value) => {
  const problem = postgresProblem(value);
  if (problem !== undefined) return problem;
  // In transaction mode, the pooler may use another session for each transaction.
  if (parseUrl(value)?.port === "6543") {
    return "is the pooler's transaction mode (port 6543); take the direct connection or the session mode (port 5432)";
  }
  return undefined;
});

/** The key that bypasses all policies. */
export const secretKey = text((value) => {
  const kind = keyKind(value);
  if (kind === "publishable") return "is the publishable key, which policies hold back: take the secret one";
  if (kind === undefined)
    return "is no secret key (sb_secret_…) and no service_role key (a JWT with the role service_role)";
  if (value.length < 32) return "is too short for a key; part of it is missing";
  return undefined;
});

function postgresProblem(value: string): string | undefined {
  const url = parseUrl(value);
  if (url === undefined) {
    return "is no URL; it looks like postgresql://user:password@host:5432/postgres, with the password percent-encoded";
  }
  if (url.protocol !== "postgresql:" && url.protocol !== "postgres:") {
    return "does not begin with postgresql://";
  }
  if (url.hostname === "") return "names no host";
  if (value.includes("[YOUR-PASSWORD]")) return "still says [YOUR-PASSWORD] where the password belongs";
  return undefined;
}
