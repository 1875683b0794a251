import type { RefusedDeclaration } from "../sample.ts";

const long = "x".repeat(64);
const definition = (title: string, text: unknown, says: RegExp): RefusedDeclaration => ({
  title: `a function ${title}`,
  kind: "Function",
  input: { definition: text },
  property: "definition",
  says,
});
const plain = "create function private.fine() returns int language sql as 'select 1'";
const made = (title: string, more: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a function ${title}`,
  kind: "Function",
  input: { definition: plain, ...more },
  property,
  says,
});

export const refused: readonly RefusedDeclaration[] = [
  definition("without a text", "", /exactly one CREATE FUNCTION/),
  definition("that is a query", "select 1", /exactly one CREATE FUNCTION/),
  definition("that is a view", "create view private.v as select 1", /exactly one CREATE FUNCTION/),
  definition(
    "that is an aggregate",
    "create aggregate private.a (int) (sfunc = int4pl, stype = int)",
    /exactly one CREATE FUNCTION/,
  ),
  definition("with another statement", `${plain}; drop table public.tasks`, /exactly one CREATE FUNCTION/),
  definition("that is two functions", `${plain}; ${plain}`, /exactly one CREATE FUNCTION/),
  definition(
    "with a syntax error",
    "create function private.f() return int language sql as 'select 1'",
    /syntax error|language/,
  ),
  definition("with a comment without an end", `${plain} /* why`, /unterminated \/\* comment/),
  definition("of another type", 5, /it (must be|is missing; give it) a text/),
  definition(
    "without a schema",
    "create function f() returns int language sql as 'select 1'",
    /needs its schema: private\.f/,
  ),
  definition(
    "with three parts in its name",
    "create function a.b.c() returns int language sql as 'select 1'",
    /needs its schema|improper/,
  ),
  definition(
    "in a schema that does not exist",
    "create function app.f() returns int language sql as 'select 1'",
    /schema "app" does not exist/,
  ),
  definition(
    "in the platform's auth",
    "create function auth.f() returns int language sql as 'select 1'",
    /platform owns the schema auth.*[Uu]se a schema of your own/,
  ),
  definition(
    "in the platform's storage",
    "create function storage.f() returns int language sql as 'select 1'",
    /platform owns the schema storage/,
  ),
  definition(
    "in PostgreSQL's catalog",
    "create function pg_catalog.f() returns int language sql as 'select 1'",
    /belongs to PostgreSQL itself/,
  ),
  definition(
    "for this session only",
    "create function pg_temp.f() returns int language sql as 'select 1'",
    /temporary/,
  ),
  definition(
    "in somebody else's schema",
    "create function strange.f() returns int language sql as 'select 1'",
    /permission denied for schema strange/,
  ),
  definition(
    "of too long a name",
    `create function private.${long}() returns int language sql as 'select 1'`,
    /is longer than 63 bytes/,
  ),
  made(
    "of somebody else",
    { definition: "create function private.other_owner() returns int language sql as 'select 2'" },
    "owner",
    /belongs to supabase_admin, and only that role may change it/,
  ),
  definition(
    "in an unknown language",
    "create function private.f() returns int language ruby as 'x'",
    /language "ruby" does not exist/,
  ),
  definition(
    "in C",
    "create function private.f() returns int language c as 'a', 'b'",
    /permission denied for language c/,
  ),
  definition(
    "of the server's inside",
    "create function private.f(int) returns int language internal as 'int4inc'",
    /permission denied for language internal/,
  ),
  definition("without a language", "create function private.f() returns int as 'select 1'", /no language specified/),
  definition(
    "without a result",
    "create function private.f() language sql as 'select 1'",
    /function result type must be specified/,
  ),
  definition(
    "with an unknown result",
    "create function private.f() returns tsk language sql as 'select 1'",
    /type "tsk" does not exist|type tsk/,
  ),
  definition(
    "with an unknown argument type",
    "create function private.f(a public.tsk) returns int language sql as 'select 1'",
    /type public\.tsk does not exist|type "public\.tsk" does not exist/,
  ),
  definition(
    "with an argument type without its schema",
    "create function private.f(a task_status) returns int language sql as 'select 1'",
    /type "task_status" needs its schema, such as public\.task_status/,
  ),
  definition(
    "with an argument typed as a column",
    "create function private.f(a public.tasks.id%type) returns int language sql as 'select 1'",
    /%TYPE.*write that type/,
  ),
  definition(
    "with two arguments of one name",
    "create function private.f(a int, a int) returns int language sql as 'select 1'",
    /parameter name "a" used more than once/,
  ),
  definition(
    "with a default that is not the last",
    "create function private.f(a int default 1, b int) returns int language sql as 'select 1'",
    /input parameters after one with a default value must also have defaults/,
  ),
  definition(
    "with a default of another type",
    "create function private.f(a int default 'x') returns int language sql as 'select 1'",
    /invalid input syntax for type integer: "x"/,
  ),
  definition(
    "with a variadic that is no list",
    "create function private.f(variadic a int) returns int language sql as 'select 1'",
    /VARIADIC parameter must be an array/,
  ),
  definition(
    "with a polymorphic result of nothing",
    "create function private.f() returns anyelement language sql as 'select 1'",
    /cannot determine result data type/,
  ),
  definition(
    "with an option twice",
    "create function private.f() returns int language sql stable immutable as 'select 1'",
    /conflicting or redundant options/,
  ),
  definition(
    "with a negative cost",
    "create function private.f() returns int language sql cost -1 as 'select 1'",
    /COST must be positive/,
  ),
  definition(
    "with rows for one value",
    "create function private.f() returns int language sql rows 5 as 'select 1'",
    /ROWS is not applicable/,
  ),
  definition(
    "with an unknown setting",
    "create function private.f() returns int language sql set serch_path = '' as 'select 1'",
    /unrecognized configuration parameter "serch_path"/,
  ),
  definition(
    "with a setting of its own",
    "create function private.f() returns int language sql set app.organization = 'a' as 'select 1'",
    /permission denied to set parameter "app\.organization"/,
  ),
  definition(
    "with a superuser's setting",
    "create function private.f() returns int language sql set allow_system_table_mods = on as 'select 1'",
    /permission denied to set parameter/,
  ),
  definition(
    "with a setting of a wrong value",
    "create function private.f() returns int language sql set statement_timeout = 'soon' as 'select 1'",
    /invalid value for parameter "statement_timeout": "soon"/,
  ),
  definition(
    "that is leakproof",
    "create function private.f() returns int language sql leakproof as 'select 1'",
    /only superuser can define a leakproof function/,
  ),
  definition(
    "with a syntax error in its body",
    "create function private.f() returns int language sql as 'selec 1'",
    /in the function's body: syntax error at or near "selec"/,
  ),
  definition(
    "with an unknown table in its body",
    "create function private.f() returns bigint language sql as 'select count(*) from public.task'",
    /relation "public\.task" does not exist/,
  ),
  definition(
    "with an unknown column in its body",
    "create function private.f() returns text language sql as 'select o.nam from public.organizations o'",
    /column o\.nam does not exist.*Perhaps you meant/,
  ),
  definition(
    "with an unknown function in its body",
    "create function private.f() returns text language sql as 'select private.nothing()'",
    /function private\.nothing\(\) does not exist/,
  ),
  definition(
    "with an unqualified table under an empty search_path",
    "create function private.f() returns bigint language sql set search_path = '' as 'select count(*) from tasks'",
    /relation "tasks" does not exist/,
  ),
  definition(
    "whose body gives another type",
    "create function private.f() returns int language sql as 'select ''a''::text'",
    /return type mismatch in function declared to return integer/,
  ),
  definition(
    "whose body gives two columns",
    "create function private.f() returns int language sql as 'select 1, 2'",
    /return type mismatch/,
  ),
  definition(
    "whose body gives nothing",
    "create function private.f() returns int language sql as ''",
    /return type mismatch/,
  ),
  definition(
    "whose parsed body has an unknown table",
    "create function private.f() returns bigint begin atomic select count(*) from public.task; end",
    /relation "public\.task" does not exist/,
  ),
  definition(
    "with a syntax error in plpgsql",
    "create function private.f() returns int language plpgsql as 'begin retrn 1; end'",
    /syntax error at or near "retrn"/,
  ),
  definition(
    "with an unknown variable's type in plpgsql",
    "create function private.f() returns int language plpgsql as 'declare t public.task%rowtype; begin return 1; end'",
    /relation "public\.task" does not exist/,
  ),
  definition(
    "that returns a trigger in SQL",
    "create function private.f() returns trigger language sql as 'select 1'",
    /SQL functions cannot return type trigger/,
  ),
  definition(
    "whose changed result a policy uses",
    "create function private.used(a text) returns text language sql stable as 'select a'",
    /can't replace private\.used\(text\) in place by this one.*used by the policy uses on public\.organizations.*give the function another name/,
  ),
  definition(
    "whose renamed argument a policy uses",
    "create function private.used(b text) returns boolean language sql stable as 'select true'",
    /can't replace private\.used\(text\) in place by this one.*used by the policy uses on public\.organizations/,
  ),
  definition(
    "whose lost default a policy uses",
    "create function private.used_default(a text, b int) returns boolean language sql stable as 'select true'",
    /can't replace private\.used_default\(text, integer\) in place by this one.*used by the policy uses/,
  ),
  definition(
    "that becomes a procedure while a policy uses it",
    "create procedure private.used(a text) language sql as 'select 1'",
    /can't replace private\.used\(text\) in place by this one.*used by the policy uses on public\.organizations/,
  ),
  made("for an unknown role", { execute: ["authentcated"] }, "execute", /role "authentcated" does not exist/),
  made("for a role without a name", { execute: [""] }, "execute", /can't be empty/),
  made("for one role without a list", { execute: "authenticated" }, "execute", /it must be a list/),
  made("for its owner", { execute: ["postgres"] }, "execute", /is the owner and may do everything already/),
  made(
    "of an owner that may not create in its schema",
    { owner: "authenticated" },
    "owner",
    /authenticated may not create in schema private/,
  ),
  made("for everybody, as SQL writes it", { execute: ["PUBLIC"] }, "execute", /Everybody is written public/),
  made("of an unknown owner", { owner: "nobody" }, "owner", /may not act as nobody/),
  made("of an owner that can't be made", { owner: "supabase_admin" }, "owner", /may not act as supabase_admin/),
  made("with a property that there is not", { language: "sql" }, "language", /there is no such property; there are /),
  {
    title: "a function without a definition",
    kind: "Function",
    input: {},
    property: "definition",
    says: /it (must be|is missing; give it) a text/,
  },
  {
    title: "one function twice, its types spelled in two ways",
    kind: "Function",
    beside: [
      {
        kind: "Function",
        name: "first",
        input: {
          definition:
            "create function private.g(a integer, b character varying) returns int language sql as 'select 1'",
        },
      },
    ],
    input: { definition: "create function private.g(x int4, y varchar(10)) returns int language sql as 'select 2'" },
    property: "",
    says: /the function private\.g\(integer, character varying\) already belongs to the resource first/,
  },
];
