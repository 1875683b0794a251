import fc from "fast-check";
import { quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName, hostileRole } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Drift, RefusedDeclaration, Sample } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) =>
    statement.replaceAll("$function", `private.drift_${key}(text)`).replaceAll("$name", `private.drift_${key}`),
  shown,
});

const declared = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `function access ${title}`,
  kind: "FunctionAccess",
  input: { function: "private.used(text)", ...input },
  property,
  says,
});

const made = (name: string, schema = "private") =>
  `create function ${schema}.${name}(id text) returns text language sql as 'select id'; alter function ${schema}.${name} owner to postgres`;

export const sample: Sample = {
  setup: (key) => made(`drift_${key}`),
  input: (key) => ({
    function: `private.drift_${key}(text)`,
    owner: "postgres",
    execute: ["authenticated", "service_role"],
    securityDefiner: true,
    searchPath: ["pg_catalog", "pg_temp"],
  }),
  others: { owner: "drift_owner", execute: "anon", searchPath: "private" },
  identity: ["function"],
  // Without it nobody decides about the path, which is then as it was.
  byHand: ["searchPath"],
  drifts: [
    change("lets everybody execute it", "grant execute on function $function to public", "execute"),
    change("takes it from a role", "revoke execute on function $function from authenticated", "execute"),
    change(
      "lets a role hand it on",
      "grant execute on function $function to authenticated with grant option",
      "executeWithGrantOption",
    ),
    change(
      "has a role hand on what it was given",
      "grant usage on schema private to drift_agent; grant execute on function $function to drift_agent with grant option; set role drift_agent; grant execute on function $function to drift_role; reset role",
      "execute",
      "executeWithGrantOption",
    ),
    change("has it look names up in its caller's path", "alter function $function reset search_path", "searchPath"),
    change("sets an empty path", "alter function $function set search_path = ''", "searchPath"),
    change(
      "sets a longer path",
      `alter function $function set search_path = pg_catalog, pg_temp, "Odd, path"`,
      "searchPath",
    ),
    change(
      "sets another setting beside it",
      "alter function $function set work_mem = '1MB' security invoker",
      "securityDefiner",
    ),
    change(
      "defines it anew in place, which resets what it does not say",
      "create or replace function $name(id text) returns text language sql as 'select upper(id)'",
      "securityDefiner",
      "searchPath",
    ),
    change(
      "drops it and makes it again",
      "drop function $function; create function $name(id text) returns text language sql as 'select id'; alter function $function owner to postgres",
      "securityDefiner",
      "searchPath",
      "execute",
    ),
  ],
  leaves: { execute: [] },
  imports: {
    setup: `${made("import_accessible")}; create procedure private.import_procedure(n int) language sql as '';
      create aggregate private.import_sum(int) (sfunc = int4pl, stype = int, initcond = '0');
      create function public.import_path() returns int language sql security definer set search_path = '', "Odd "" path", public as 'select 1'`,
    accepted: [
      ["private.import_accessible(text)", "private.import_accessible(text)"],
      ["import_accessible(id text)", "private.import_accessible(text)"],
      ["PRIVATE.import_procedure(int4)", "private.import_procedure(integer)"],
      ["private.import_sum(int)", "private.import_sum(integer)"],
      ["import_path()", "public.import_path()"],
    ],
    refused: [
      ["private.import_accessible", "no function's id; write private.import_accessible(text)"],
      ["private.import_accessible(int)", "does not exist. Write 'private.import_accessible(text)'"],
      ["private.nothing()", "the function private.nothing() does not exist"],
    ],
  },
  refused: [
    declared(
      "to one that does not exist",
      { function: "private.used(integer)" },
      "function",
      /function "?private\.used\(integer\)"? does not exist\. Perhaps you meant private\.used\(text\)/,
    ),
    declared("to one without its types", { function: "private.used" }, "function", /lacks the types of its arguments/),
    declared(
      "to one without its schema",
      { function: "used(text)" },
      "function",
      /needs its schema: public\.used\(text\)/,
    ),
    declared("to nothing", { function: "" }, "function", /is no function; it looks like public\.total/),
    declared("to a type of no schema", { function: "private.used(mood)" }, "function", /type "mood" needs its schema/),
    declared("to the platform's", { function: "auth.uid()" }, "function", /platform owns the schema auth/),
    declared(
      "to an extension's",
      { function: "extensions.gen_random_bytes(integer)" },
      "function",
      /belongs to the extension pgcrypto, and goes with it/,
    ),
    declared(
      "to an aggregate, as SECURITY DEFINER",
      { function: "private.added(integer)", securityDefiner: true, searchPath: [] },
      "securityDefiner",
      /is an aggregate, which has no such property: leave securityDefiner out/,
    ),
    declared(
      "to an aggregate, with a path",
      { function: "private.added(integer)", searchPath: [] },
      "searchPath",
      /is an aggregate, which has no such property: leave searchPath out/,
    ),
    declared("with a path that is no list", { searchPath: "public" }, "searchPath", /it must be a list/),
    declared("with a schema without a name", { searchPath: [""] }, "searchPath", /can't be empty/),
    declared("with a flag of another type", { securityDefiner: "yes" }, "securityDefiner", /it must be true or false/),
    declared("for a role that does not exist", { execute: ["nobody"] }, "execute", /role "nobody" does not exist/),
    declared("for the owner", { execute: ["postgres"] }, "execute", /postgres is the owner/),
    declared("for an owner that does not exist", { owner: "nobody" }, "owner", /may not act as nobody/),
    declared("to somebody else's", { function: "private.other_owner()" }, "owner", /belongs to supabase_admin/),
    declared("with a body", { definition: "select 1" }, "definition", /there is no such property/),
    {
      title: "function access to a function of the program's",
      kind: "FunctionAccess",
      beside: [
        {
          kind: "Function",
          name: "first",
          input: {
            definition: "create function private.used(a text) returns boolean language sql stable as 'select true'",
          },
        },
      ],
      input: { function: "private.used(text)" },
      property: "",
      says: /the function private\.used\(text\) already belongs to the resource first/,
    },
  ],
  replacements: {
    function: {
      setup: [made("access_old", "public"), made("access_new", "public")].join(";"),
      program: (age) =>
        `new FunctionAccess("replaced function access", { function: "public.access_${age}(text)", execute: ["anon"] });`,
      use: "create view public.uses_function as select public.access_old('a')",
      after: [
        `select has_function_privilege('anon', 'public.access_old(text)', 'execute') as "old", has_function_privilege('anon', 'public.access_new(text)', 'execute') as "new"`,
        { old: false, new: true },
      ],
    },
  },
  hostile: fc.tuple(hostileName, hostileName, hostileName).chain(([schema, name, type]) =>
    hostileStates(
      fc.record({
        execute: fc.uniqueArray(hostileRole, { maxLength: 3 }),
        securityDefiner: fc.boolean(),
        searchPath: fc.uniqueArray(hostileName, { maxLength: 3 }),
      }),
      { function: `${quoteQualified({ schema, name })}(${quoteQualified({ schema, name: type })}[], text)` },
      [schema, name],
    ),
  ),
};
