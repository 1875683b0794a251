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
 * @throws {InputError} when it is no PostgreSQL URL, or names the pooler's transaction mode
 * @see https://supabase.com/docs/guides/database/connecting-to-postgres
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
  if (!isLocal && !url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "require");
  const parsed = parse(url.toString(), { useLibpqCompat: true });
  return {
    description,
    client: {
      host: parsed.host ?? "localhost",
      port,
      user: parsed.user ?? "postgres",
      database: parsed.database ?? "postgres",
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      ...(parsed.password === undefined ? {} : { password: parsed.password }),
      ...(parsed.ssl === undefined ? {} : { ssl: parsed.ssl as NonNullable<ClientConfig["ssl"]> }),
    },
  };
}

/**
 * Finds the connection string that a variable names: in the environment, then in the project's `.env.<stack>` and `.env`.
 * It never comes from the stack's configuration, so that it can't end up in the state.
 * @throws {InputError} when the variable is set nowhere
 */
export function readConnectionString(variable: string, projectDirectory: string, stack: string): string {
  const files = [`.env.${stack}`, ".env"].map((name) => path.join(projectDirectory, name));
  const sources = [
    process.env,
    ...files.filter((file) => existsSync(file)).map((file) => parseEnv(readFileSync(file, "utf8"))),
  ];
  const found = sources.map((source) => source[variable]).find((value) => value !== undefined && value !== "");
  if (found === undefined) {
    throw new InputError(
      `the environment variable ${variable} is not set, and the stack's configuration palisade:connection names it: ` +
        `set it, or write it into .env.${stack} or .env in ${projectDirectory}`,
    );
  }
  return found;
}

function parseUrl(connectionString: string): URL {
  let url: URL;
  try {
    url = new URL(connectionString);
  } catch {
    throw new InputError(
      "the connection string is no URL; it looks like postgresql://user:password@host:5432/postgres (a password needs percent-encoding)",
    );
  }
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    throw new InputError(`the connection string begins with ${url.protocol}//; it must begin with postgresql://`);
  }
  return url;
}
