/**
 * Settings that a role or database can have for its sessions, and that affect how the server prints values or
 * interprets our statements. Each of our sessions sets these values, so that a declaration means the same for any role
 * and database. `test/integration/truth/session-settings` tries every setting that exists.
 * @see https://www.postgresql.org/docs/current/sql-alterrole.html
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const pinned: Readonly<Record<string, string>> = {
  // How texts are parsed.
  standard_conforming_strings: "on",
  backslash_quote: "safe_encoding",
  transform_null_equals: "off",
  array_nulls: "on",
  xmloption: "content",
  client_encoding: "UTF8",
  // How values are printed, and what a literal such as '1/2/2026' means.
  quote_all_identifiers: "off",
  bytea_output: "hex",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  timezone_abbreviations: "Default",
  extra_float_digits: "1",
  xmlbinary: "base64",
  lc_monetary: "C",
  lc_numeric: "C",
  lc_time: "C",
  // What is accepted.
  check_function_bodies: "on",
  row_security: "on",
  restrict_nonsystem_relation_kind: "",
  "plpgsql.extra_errors": "none",
  "plpgsql.extra_warnings": "none",
  "plpgsql.check_asserts": "on",
  "plpgsql.print_strict_params": "off",
  // Where new objects are created, and who gets privileges on them.
  default_tablespace: "",
  temp_tablespaces: "",
  default_table_access_method: "heap",
  createrole_self_grant: "",
  // How transactions behave, and when a session is ended.
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  exit_on_error: "off",
  transaction_timeout: "0",
  idle_session_timeout: "60s",
  idle_in_transaction_session_timeout: "15s",
};

/** For these, a migration's tables are created with the role's own values. */
export const placesOfNewObjects = ["default_tablespace", "temp_tablespaces", "default_table_access_method"];

/**
 * A SQL statement. Settings that the server does not know (because it is older, or an extension is not loaded) are
 * skipped.
 * @param scope how long the values apply. Default: until the session ends
 */
export function pinSettings({
  scope = "session",
  except = [],
}: {
  readonly scope?: "session" | "transaction";
  readonly except?: readonly string[];
} = {}): string {
  const values = Object.entries(pinned).filter(([name]) => !except.includes(name));
  return `select pg_catalog.set_config(name, value, ${scope === "transaction"})
    from (values ${values.map(([name, value]) => `('${name}', '${value}')`).join(", ")}) as pinned (name, value)
    where pg_catalog.current_setting(name, true) operator(pg_catalog.<>) value`;
}
