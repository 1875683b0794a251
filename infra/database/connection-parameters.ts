import { InputError } from "../errors/errors.ts";

/**
 * The supported parameters after the question mark of a connection string, with libpq's meaning. A parameter that can't
 * be given that meaning is refused: one that asks for security must not be ignored silently.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export function checkParameters(parameters: URLSearchParams): void {
  for (const [name, value] of parameters) {
    if (honoured.has(name) || withoutEffect.has(name)) continue;
    if (harmless[name]?.includes(value)) continue;
    const advice = refusals[name];
    if (advice !== undefined) throw new InputError(`the connection string has ${name}, ${advice}`);
    // Anything that does not look like a name may be a part of a password, and is not repeated.
    const named = /^[a-z_]{2,40}$/i.test(name)
      ? `the parameter ${name}, which PostgreSQL's clients don't know`
      : "a parameter without a name";
    throw new InputError(`the connection string has ${named}: take it out`);
  }
}

const honoured = new Set([
  ...["host", "port", "dbname", "user", "password", "options", "connect_timeout", "target_session_attrs", "schema"],
  ...["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation"],
]);

/**
 * These only tune a connection, or state what holds anyway. Those on the last lines belong to Prisma, the platform and
 * the driver.
 */
const withoutEffect = new Set([
  ...["application_name", "fallback_application_name", "client_encoding", "load_balance_hosts"],
  ...["keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"],
  ...["krbsrvname", "gsslib", "gssdelegation", "sslcompression", "sslsni"],
  ...["connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size", "pgbouncer"],
  ...["max_connection_lifetime", "max_idle_connection_lifetime", "single_use_connections"],
  ...["supa", "workaround", "uselibpqcompat"],
]);

const harmless: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ["disable", "prefer"],
  gssencmode: ["disable", "prefer"],
  sslaccept: ["accept_invalid_certs"],
  sslcertmode: ["disable", "allow"],
  replication: ["false", "off", "no", "0"],
};

const refusals: Readonly<Record<string, string>> = {
  service: "and services are not read here: write what pg_service.conf says of it as a URL",
  servicefile: "and services are not read here: write what that file says as a URL",
  passfile: "which is not read from a URL: set the environment variable PGPASSFILE, or write the password into the URL",
  hostaddr: "which is not taken beside the host: write the address as the host",
  channel_binding:
    "which can be disable or prefer here; what require protects from, sslmode=verify-full with sslrootcert protects from as well",
  gssencmode: "which can be disable or prefer here: connections are encrypted by TLS (sslmode), never by GSSAPI",
  sslaccept: "which is Prisma's: write sslmode=verify-full for strict",
  sslcertmode: "which can be disable or allow here",
  replication: "and a deployment needs an ordinary session: take it out",
  require_auth: "which can't be insisted on here: take it out, and use sslmode=verify-full, which checks the server",
  requirepeer: "which can't be checked here: take it out",
  sslpassword: "and a key with a passphrase can't be read here: name a key without one",
  sslcrl: "and lists of revoked certificates are not read here: take it out",
  sslcrldir: "and lists of revoked certificates are not read here: take it out",
  ssl_min_protocol_version: "which Node.js decides here (TLS 1.2 or later): take it out",
  ssl_max_protocol_version: "which Node.js decides here (TLS 1.2 or later): take it out",
};
