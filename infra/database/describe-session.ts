/**
 * A SQL expression for what anybody may see of a session. Its state and times are null for those who may not see them.
 * @param alias of pg_stat_activity
 */
export function describeSession(alias: string): string {
  const since = `coalesce(${alias}.xact_start, ${alias}.backend_start)`;
  return `pg_catalog.concat('session ', ${alias}.pid, ' (user ', ${alias}.usename, ', application ',
    coalesce(nullif(${alias}.application_name, ''), 'unnamed'), ', ' || ${alias}.state ||
    ' for ' || round(extract(epoch from pg_catalog.clock_timestamp() - ${since})) || ' s', ')')`;
}
