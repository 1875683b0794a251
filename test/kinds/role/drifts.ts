import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => `set role postgres; ${statement.replaceAll("$role", `drift_${key}`)}; reset role`,
  shown,
});

export const drifts: readonly Drift[] = [
  { ...change("lets it past every policy", "alter role $role bypassrls", "bypassRowLevelSecurity"), from: 16 },
  { ...change("lets it read every change", "alter role $role replication", "replication"), from: 16 },
  change("makes it ask no policy", "alter role $role set row_security = off", "settings.row_security"),
  {
    title: "sets something for this database alone",
    sql: (key) =>
      `set role postgres; do $$ begin execute format('alter role drift_${key} in database %I set work_mem = ''1GB''', current_database()); end $$; reset role`,
    shown: ["databaseSettings"],
  },
  { title: "drops it", sql: (key) => `drop role drift_${key}`, shown: "created" },
];
