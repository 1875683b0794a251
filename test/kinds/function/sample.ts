import fc from "fast-check";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName, hostileRole, hostileText } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { createTable } from "../sql.ts";
import { definition } from "./definition.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

export const sample: Sample = {
  input: (key) => ({ definition: definition(key), owner: "postgres", execute: ["authenticated", "service_role"] }),
  others: {
    definition: "create function private.drift_*(id text default 'a') returns boolean language sql as 'select true'",
    owner: "drift_owner",
    execute: "anon",
  },
  identity: [],
  drifts,
  imports: {
    setup: `
      create function private.f(text, text[]) returns text language sql as 'select $1';
      create function private.f(uuid) returns text language sql as 'select null::text';
      create function private.one(at timestamptz, size character varying) returns text language sql as 'select size';
      create function public.of_role(public."Role", public."Role"[]) returns text language sql as 'select null::text';
      create function public."Odd Name"("char") returns text language sql as 'select null::text';
      create function private.varied(variadic names text[], out found int) language sql as 'select 1'
    `,
    accepted: [
      ["private.f(text,text[])", "private.f(text, text[])"],
      ["private.f(text, text[])", "private.f(text, text[])"],
      ["PRIVATE.F ( Text , _text )", "private.f(text, text[])"],
      ['"private"."f"(uuid)', "private.f(uuid)"],
      ["f(uuid)", "private.f(uuid)"],
      ["private.one(timestamptz,varchar)", "private.one(timestamp with time zone, character varying)"],
      ["private.one(at timestamptz, size varchar(20))", "private.one(timestamp with time zone, character varying)"],
      ['of_role("Role","Role"[])', 'public.of_role(public."Role", public."Role"[])'],
      ['"Odd Name"("char")', 'public."Odd Name"("char")'],
      ["private.varied(variadic text[])", "private.varied(text[])"],
      ["FUNCTION private.f(uuid);", "private.f(uuid)"],
      [
        "private.one(at timestamptz DEFAULT now(), OUT x int, size character varying DEFAULT 'a'::text)",
        "private.one(timestamp with time zone, character varying)",
      ],
      ["private.f(a text, b text[]) RETURNS boolean", "private.f(text, text[])"],
    ],
    refused: [
      ["private.f", "no function's id; write private.f(text, text[]) or private.f(uuid)"],
      [
        "private.f(int)",
        "the function private.f(int) does not exist. Write 'private.f(text, text[])' or 'private.f(uuid)'",
      ],
      ["private.F(uuid) x", "is no function's id; it looks like private.is_member(text)"],
      ["private.unknown()", "the function private.unknown() does not exist"],
      ["public.odd name(text)", "is no function's id"],
    ],
  },
  refused,
  replacements: {
    signature: {
      setup: createTable("function_used"),
      program: (age) => `const used = new DatabaseFunction("replaced function", {
      definition: "create function public.${age}_function(project text) returns boolean language sql stable as 'select true'",
      execute: ["authenticated"],
    });
    new TableAccess("uses the function", {
      table: "public.function_used", policies: { read: { using: "public.${age}_function(project)" } },
    }, { dependsOn: used });`,
      after: [
        "select array_agg(oid::regprocedure::text) as signatures from pg_proc where proname like '%_function'",
        { signatures: ["new_function(text)"] },
      ],
    },
  },
  hostile: fc.tuple(hostileName, hostileName).chain(([schema, name]) =>
    hostileStates(
      fc.record({
        definition: fc
          .tuple(hostileName, hostileText)
          .map(
            ([argument, text]) =>
              `create function ${quoteQualified({ schema, name })}(${quoteIdentifier(argument)} text) returns text language sql as ${quoteLiteral(`select ${quoteLiteral(text)}`)}`,
          ),
        execute: fc.uniqueArray(hostileRole, { maxLength: 3 }),
      }),
      {},
      [schema, name],
    ),
  ),
};
