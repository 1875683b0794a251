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
  /** What the server has to be, by `target_session_attrs`. */
  readonly mustBe: "any" | "read-write" | "primary";
}

/**
 * Turns a connection string into settings for the driver, with libpq's meaning of everything in it.
 *
 * | sslmode | the connection is encrypted | the server's certificate is checked |
 * |---|---|---|
 * | `disable` | no | |
 * | `require` | yes | no; with `sslrootcert` as `verify-ca` |
 * | `verify-ca` | yes | it is signed by `sslrootcert` |
 * | `verify-full` | yes | and it is made out to the host |
 *
 * Without `sslmode`, and for `prefer` and `allow`: `require`, or `disable` where the host is this machine. A Unix socket is never encrypted.
 *
 * @throws {InputError} when it is no PostgreSQL URL, names the pooler's transaction mode, or asks for what can't be had here
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
 * Finds the connection string that a variable names: in the environment, then in the project's `.env.<stack>` and `.env`.
 * It never comes from the stack's configuration, so that it can't end up in the state.
 * @throws {InputError} when the variable is set nowhere
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

/**
 * No part of what can't be read is repeated: which part is the password isn't known.
 * @throws {InputError} when it is no PostgreSQL URL
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
    // libpq takes a URL with a user and no host; the host then stands among the parameters.
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
  // A slash, question mark or number sign in the password ends it early: its parts would pass for the names of host and database.
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

/** In seconds; libpq waits without a limit where it is 0 or less. */
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
  // As JDBC writes it, and libpq takes it.
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
  // libpq would try TLS and fall back to plain text in silence; over a network that is no choice to make for somebody.
  const effective = mode === null || mode === "prefer" || mode === "allow" ? (isLocal ? "disable" : "require") : mode;
  const files = new URLSearchParams({ sslmode: effective });
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const file = parameters.get(name);
    // What libpq calls system is what Node.js does unasked.
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

/** The driver leaves an address out of what it tells Node.js, and the certificate would be compared with "localhost". */
function tlsSettings(ssl: ReturnType<typeof parse>["ssl"], host: string): NonNullable<ClientConfig["ssl"]> {
  return typeof ssl === "object" ? ({ ...ssl, host } as NonNullable<ClientConfig["ssl"]>) : Boolean(ssl);
}
