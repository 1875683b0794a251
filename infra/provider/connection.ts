import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import type { ClientConfig } from "pg";
import { parse } from "pg-connection-string";
import { InputError } from "./errors.ts";

export interface ConnectionSettings {
  readonly client: ClientConfig;
  /** Host, port and database, for messages; never the password. */
  readonly description: string;
}

/**
 * Turns a connection string into settings for the driver, with libpq's meaning of `sslmode`.
 *
 * | sslmode | the connection is encrypted | the server's certificate is checked |
 * |---|---|---|
 * | `disable` | no | |
 * | `require` | yes | no; with `sslrootcert` as `verify-ca` |
 * | `verify-ca` | yes | it is signed by `sslrootcert` |
 * | `verify-full` | yes | and it is made out to the host |
 *
 * Without `sslmode`, and for `prefer` and `allow`: `require`, or `disable` where the host is this machine.
 *
 * @throws {InputError} when it is no PostgreSQL URL, or names the pooler's transaction mode
 * @see https://supabase.com/docs/guides/database/connecting-to-postgres
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function connectionSettings(connectionString: string): ConnectionSettings {
  const url = parseUrl(connectionString);
  const port = Number(url.port || 5432);
  const description = `${url.hostname || "localhost"}:${port}${url.pathname}`;
  if (port === 6543) {
    throw new InputError(
      `${description} is the pooler's transaction mode, which hands each transaction another session: use the direct connection or the pooler's session mode (port 5432)`,
    );
  }
  const isLocal = ["", "localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  // libpq would try TLS and fall back to plain text in silence; over a network that is no choice to make for somebody.
  if (["prefer", "allow", null].includes(url.searchParams.get("sslmode"))) {
    url.searchParams.set("sslmode", isLocal ? "disable" : "require");
  }
  const parsed = parseSettings(url);
  const host = parsed.host || "localhost";
  return {
    description,
    client: {
      host,
      port,
      user: parsed.user || "postgres",
      database: parsed.database || "postgres",
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      ...(parsed.password ? { password: parsed.password } : {}),
      ...(parsed.ssl === undefined ? {} : { ssl: tlsSettings(parsed.ssl, host) }),
    },
  };
}

/**
 * Finds the connection string that a variable names: in the environment, then in the project's `.env.<stack>` and `.env`.
 * It never comes from the stack's configuration, so that it can't end up in the state.
 * @throws {InputError} when the variable is set nowhere
 */
export function readConnectionString(variable: string, projectDirectory: string, stack: string): string {
  const [first] = findVariable(variable, projectDirectory, stack);
  if (first === undefined) {
    throw new InputError(
      `the environment variable ${variable} is not set, and the stack's configuration palisade:connection names it: ` +
        `set it, or write it into .env.${stack} or .env in ${projectDirectory}`,
    );
  }
  return first.value;
}

/** Where `readConnectionString` finds it, for messages: `the environment variable DIRECT_URL`, or `DIRECT_URL in .env`. */
export function describeConnectionSource(variable: string, projectDirectory: string, stack: string): string {
  const [first, ...others] = findVariable(variable, projectDirectory, stack);
  if (first === undefined) return variable;
  // Who has written a new password into the file, and wonders why the old one is still taken, has the variable in the shell too.
  const hidden = others.find(({ value }) => value !== first.value);
  return hidden === undefined ? first.source : `${first.source} (not ${hidden.source}, which comes after it)`;
}

/** Every place that has it, the one that counts first. */
function findVariable(variable: string, projectDirectory: string, stack: string) {
  const files = [`.env.${stack}`, ".env"].filter((name) => existsSync(path.join(projectDirectory, name)));
  return [
    { source: `the environment variable ${variable}`, value: process.env[variable] },
    ...files.map((name) => ({
      source: `${variable} in ${name}`,
      value: parseEnv(readFileSync(path.join(projectDirectory, name), "utf8"))[variable],
    })),
  ].flatMap(({ source, value }) => (value === undefined || value === "" ? [] : [{ source, value }]));
}

const example = "postgresql://user:password@host:5432/postgres";

/** No part of what can't be read is repeated: which part is the password isn't known. */
function parseUrl(connectionString: string): URL {
  let url: URL;
  try {
    url = new URL(connectionString);
    decodeURIComponent(url.username + url.password + url.hostname);
    decodeURI(url.pathname);
  } catch {
    throw new InputError(
      `the connection string is no URL; it looks like ${example} (a password needs percent-encoding)`,
    );
  }
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    throw new InputError(`the connection string must begin with postgresql://, as in ${example}`);
  }
  // A slash, question mark or number sign in the password ends it early: its parts would pass for the names of host and database.
  const rest = url.pathname + url.search + url.hash;
  if ((url.username === "" && connectionString.includes("@")) || rest.includes("@") || url.hash !== "") {
    throw new InputError(
      `the connection string has an @ or a # where none belongs; it looks like ${example}, and these characters of a password need percent-encoding: / is %2F, ? is %3F, # is %23, @ is %40`,
    );
  }
  return url;
}

const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

function parseSettings(url: URL): ReturnType<typeof parse> {
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !tlsModes.includes(mode)) {
    throw new InputError(`the connection string has an unknown sslmode; it is one of ${tlsModes.join(", ")}`);
  }
  if (mode === "verify-ca" && !url.searchParams.has("sslrootcert")) {
    throw new InputError(
      "sslmode=verify-ca needs the certificate authority's certificate: add sslrootcert=<file>, or use verify-full, which trusts the authorities that Node.js trusts",
    );
  }
  url.searchParams.delete("uselibpqcompat");
  // What libpq calls so is what Node.js does unasked.
  if (url.searchParams.get("sslrootcert") === "system") url.searchParams.delete("sslrootcert");
  try {
    return parse(url.toString(), { useLibpqCompat: true });
  } catch (error) {
    if (isFileError(error)) {
      throw new InputError(
        `the connection string names a certificate or key that can't be read: ${error.path} (${error.code})`,
      );
    }
    throw new InputError(`the connection string can't be read; it looks like ${example}`);
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "path" in error;
}

/** The driver leaves an address out of what it tells Node.js, and the certificate would be compared with "localhost". */
function tlsSettings(ssl: ReturnType<typeof parse>["ssl"], host: string): NonNullable<ClientConfig["ssl"]> {
  return typeof ssl === "object" ? ({ ...ssl, host } as NonNullable<ClientConfig["ssl"]>) : Boolean(ssl);
}
