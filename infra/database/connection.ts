import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import type { ClientConfig } from "pg";
import { parse } from "pg-connection-string";
import { InputError } from "../errors/errors.ts";
import { checkParameters } from "./connection-parameters.ts";

export interface ConnectionSettings {
  readonly client: ClientConfig;
  /** Host, port and database, for messages; never the password. */
  readonly description: string;
  /** The schema that migrations create in, as Prisma takes it from `?schema=`. Default: `public`. */
  readonly schema: string;
  /** The required state of the server, from `target_session_attrs`. */
  readonly mustBe: "any" | "read-write" | "primary";
}

/**
 * Turns a connection string into settings for the driver, with libpq's meaning of all its parts.
 *
 * | sslmode | the connection is encrypted | the server's certificate is checked |
 * |---|---|---|
 * | `disable` | no | |
 * | `require` | yes | no; with `sslrootcert` as `verify-ca` |
 * | `verify-ca` | yes | it is signed by `sslrootcert` |
 * | `verify-full` | yes | and it matches the host |
 *
 * Without `sslmode`, and for `prefer` and `allow`: `require`, or `disable` if the host is this machine. A Unix socket
 * is never encrypted.
 *
 * @throws {InputError} if it is not a PostgreSQL URL, uses the pooler's transaction mode, or needs something that is
 * not supported here
 * @see https://supabase.com/docs/guides/database/connecting-to-postgres
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function connectionSettings(connectionString: string): ConnectionSettings {
  const url = parseConnectionUrl(connectionString);
  const parameters = url.searchParams;
  checkParameters(parameters);
  const host = parameters.get("host") || decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, "$1") || "localhost";
  const port = readPort(parameters.get("port") || url.port || "5432");
  if (host.includes(",")) throw new InputError(severalHosts);
  const isSocket = host.startsWith("/");
  const user = parameters.get("user") || decodeURIComponent(url.username) || "postgres";
  const database = parameters.get("dbname") || decodeURIComponent(url.pathname.slice(1)) || "postgres";
  const description = `${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;
  if (port === 6543 && !isSocket) {
    throw new InputError(
      `${description} is the pooler's transaction mode, which hands each transaction another session: use the direct connection or the pooler's session mode (port 5432)`,
    );
  }
  const password = parameters.get("password") || decodeURIComponent(url.password);
  const options = parameters.get("options");
  return {
    description,
    schema: parameters.get("schema") ?? "public",
    mustBe: readTarget(parameters.get("target_session_attrs") ?? "any"),
    client: {
      host,
      port,
      user,
      database,
      connectionTimeoutMillis: readTimeout(parameters.get("connect_timeout")),
      keepAlive: true,
      ...(password ? { password } : {}),
      ...(options ? { options } : {}),
      ssl: isSocket ? false : readTls(url, host),
      ...(parameters.get("sslnegotiation") === "direct" ? { sslnegotiation: "direct" } : {}),
    },
  };
}

/**
 * Finds the connection string in a variable: in the environment, then in the project's `.env.<stack>` and `.env`. It
 * never comes from the stack's configuration, so that it can't end up in the state.
 * @throws {InputError} if the variable is not set
 */
export function readConnectionString(
  variable: string,
  projectDirectory: string,
  stack: string,
  namedBy = "the stack's configuration palisade:connection",
): string {
  const [first] = findVariable(variable, projectDirectory, stack);
  if (first === undefined) {
    throw new InputError(
      `the environment variable ${variable} is not set, and ${namedBy} names it: ` +
        `set it, or write it into .env.${stack} or .env in ${projectDirectory}`,
    );
  }
  return first.value;
}

/**
 * Where `readConnectionString` found it, for messages: `the environment variable DIRECT_URL`, or `DIRECT_URL in .env`.
 */
export function describeConnectionSource(variable: string, projectDirectory: string, stack: string): string {
  const [first, ...others] = findVariable(variable, projectDirectory, stack);
  if (first === undefined) return variable;
  // Somebody who has put a new password into the file, and wonders why the old one is still used, also has the variable
  // set in the shell.
  const hidden = others.find(({ value }) => value !== first.value);
  return hidden === undefined ? first.source : `${first.source} (not ${hidden.source}, which comes after it)`;
}

/** All places that set it, the effective one first. */
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

/**
 * The error repeats no part of a URL that can't be parsed, since any part may be the password.
 * @throws {InputError} if it is not a PostgreSQL URL
 */
export function parseConnectionUrl(connectionString: string): URL {
  const text = connectionString.trim();
  if (/^service\s*=/i.test(text)) {
    throw new InputError(
      `the connection string names a service, and services are not read here: write what pg_service.conf says of it as a URL, as in ${example}`,
    );
  }
  if (/^[a-z_]+\s*=/i.test(text)) {
    throw new InputError(
      `the connection string is a list of key=value; write it as a URL, which Prisma reads as well, as in ${example} (a password needs percent-encoding)`,
    );
  }
  let url: URL;
  try {
    // libpq accepts a URL with a user and no host; the host is then a parameter.
    url = new URL(text.replace(/^(postgres(?:ql)?:\/\/[^/?#@]*@)(?=[/?]|$)/, "$1localhost"));
    decodeURIComponent(url.username + url.password + url.hostname);
    decodeURIComponent(url.pathname);
  } catch {
    if (/^postgres(?:ql)?:\/\/(?:[^/?#@]*@)?[^/?#@]*,/.test(text)) throw new InputError(severalHosts);
    throw new InputError(
      `the connection string is not a URL; it looks like ${example} (a password needs percent-encoding)`,
    );
  }
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    throw new InputError(`the connection string must begin with postgresql://, as in ${example}`);
  }
  // A slash, question mark or number sign in the password ends it early. Its parts would then be printed as the names
  // of host and database.
  const rest = url.pathname + url.search + url.hash;
  if ((url.username === "" && text.includes("@")) || rest.includes("@") || url.hash !== "") {
    throw new InputError(
      `the connection string has an @ or a # where none belongs; it looks like ${example}, and these characters of a password need percent-encoding: / is %2F, ? is %3F, # is %23, @ is %40`,
    );
  }
  return url;
}

const severalHosts =
  "the connection string names several hosts; a deployment goes to one: name the primary, which takes writes";

function readPort(text: string): number {
  if (text.includes(",")) throw new InputError(severalHosts);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InputError(
      `the port in the connection string must be a number from 1 to 65535; a connection string looks like ${example}`,
    );
  }
  return port;
}

/** In seconds. In libpq, 0 or less means no limit. */
function readTimeout(text: string | null): number {
  if (text === null || text === "") return 15_000;
  if (!/^[+-]?\d{1,6}$/.test(text))
    throw new InputError("connect_timeout in the connection string must be a whole number of seconds");
  return Math.max(0, Number(text)) * 1000;
}

function readTarget(text: string): ConnectionSettings["mustBe"] {
  if (text === "read-write" || text === "primary") return text;
  if (text === "any" || text === "prefer-standby") return "any";
  throw new InputError(
    "target_session_attrs in the connection string must be any, read-write or primary, since a deployment writes",
  );
}

const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

function readTls(url: URL, host: string): NonNullable<ClientConfig["ssl"]> {
  const { searchParams: parameters } = url;
  // JDBC's parameter, which libpq supports.
  const mode = parameters.get("sslmode") ?? (["true", "1"].includes(parameters.get("ssl") ?? "") ? "require" : null);
  if (mode !== null && !tlsModes.includes(mode)) {
    throw new InputError(`the connection string has an unknown sslmode; it is one of ${tlsModes.join(", ")}`);
  }
  if (mode === "verify-ca" && !parameters.has("sslrootcert")) {
    throw new InputError(
      "sslmode=verify-ca needs the certificate authority's certificate: add sslrootcert=<file>, or use verify-full, which trusts the authorities that Node.js trusts",
    );
  }
  const isLocal = ["localhost", "127.0.0.1", "::1"].includes(host);
  // libpq would try TLS and silently fall back to plain text, which is not an acceptable default over a network.
  const effective = mode === null || mode === "prefer" || mode === "allow" ? (isLocal ? "disable" : "require") : mode;
  const files = new URLSearchParams({ sslmode: effective });
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const file = parameters.get(name);
    // For libpq, `system` means the system's certificates, which Node.js uses by default.
    if (file && !(name === "sslrootcert" && file === "system")) files.set(name, file);
  }
  try {
    return tlsSettings(parse(`postgresql://localhost/?${files}`, { useLibpqCompat: true }).ssl, host);
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

/** The driver does not pass an IP address on to Node.js, which would then compare the certificate with "localhost". */
function tlsSettings(ssl: ReturnType<typeof parse>["ssl"], host: string): NonNullable<ClientConfig["ssl"]> {
  return typeof ssl === "object" ? ({ ...ssl, host } as NonNullable<ClientConfig["ssl"]>) : Boolean(ssl);
}
