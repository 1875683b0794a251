import { beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "../../infra/access/effects/effect.ts";
import { readEffects } from "../../infra/access/effects/read-effects.ts";
import type { Declaration } from "../../infra/desired/declarations.ts";
import { kindNamed } from "../../infra/kinds/registry.ts";
import { contradictionsOf } from "../../infra/migrations/pending/contradictions.ts";
import { loadParser } from "../../infra/sql/parser.ts";

const judge = (effects: readonly Effect[], declaration: Declaration) =>
  contradictionsOf(effects, declaration, { kindNamed });

const everyTablePrivilege = "select insert update delete truncate references trigger".split(" ");

function table(privileges: readonly string[]): Declaration {
  const grants = { authenticated: Object.fromEntries(privileges.map((name) => [name, true])) };
  const inputs = {
    table: "public.tasks",
    owner: "postgres",
    rowSecurity: true,
    forceRowSecurity: false,
    policies: {},
    grants,
  };
  return { urn: "tasks", kind: "TableAccess", id: "public.tasks", inputs };
}

const routine: Declaration = {
  urn: "f",
  kind: "Function",
  id: "private.f(text)",
  inputs: { signature: "private.f(text)", owner: "postgres", definition: "", execute: ["authenticated"] },
};

const schema: Declaration = {
  urn: "app",
  kind: "Schema",
  id: "app",
  inputs: { name: "app", owner: "postgres", grants: { authenticated: ["create", "usage"] } },
};

describe("a grant of everything in a migration", () => {
  beforeAll(loadParser);

  it.each([
    ["grant all on tasks to authenticated", table(everyTablePrivilege)],
    ["grant all on tasks to authenticated", table([...everyTablePrivilege, "maintain"])],
    ["grant all on all tables in schema public to authenticated", table(everyTablePrivilege)],
    ["grant all (title) on tasks to authenticated", table(everyTablePrivilege)],
    ["grant all on function private.f(text) to authenticated", routine],
    ["grant all on all functions in schema private to authenticated", routine],
    ["grant all privileges on schema app to authenticated", schema],
  ])("is not told of where all of it is declared: %s", (sql, declaration) => {
    expect(judge(readEffects("1_grant", sql, "postgres"), declaration)).toEqual([]);
  });

  it.each([
    [
      "grant all on tasks to authenticated",
      table(["select"]),
      "grants insert, update, delete, truncate, references, trigger on public.tasks to authenticated",
    ],
    ["grant all on tasks to anon", table(["select"]), "grants all on public.tasks to anon"],
    [
      "grant all (title) on tasks to anon",
      table(["select"]),
      "grants select (title), insert (title), update (title), references (title) on public.tasks to anon",
    ],
    ["grant all on function private.f(text) to anon", routine, "grants all on the function private.f(text) to anon"],
    ["revoke all on tasks from authenticated", table(["select"]), "revokes select on public.tasks from authenticated"],
  ])("is told of with what that kind of object has: %s", (sql, declaration, action) => {
    expect(judge(readEffects("1_grant", sql, "postgres"), declaration).map((found) => found.action)).toEqual([action]);
  });
});
