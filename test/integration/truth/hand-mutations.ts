import { definition } from "./samples.ts";

/** A change made by hand, in SQL, that no declaration would make. */
export interface HandMutation {
  readonly kind: string;
  readonly title: string;
  readonly sql: (key: string) => string;
  /** The properties that the preview must name; `created` where the object is gone. */
  readonly shown: readonly string[] | "created";
}

const onTable = (title: string, statement: string, ...shown: string[]): HandMutation => ({
  kind: "TableAccess",
  title,
  sql: (key) => statement.replaceAll("$table", `public.drift_${key}`),
  shown,
});
const onFunction = (
  title: string,
  statement: string | ((key: string) => string),
  ...shown: string[]
): HandMutation => ({
  kind: "Function",
  title,
  sql:
    typeof statement === "string"
      ? (key) => statement.replaceAll("$function", `private.drift_${key}(text)`)
      : statement,
  shown: shown.length === 0 ? ["definition"] : shown,
});
const onPublication = (title: string, statement: string, ...shown: string[]): HandMutation => ({
  kind: "Publication",
  title,
  sql: (key) => statement.replaceAll("$p", `drift_${key}`),
  shown,
});
const onBucket = (title: string, assignments: string, ...shown: string[]): HandMutation => ({
  kind: "Bucket",
  title,
  sql: (key) => `update storage.buckets set ${assignments} where id = 'drift-${key}'`,
  shown,
});
const onSchema = (title: string, statement: string, ...shown: string[]): HandMutation => ({
  kind: "Schema",
  title,
  sql: (key) => statement.replaceAll("$schema", `drift_${key}`),
  shown,
});
const onPolicy = (title: string, statement: string, shown: readonly string[] | "created"): HandMutation => ({
  kind: "Policy",
  title,
  sql: (key) => statement.replaceAll("$policy", `"drift ${key}" on storage.objects`),
  shown,
});
const onList = (title: string, statement: string, ...shown: string[]): HandMutation => ({
  kind: "ExclusivePolicies",
  title,
  sql: (key) => statement.replaceAll("$table", `public.drift_${key}`),
  shown,
});
const redefine = (change: (text: string) => string) => (key: string) =>
  `set role postgres; drop function private.drift_${key}(text); ${change(definition(key))}; revoke execute on function private.drift_${key}(text) from public, anon; grant execute on function private.drift_${key}(text) to authenticated, service_role; reset role`;

export const handMutations: readonly HandMutation[] = [
  onTable("renames a policy", "alter policy read on $table rename to opened", "policies.read", "policies.opened"),
  onTable(
    "drops every policy",
    "drop policy read on $table; drop policy write on $table; drop policy narrow on $table",
    "policies.read",
    "policies.write",
    "policies.narrow",
  ),
  onTable(
    "opens a policy to everybody",
    "alter policy read on $table to public using (true)",
    "policies.read.roles",
    "policies.read.using",
  ),
  onTable(
    "replaces a policy under its own name",
    "drop policy narrow on $table; create policy narrow on $table using (true)",
    "policies.narrow.as",
    "policies.narrow.using",
  ),
  onTable(
    "adds a policy with a check alone",
    "create policy added on $table for insert with check (true)",
    "policies.added",
  ),
  onTable("widens a policy by or", "alter policy write on $table using (id = 'a' or true)", "policies.write.using"),
  onTable(
    "changes a constant in a condition",
    "alter policy read on $table using (id in ('a', 'c'))",
    "policies.read.using",
  ),
  onTable(
    "hands a privilege on",
    "grant select on $table to anon with grant option",
    "grants.anon.select",
    'grants.anon["select with grant option"]',
  ),
  onTable(
    "has a role hand on what it was given",
    "grant usage on schema public to drift_agent; grant insert on $table to drift_agent with grant option; set role drift_agent; grant insert on $table to drift_role; reset role",
    "grants.drift_agent",
    "grants.drift_role",
  ),
  onTable(
    "hands a column's privilege on",
    "grant update (title) on $table to authenticated with grant option",
    "grants.authenticated.update",
    'grants.authenticated["update with grant option"]',
  ),
  onTable("grants a column beside the table", "grant select (title) on $table to anon", "grants.anon.select"),
  onTable(
    "grants a whole table beside its columns",
    "grant update on $table to authenticated",
    "grants.authenticated.update",
  ),
  onTable("grants a column to everybody", "grant select (id) on $table to public", "grants.public"),
  onTable("grants everything to everybody", "grant all on $table to public", "grants.public"),
  onTable(
    "takes one column's privilege away",
    "revoke update (status) on $table from authenticated",
    "grants.authenticated.update",
  ),
  onTable(
    "takes every privilege away",
    "revoke all on $table from anon, authenticated, service_role",
    "grants.anon",
    "grants.authenticated",
    "grants.service_role",
  ),
  onTable(
    "takes one privilege of all away",
    "revoke truncate on $table from service_role",
    "grants.service_role.truncate",
  ),
  onTable("gives the table away", "alter table $table owner to drift_owner", "owner"),
  onTable("lifts the owner's own row security", "alter table $table no force row level security", "forceRowSecurity"),
  onTable("turns row security off", "alter table $table disable row level security", "rowSecurity"),
  onTable(
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
  onTable(
    "drops a column that a policy uses, and adds it again",
    "alter table $table drop column priority cascade; alter table $table add priority int",
    "policies.narrow",
  ),

  onPolicy("drops it", "drop policy $policy", "created"),
  onPolicy(
    "renames it",
    'alter policy $policy rename to "drift renamed"; drop policy "drift renamed" on storage.objects',
    "created",
  ),
  onPolicy("opens it to everybody", "alter policy $policy to public using (true) with check (true)", [
    "roles",
    "using",
    "withCheck",
  ]),
  onPolicy(
    "makes it again for every command",
    "drop policy $policy; create policy $policy to anon, authenticated using (true)",
    ["command", "using", "withCheck"],
  ),

  onList("adds a policy that opens the table", "create policy added on $table using (true)", "policies.added"),
  onList("adds one that narrows it", "create policy added on $table as restrictive using (false)", "policies.added"),
  onList(
    "adds one for whoever signs up",
    "create policy added on $table for insert to authenticated with check (true)",
    "policies.added",
  ),
  onList(
    "adds several, of every name",
    `create policy "Read" on $table using (true); create policy "a.b" on $table using (true); create policy constructor on $table using (true)`,
    "policies.Read",
    'policies["a.b"]',
    "policies.constructor",
  ),
  onList("renames one", "alter policy read on $table rename to opened", "policies.opened"),
  onList(
    "drops the table and makes it again",
    "drop table $table; create table $table (id text primary key); alter table $table owner to postgres; create policy added on $table using (true)",
    "policies.added",
  ),

  onFunction("makes it SECURITY INVOKER", "alter function $function security invoker"),
  onFunction("resets its search_path", "alter function $function reset search_path"),
  onFunction("sets another search_path", "alter function $function set search_path = public, pg_temp"),
  onFunction("adds a setting", "alter function $function set statement_timeout = '1s'"),
  onFunction("makes it volatile", "alter function $function volatile"),
  onFunction("makes it immutable", "alter function $function immutable"),
  onFunction("makes it strict", "alter function $function strict"),
  onFunction("makes it leakproof", "alter function $function leakproof"),
  onFunction("changes its cost", "alter function $function cost 500"),
  onFunction("makes it unsafe in parallel", "alter function $function parallel unsafe"),
  onFunction("replaces its body", (key) => definition(key, "select true").replace("create", "create or replace")),
  onFunction("replaces its body by a comment more", (key) =>
    definition(key, "select id = 'a' -- x\n").replace("create", "create or replace"),
  ),
  onFunction(
    "makes it again in another language",
    redefine((text) =>
      text
        .replace("language sql", "language plpgsql")
        .replace("$$ select id = 'a' $$", () => "$$ begin return true; end $$"),
    ),
  ),
  onFunction(
    "makes it again with another result",
    redefine((text) => text.replace("returns boolean", "returns text").replace("id = 'a'", "id")),
  ),
  onFunction(
    "makes it again with another argument's name",
    redefine((text) => text.replace("(id text", "(key text").replace("id = 'a'", "key = 'a'")),
  ),
  onFunction(
    "makes it again with another default",
    redefine((text) => text.replace("default 'a'", "default 'b'")),
  ),
  onFunction(
    "makes it again without the default",
    redefine((text) => text.replace(" default 'a'", "")),
  ),
  onFunction(
    "makes a procedure of it",
    (key) =>
      `set role postgres; drop function private.drift_${key}(text); create procedure private.drift_${key}(id text) language sql as 'select 1'; revoke execute on procedure private.drift_${key} from public, anon; grant execute on procedure private.drift_${key} to authenticated, service_role; reset role`,
  ),
  onFunction("gives it away", "alter function $function owner to drift_owner", "owner"),
  onFunction("lets everybody execute it", "grant execute on function $function to public", "execute"),
  onFunction(
    "lets a role hand it on",
    "grant execute on function $function to authenticated with grant option",
    "executeWithGrantOption",
  ),
  onFunction(
    "has a role hand on what it was given",
    "grant usage on schema private to drift_agent; grant execute on function $function to drift_agent with grant option; set role drift_agent; grant execute on function $function to anon; reset role",
    "execute",
    "executeWithGrantOption",
  ),
  onFunction(
    "takes the right to execute it away",
    "revoke execute on function $function from authenticated",
    "execute",
  ),
  { kind: "Function", title: "drops it", sql: (key) => `drop function private.drift_${key}(text)`, shown: "created" },

  onPublication(
    "publishes every table",
    "drop publication $p; create publication $p for all tables with (publish = 'insert, update', publish_via_partition_root = true); alter publication $p owner to supabase_admin; alter role postgres superuser; alter publication $p owner to postgres; alter role postgres nosuperuser",
    "allTables",
    'tables["public.$p_a"]',
    'tables["public.$p_b"]',
  ),
  onPublication(
    "publishes a whole schema",
    "alter publication $p drop table public.$p_a; alter publication $p add tables in schema private",
    "schemas",
    'tables["public.$p_a"]',
  ),
  onPublication("adds a table", "alter publication $p add table public.$p_c", 'tables["public.$p_c"]'),
  onPublication("takes a table out", "alter publication $p drop table public.$p_b", 'tables["public.$p_b"]'),
  onPublication(
    "empties it",
    "alter publication $p drop table public.$p_a, public.$p_b",
    'tables["public.$p_a"]',
    'tables["public.$p_b"]',
  ),
  onPublication(
    "sends every column and row",
    "alter publication $p set table public.$p_a, public.$p_b",
    'tables["public.$p_a"].columns',
    'tables["public.$p_a"].where',
  ),
  onPublication("sends deletions too", "alter publication $p set (publish = 'insert, update, delete')", "publish"),
  onPublication("stops sending insertions", "alter publication $p set (publish = 'update')", "publish"),
  onPublication(
    "sends as partitions",
    "alter publication $p set (publish_via_partition_root = false)",
    "viaPartitionRoot",
  ),
  onPublication("gives it away", "alter publication $p owner to drift_publisher", "owner"),
  { kind: "Publication", title: "drops it", sql: (key) => `drop publication drift_${key}`, shown: "created" },
  {
    kind: "Publication",
    title: "renames it",
    sql: (key) => `alter publication drift_${key} rename to drift_${key}_old`,
    shown: "created",
  },

  onBucket("lets everybody download", "public = not public", "public"),
  onBucket("says nothing of who may download", "public = null", "public"),
  onBucket("lifts the size limit", "file_size_limit = null", "fileSizeLimit"),
  onBucket("allows any type", "allowed_mime_types = null", "allowedMimeTypes"),
  onBucket("allows no type in particular", "allowed_mime_types = '{}'", "allowedMimeTypes"),
  onBucket("allows one type more", "allowed_mime_types = allowed_mime_types || 'text/html'::text", "allowedMimeTypes"),
  onBucket("changes how images are served", "avif_autodetection = not avif_autodetection", "avifAutodetection"),
  onBucket("shows it under another name", "name = 'other ' || name", "shownAs"),
  onBucket("makes it a bucket of another type", "type = 'ANALYTICS'", "type"),
  {
    kind: "Bucket",
    title: "deletes it",
    sql: (key) =>
      `set storage.allow_delete_query = 'true'; delete from storage.buckets where id = 'drift-${key}'; reset storage.allow_delete_query`,
    shown: "created",
  },

  onSchema("lets everybody use it", "grant usage on schema $schema to public", "grants.public"),
  onSchema("lets anon create in it", "grant create on schema $schema to anon", "grants.anon"),
  onSchema(
    "lets a role hand its use on",
    "grant usage on schema $schema to authenticated with grant option",
    "grants.authenticated",
  ),
  onSchema(
    "has a role hand on what it was given",
    "grant usage on schema $schema to drift_agent with grant option; set role drift_agent; grant usage on schema $schema to anon; reset role",
    "grants.drift_agent",
    "grants.anon",
  ),
  onSchema("takes its use away", "revoke usage on schema $schema from authenticated", "grants.authenticated"),
  onSchema("gives it away", "alter schema $schema owner to drift_publisher", "owner"),
  { kind: "Schema", title: "drops it", sql: (key) => `drop schema drift_${key}`, shown: "created" },
];
