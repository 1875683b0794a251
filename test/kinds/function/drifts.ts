import type { Drift } from "../sample.ts";
import { definition } from "./definition.ts";

const change = (title: string, statement: string | ((key: string) => string), ...shown: string[]): Drift => ({
  title,
  sql:
    typeof statement === "string"
      ? (key) => statement.replaceAll("$function", `private.drift_${key}(text)`)
      : statement,
  shown: shown.length === 0 ? ["definition"] : shown,
});
const redefine = (change: (text: string) => string) => (key: string) =>
  `set role postgres; drop function private.drift_${key}(text); ${change(definition(key))}; revoke execute on function private.drift_${key}(text) from public, anon; grant execute on function private.drift_${key}(text) to authenticated, service_role; reset role`;

export const drifts: readonly Drift[] = [
  change("makes it SECURITY INVOKER", "alter function $function security invoker"),
  change("resets its search_path", "alter function $function reset search_path"),
  change("sets another search_path", "alter function $function set search_path = public, pg_temp"),
  change("adds a setting", "alter function $function set statement_timeout = '1s'"),
  change("makes it volatile", "alter function $function volatile"),
  change("makes it immutable", "alter function $function immutable"),
  change("makes it strict", "alter function $function strict"),
  change("makes it leakproof", "alter function $function leakproof"),
  change("changes its cost", "alter function $function cost 500"),
  change("makes it unsafe in parallel", "alter function $function parallel unsafe"),
  change("replaces its body", (key) => definition(key, "select true").replace("create", "create or replace")),
  change("replaces its body by a comment more", (key) =>
    definition(key, "select id = 'a' -- x\n").replace("create", "create or replace"),
  ),
  change(
    "makes it again in another language",
    redefine((text) =>
      text
        .replace("language sql", "language plpgsql")
        .replace("$$ select id = 'a' $$", () => "$$ begin return true; end $$"),
    ),
  ),
  change(
    "makes it again with another result",
    redefine((text) => text.replace("returns boolean", "returns text").replace("id = 'a'", "id")),
  ),
  change(
    "makes it again with another argument's name",
    redefine((text) => text.replace("(id text", "(key text").replace("id = 'a'", "key = 'a'")),
  ),
  change(
    "makes it again with another default",
    redefine((text) => text.replace("default 'a'", "default 'b'")),
  ),
  change(
    "makes it again without the default",
    redefine((text) => text.replace(" default 'a'", "")),
  ),
  change(
    "makes a procedure of it",
    (key) =>
      `set role postgres; drop function private.drift_${key}(text); create procedure private.drift_${key}(id text) language sql as 'select 1'; revoke execute on procedure private.drift_${key} from public, anon; grant execute on procedure private.drift_${key} to authenticated, service_role; reset role`,
  ),
  change("gives it away", "alter function $function owner to drift_owner", "owner"),
  change("lets everybody execute it", "grant execute on function $function to public", "execute"),
  change(
    "lets a role hand it on",
    "grant execute on function $function to authenticated with grant option",
    "executeWithGrantOption",
  ),
  change(
    "has a role hand on what it was given",
    "grant usage on schema private to drift_agent; grant execute on function $function to drift_agent with grant option; set role drift_agent; grant execute on function $function to anon; reset role",
    "execute",
    "executeWithGrantOption",
  ),
  change("takes the right to execute it away", "revoke execute on function $function from authenticated", "execute"),
  { title: "drops it", sql: (key) => `drop function private.drift_${key}(text)`, shown: "created" },
];
