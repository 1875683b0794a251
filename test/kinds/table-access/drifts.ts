import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$table", `public.drift_${key}`),
  shown,
});

export const drifts: readonly Drift[] = [
  change("renames a policy", "alter policy read on $table rename to opened", "policies.read", "policies.opened"),
  change(
    "drops every policy",
    "drop policy read on $table; drop policy write on $table; drop policy narrow on $table",
    "policies.read",
    "policies.write",
    "policies.narrow",
  ),
  change(
    "opens a policy to everybody",
    "alter policy read on $table to public using (true)",
    "policies.read.roles",
    "policies.read.using",
  ),
  change(
    "replaces a policy under its own name",
    "drop policy narrow on $table; create policy narrow on $table using (true)",
    "policies.narrow.as",
    "policies.narrow.using",
  ),
  change(
    "adds a policy with a check alone",
    "create policy added on $table for insert with check (true)",
    "policies.added",
  ),
  change("widens a policy by or", "alter policy write on $table using (id = 'a' or true)", "policies.write.using"),
  change(
    "changes a constant in a condition",
    "alter policy read on $table using (id in ('a', 'c'))",
    "policies.read.using",
  ),
  change(
    "hands a privilege on",
    "grant select on $table to anon with grant option",
    "grants.anon.select",
    'grants.anon["select with grant option"]',
  ),
  change(
    "has a role hand on what it was given",
    "grant usage on schema public to drift_agent; grant insert on $table to drift_agent with grant option; set role drift_agent; grant insert on $table to drift_role; reset role",
    "grants.drift_agent",
    "grants.drift_role",
  ),
  change(
    "hands a column's privilege on",
    "grant update (title) on $table to authenticated with grant option",
    "grants.authenticated.update",
    'grants.authenticated["update with grant option"]',
  ),
  change("grants a column beside the table", "grant select (title) on $table to anon", "grants.anon.select"),
  change(
    "grants a whole table beside its columns",
    "grant update on $table to authenticated",
    "grants.authenticated.update",
  ),
  change("grants a column to everybody", "grant select (id) on $table to public", "grants.public"),
  change("grants everything to everybody", "grant all on $table to public", "grants.public"),
  change(
    "takes one column's privilege away",
    "revoke update (status) on $table from authenticated",
    "grants.authenticated.update",
  ),
  change(
    "takes every privilege away",
    "revoke all on $table from anon, authenticated, service_role",
    "grants.anon",
    "grants.authenticated",
    "grants.service_role",
  ),
  change(
    "takes one privilege of all away",
    "revoke truncate on $table from service_role",
    "grants.service_role.truncate",
  ),
  change("gives the table away", "alter table $table owner to drift_owner", "owner"),
  change("lifts the owner's own row security", "alter table $table no force row level security", "forceRowSecurity"),
  change("turns row security off", "alter table $table disable row level security", "rowSecurity"),
  change(
    "drops the table and makes it again",
    "drop table $table; create table $table (id text primary key, title text, status text, priority int); alter table $table owner to postgres; revoke all on $table from anon, authenticated, service_role",
    "rowSecurity",
    "forceRowSecurity",
    "policies.read",
    "policies.write",
    "policies.narrow",
    "grants.anon",
    "grants.authenticated",
    "grants.service_role",
  ),
  change(
    "drops a column that a policy uses, and adds it again",
    "alter table $table drop column priority cascade; alter table $table add priority int",
    "policies.narrow",
  ),
];
