import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$schema", `drift_${key}`),
  shown,
});

export const drifts: readonly Drift[] = [
  change("lets everybody use it", "grant usage on schema $schema to public", "grants.public"),
  change("lets anon create in it", "grant create on schema $schema to anon", "grants.anon"),
  change(
    "lets a role hand its use on",
    "grant usage on schema $schema to authenticated with grant option",
    "grants.authenticated",
  ),
  change(
    "has a role hand on what it was given",
    "grant usage on schema $schema to drift_agent with grant option; set role drift_agent; grant usage on schema $schema to anon; reset role",
    "grants.drift_agent",
    "grants.anon",
  ),
  change("takes its use away", "revoke usage on schema $schema from authenticated", "grants.authenticated"),
  change("gives it away", "alter schema $schema owner to drift_publisher", "owner"),
  { title: "drops it", sql: (key) => `drop schema drift_${key}`, shown: "created" },
];
