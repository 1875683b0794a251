import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../infra/policies/rules.ts";
import { loadParser } from "../../infra/sql/parser.ts";

beforeAll(loadParser);

function judge(rule: string, kind: string, properties: Readonly<Record<string, unknown>>): readonly string[] {
  const found = rules.find(({ name }) => name === rule);
  if (found === undefined) throw new Error(`there is no rule ${rule}`);
  return found.judge(kind, properties);
}

const protectedTable = {
  table: "public.tasks",
  rowSecurity: true,
  policies: { mine: { command: "update", as: "permissive", using: "user_id = 'a'", withCheck: "user_id = 'a'" } },
  grants: { authenticated: { select: true, update: true } },
};

describe("The policy pack", () => {
  it("finds nothing in a table that is protected", () => {
    expect(rules.flatMap((rule) => rule.judge("TableAccess", protectedTable))).toEqual([]);
  });

  it("refuses a table without row-level security", () => {
    expect(judge("row-security-is-on", "TableAccess", { ...protectedTable, rowSecurity: false })).toHaveLength(1);
  });

  it.each(["anon", "public"])("refuses writing by %s, and lets it read", (role) => {
    const grants = { [role]: { select: true, insert: true, delete: true } };
    expect(judge("anonymous-callers-do-not-write", "TableAccess", { ...protectedTable, grants })).toEqual([
      `${role} may insert, delete on public.tasks without signing in`,
    ]);
    const reading = { ...protectedTable, grants: { [role]: { select: true } } };
    expect(judge("anonymous-callers-do-not-write", "TableAccess", reading)).toEqual([]);
  });

  it("refuses TRUNCATE, which asks no policy", () => {
    const grants = { service_role: { truncate: true } };
    expect(judge("truncate-is-for-nobody", "TableAccess", { ...protectedTable, grants })).toHaveLength(1);
  });

  it.each([
    [{ command: "insert", as: "permissive", withCheck: "true" }, 1],
    [{ command: "all", as: "permissive", using: "(true)" }, 1],
    [{ command: "select", as: "permissive", using: "true" }, 0],
    [{ command: "update", as: "restrictive", using: "true" }, 0],
  ])("judges whether %j lets every row be written", (policy, count) => {
    const rule = "no-write-policy-is-always-true";
    expect(judge(rule, "TableAccess", { ...protectedTable, policies: { policy } })).toHaveLength(count);
    expect(judge(rule, "Policy", { name: "policy", ...policy })).toHaveLength(count);
  });

  it("refuses a policy that rests on what users write themselves", () => {
    const using = "(auth.jwt() -> 'user_metadata' ->> 'role') = 'admin'";
    expect(judge("no-policy-trusts-user-metadata", "Policy", { name: "p", command: "select", using })).toHaveLength(1);
  });

  it.each([
    ["security definer as 'select 1'", 1],
    ["security definer set search_path = '' as 'select 1'", 0],
    ["security definer set search_path = '' as 'select ''1''::int'", 0],
    ["security definer set search_path = '' as 'select ''1''::numeric_type'", 1],
    ["security definer set search_path = '' as 'select ''{}''::pg_catalog.jsonb'", 0],
    ["security definer set search_path = '' as 'select ''{}''::jsonb'", 1],
    ["security definer set search_path = pg_catalog, pg_temp as 'select ''{}''::jsonb'", 0],
    ["security definer set search_path = 'pg_catalog, pg_temp' as 'select ''{}''::jsonb'", 1],
    ["security definer set search_path = public as 'select id from tasks'", 1],
    ["security definer set search_path = pg_catalog, pg_temp, public as 'select oid from pg_roles'", 0],
    ["security definer set search_path = pg_temp, pg_catalog as 'select oid from pg_roles'", 1],
    ["security definer set search_path = public, pg_temp as 'select id from tasks'", 0],
    ["set search_path = '' as 'select ''{}''::jsonb'", 0],
    ["security invoker as 'select 1'", 0],
    ["as 'select 1'", 0],
  ])("judges the search_path of a function that is %s", (options, count) => {
    const definition = `create function private.f() returns int language sql ${options}`;
    expect(judge("definer-functions-fix-their-search-path", "Function", { definition })).toHaveLength(count);
  });

  it.each([
    [
      "reads the rows that changed",
      "returns trigger",
      "begin if exists (select from changed) then null; end if; return null; end",
      0,
    ],
    ["reads a table", "returns int", "begin return (select id from tasks); end", 1],
    [
      "speaks of search_path and pg_temp",
      "returns int",
      "begin /* set search_path = pg_temp */ raise notice ''search_path pg_temp''; return (select id from tasks); end",
      1,
    ],
    [
      "sets a path of its own",
      "returns int",
      "begin set local search_path = public, pg_temp; return (select id from tasks); end",
      0,
    ],
    [
      "has a path set by set_config",
      "returns int",
      "begin perform set_config(''search_path'', ''public, pg_temp'', true); return (select id from tasks); end",
      0,
    ],
    [
      "sets a path without pg_temp",
      "returns int",
      "begin perform set_config(''search_path'', ''public'', true); return (select id from tasks); end",
      1,
    ],
    [
      "executes a SET",
      "returns int",
      "begin execute ''set search_path = public, pg_temp''; return (select id from tasks); end",
      0,
    ],
    ["uses a temporary table of the session", "returns int", "begin return (select id from pg_temp.scratch); end", 1],
  ])("judges a body that %s as the preview does", (_, returns, body, count) => {
    const definition = `create function private.f() ${returns} language plpgsql security definer set search_path = '' as '${body}'`;
    expect(judge("definer-functions-fix-their-search-path", "Function", { definition })).toHaveLength(count);
  });

  it("names what a caller can take, and a search_path under which the body means the same", () => {
    const definition =
      "create function private.f() returns int language sql security definer set search_path = app as 'select id from tasks'";
    expect(judge("definer-functions-fix-their-search-path", "Function", { definition })).toEqual([
      expect.stringMatching(/in the place of tasks: .* add: set search_path = pg_catalog, app, pg_temp$/),
    ]);
    const mixedCase = definition.replace("search_path = app", 'search_path = "App"');
    expect(judge("definer-functions-fix-their-search-path", "Function", { definition: mixedCase })).toEqual([
      expect.stringMatching(/ add: set search_path = pg_catalog, "App", pg_temp$/),
    ]);
  });

  it("advises a bucket to limit size and types", () => {
    expect(judge("buckets-limit-what-they-take", "Bucket", { name: "files" })).toHaveLength(2);
    const limited = { name: "files", fileSizeLimit: 1, allowedMimeTypes: ["image/png"] };
    expect(judge("buckets-limit-what-they-take", "Bucket", limited)).toEqual([]);
  });
});
