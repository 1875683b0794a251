import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$table", `public.drift_${key}`),
  shown,
});

export const drifts: readonly Drift[] = [
  change("adds a policy that opens the table", "create policy added on $table using (true)", "policies.added"),
  change("adds one that narrows it", "create policy added on $table as restrictive using (false)", "policies.added"),
  change(
    "adds one for whoever signs up",
    "create policy added on $table for insert to authenticated with check (true)",
    "policies.added",
  ),
  change(
    "adds several, of every name",
    `create policy "Read" on $table using (true); create policy "a.b" on $table using (true); create policy constructor on $table using (true)`,
    "policies.Read",
    'policies["a.b"]',
    "policies.constructor",
  ),
  change("renames one", "alter policy read on $table rename to opened", "policies.opened"),
  change(
    "drops the table and makes it again",
    "drop table $table; create table $table (id text primary key); alter table $table owner to postgres; create policy added on $table using (true)",
    "policies.added",
  ),
];
