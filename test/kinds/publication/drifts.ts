import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$p", `drift_${key}`),
  shown,
});

export const drifts: readonly Drift[] = [
  change(
    "publishes every table",
    "drop publication $p; create publication $p for all tables with (publish = 'insert, update', publish_via_partition_root = true); alter publication $p owner to supabase_admin; alter role postgres superuser; alter publication $p owner to postgres; alter role postgres nosuperuser",
    "allTables",
    'tables["public.$p_a"]',
    'tables["public.$p_b"]',
  ),
  change(
    "publishes a whole schema",
    "alter publication $p drop table public.$p_a; alter publication $p add tables in schema private",
    "schemas",
    'tables["public.$p_a"]',
  ),
  change("adds a table", "alter publication $p add table public.$p_c", 'tables["public.$p_c"]'),
  change("takes a table out", "alter publication $p drop table public.$p_b", 'tables["public.$p_b"]'),
  change(
    "empties it",
    "alter publication $p drop table public.$p_a, public.$p_b",
    'tables["public.$p_a"]',
    'tables["public.$p_b"]',
  ),
  change(
    "sends every column and row",
    "alter publication $p set table public.$p_a, public.$p_b",
    'tables["public.$p_a"].columns',
    'tables["public.$p_a"].where',
  ),
  change(
    "sends no more of old rows than their key, and nothing of them",
    "alter table public.$p_b replica identity default; alter table public.$p_a replica identity nothing",
    'tables["public.$p_a"].replicaIdentity',
    'tables["public.$p_b"].replicaIdentity',
  ),
  change(
    "sends whole old rows",
    "alter table public.$p_a replica identity full",
    'tables["public.$p_a"].replicaIdentity',
  ),
  change(
    "identifies rows by another index",
    "create unique index $p_other on public.$p_a (title, id); alter table public.$p_a replica identity using index $p_other",
    'tables["public.$p_a"].replicaIdentity.index',
  ),
  change("sends deletions too", "alter publication $p set (publish = 'insert, update, delete')", "publish"),
  change("stops sending insertions", "alter publication $p set (publish = 'update')", "publish"),
  change("sends as partitions", "alter publication $p set (publish_via_partition_root = false)", "viaPartitionRoot"),
  change("gives it away", "alter publication $p owner to drift_publisher", "owner"),
  { title: "drops it", sql: (key) => `drop publication drift_${key}`, shown: "created" },
  {
    title: "renames it",
    sql: (key) => `alter publication drift_${key} rename to drift_${key}_old`,
    shown: "created",
  },
];
