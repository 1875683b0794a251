/** Functions in a schema of the scenario's own, written `$s`, that a caller tries to put objects of their own into. */
export interface Scenario {
  readonly name: string;
  /** What the program declares, each CREATE FUNCTION. */
  readonly functions: readonly string[];
  /** The condition of a policy on `$s.members`. */
  readonly policy?: string;
  /** What else is there, made by the role that deploys. */
  readonly setup?: string;
  /** What the caller asks. Default: the function `f`, or with a policy the table. */
  readonly query?: string;
  /** Whether the caller sets a search_path, with functions and operators of their own in front. */
  readonly setsPath?: boolean;
  /** What the caller takes over, which is what the preview warns of. */
  readonly taken: readonly string[];
  readonly only?: 15 | 17;
}

/** A function of the given body, which the caller may execute. */
function sql(body: string, options: string, name = "f()", result = "pg_catalog.text"): string {
  return `create function $s.${name} returns ${result} language sql ${options} as $body$ ${body} $body$`;
}

function plpgsql(body: string, options: string, name = "f()", result = "pg_catalog.text"): string {
  return `create function $s.${name} returns ${result} language plpgsql ${options} as $body$ ${body} $body$`;
}

const empty = "security definer set search_path = ''";
const inSchema = "security definer set search_path = $s";
const closed = "security definer set search_path = pg_catalog, pg_temp";
const closedInSchema = "security definer set search_path = pg_catalog, $s, pg_temp";
const cast = "select '{}'::jsonb ->> 'a'";
const closePath = "perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";
const unqualifiedUser = sql("select '{\"sub\": \"a\"}'::jsonb ->> 'sub'", "stable", "me()");

/** A function without a path, with a name in its body that a caller can take. */
function unsafe(name: string, expression: string, result = "pg_catalog.text"): string {
  return `create function $s.${name} returns ${result} language plpgsql immutable as $body$ begin return ${expression}; end $body$`;
}

const runByOthers = [
  unsafe("in_view()", "'{}'::jsonb ->> 'a'"),
  "create view $s.shown as select coalesce($s.in_view(), 'a') as a; create view $s.shown_again as select a from $s.shown",
  "grant select on $s.shown, $s.shown_again to public",
  unsafe("in_check(a pg_catalog.text)", "'1'::int4 = 1", "pg_catalog.bool"),
  "create domain $s.checked as text check ($s.in_check(value)); create domain $s.unchecked as text check (value <> '')",
  unsafe("in_operator(a pg_catalog.text, b pg_catalog.text)", "null::uuid is null", "pg_catalog.bool"),
  "create operator $s.=== (leftarg = text, rightarg = text, function = $s.in_operator)",
  unsafe("in_aggregate(a pg_catalog.text, b pg_catalog.text)", "a || ('t'::bool)::pg_catalog.text"),
  "create aggregate $s.total(text) (sfunc = $s.in_aggregate, stype = text, initcond = '')",
  "create type $s.pair as (a text, b text)",
  unsafe("in_cast(a $s.pair)", "pg_catalog.masklen('1.2.3.4'::inet)", "pg_catalog.int4"),
  "create cast ($s.pair as int4) with function $s.in_cast($s.pair)",
  unsafe("same_pair(a $s.pair, b $s.pair)", "'1'::int4 = 1", "pg_catalog.bool"),
].join("; ");

const runByTable = [
  unsafe("in_default()", "'{}'::jsonb ->> 'a'"),
  unsafe("in_generated(a pg_catalog.text)", "'1'::int4::pg_catalog.text"),
  unsafe("in_check(a pg_catalog.text)", "null::uuid is null", "pg_catalog.bool"),
  unsafe("in_domain(a pg_catalog.text)", "'t'::bool", "pg_catalog.bool"),
  "create domain $s.checked as text check ($s.in_domain(value))",
  `create table $s.written (id text check ($s.in_check(id)), a text default $s.in_default(),
     b text generated always as ($s.in_generated(id)) stored, c $s.checked)`,
].join("; ");

export const scenarios: readonly Scenario[] = [
  { name: "a cast under an empty path", functions: [sql(cast, empty)], taken: ["type jsonb"] },
  { name: "a cast under pg_catalog and pg_temp", functions: [sql(cast, closed)], taken: [] },
  { name: "a cast to a qualified type", functions: [sql("select '{}'::pg_catalog.jsonb ->> 'a'", empty)], taken: [] },
  {
    name: "a path that is one name with a comma in it",
    functions: [sql(cast, "security definer set search_path = 'pg_catalog, pg_temp'")],
    taken: ["type jsonb"],
  },
  {
    name: "a path with pg_temp first",
    functions: [sql(cast, "security definer set search_path = pg_temp, pg_catalog")],
    taken: ["type jsonb"],
  },
  {
    name: "a path whose last setting counts",
    functions: [sql(cast, "security definer set search_path = pg_catalog, pg_temp set search_path = ''")],
    taken: ["type jsonb"],
  },
  {
    name: "a path of the session that makes it",
    functions: [sql(cast, "security definer set search_path from current")],
    taken: ["type jsonb"],
  },
  {
    name: "a table after pg_temp, and a type before it",
    functions: [sql("select id::text from members", "security definer set search_path = pg_catalog, pg_temp, $s")],
    taken: ["table members"],
  },
  {
    name: "a table and a type of its schema before pg_temp",
    setup: "create type $s.mood as enum ('a', 'b')",
    functions: [sql("select id::mood::text from members", "security definer set search_path = $s, pg_temp, public")],
    taken: [],
  },
  {
    name: "a table in its schema's path",
    functions: [sql("select id from members", inSchema)],
    taken: ["table members"],
  },
  {
    name: "a table in a path with pg_temp last",
    functions: [sql("select id from members", closedInSchema)],
    taken: [],
  },
  { name: "a qualified table", functions: [sql("select id from $s.members", empty)], taken: [] },
  {
    name: "a WITH query's name",
    functions: [sql("with members as (select 'a'::pg_catalog.text as id) select id from members", empty)],
    taken: [],
  },
  {
    name: "types that are keywords",
    functions: [
      sql(
        "select concat('1'::int, '1'::bigint, 't'::boolean, 'a'::varchar(3), 'a'::char(2), '1'::numeric(4, 1), '2020-01-01'::timestamp with time zone, '1:00'::time, '1'::bit(3), '1 day'::interval)",
        empty,
      ),
    ],
    taken: [],
  },
  {
    name: "types that only look like keywords",
    functions: [sql(`select concat('1'::int4, 't'::bool, '2020-01-01'::timestamptz, 'a'::"char")`, empty)],
    taken: ["type int4", "type bool", "type timestamptz", "type char"],
  },
  {
    name: "json, which is a keyword since 16",
    functions: [sql("select '{}'::json ->> 'a'", empty)],
    taken: ["type json"],
    only: 15,
  },
  {
    name: "json, which is a keyword since 16",
    functions: [sql("select '{}'::json ->> 'a'", empty)],
    taken: [],
    only: 17,
  },
  { name: "qualified json", functions: [sql("select '{}'::pg_catalog.json ->> 'a'", empty)], taken: [] },
  {
    name: "other ways to write a type",
    functions: [
      sql(
        "select concat(cast('a' as name), date '2020-01-01', (array['b']::text[])[1], (select q.a from pg_catalog.json_to_record('{\"a\": \"1.2.3.4\"}') as q(a inet)))",
        empty,
      ),
    ],
    taken: ["type name", "type date", "type text", "type inet"],
  },
  { name: "a type written as a function", functions: [sql("select jsonb('{}') ->> 'a'", empty)], taken: [] },
  { name: "a collation", functions: [sql(`select 'a' collate "C"`, empty)], taken: [] },
  {
    name: "types of arguments, defaults and results",
    functions: [
      "create function $s.f(a text default 'a'::text) returns text language sql security definer set search_path = '' as 'select a'",
    ],
    taken: [],
  },
  {
    name: "a body that is bound when it is made",
    functions: [
      "create function $s.f() returns text language sql security definer set search_path = '' begin atomic select ('{}'::jsonb ->> 'a')::text; end",
    ],
    taken: [],
  },
  {
    name: "a table's name in a constant",
    functions: [sql("select 'members'::pg_catalog.regclass::pg_catalog.oid", inSchema, "f()", "pg_catalog.oid")],
    query: "select pg_temp.tell('table members', $s.f() = 'pg_temp.members'::regclass::oid)",
    taken: ["table members"],
  },
  {
    name: "a qualified table's name in a constant",
    functions: [sql("select '$s.members'::pg_catalog.regclass::pg_catalog.oid", inSchema, "f()", "pg_catalog.oid")],
    query: "select pg_temp.tell('table members', $s.f() = 'pg_temp.members'::regclass::oid)",
    taken: [],
  },
  {
    name: "a table that is written to",
    functions: [
      plpgsql(
        "begin insert into members (id) values ('n'); update things set id = 'm'; return 'a'; end",
        `volatile ${inSchema}`,
      ),
    ],
    taken: ["table members", "table things"],
  },
  {
    name: "variables' types",
    functions: [
      plpgsql(
        "declare a jsonb := '{}'; b constant pg_catalog.uuid := null; c int := 1; d text[] := '{x}'; begin return 'a'; end",
        empty,
      ),
    ],
    taken: ["type jsonb", "type text"],
  },
  {
    name: "a record",
    functions: [plpgsql("declare r record; begin select 'x' as a into r; return 'a'; end", empty)],
    taken: ["type record"],
  },
  {
    name: "variables with a column's or a row's type",
    functions: [
      plpgsql(
        "declare a members.id%type; b things%rowtype; c $s.members.role%type; d a%type; begin a := 'x'; b.id := 'y'; return 'a'; end",
        inSchema,
      ),
    ],
    taken: ["table members", "table things"],
  },
  {
    name: "queries in every statement of PL/pgSQL",
    functions: [
      plpgsql(
        `declare v pg_catalog.text; begin
           if '1'::int4 = 1 then v := 'x'; end if;
           select id into strict v from members limit 1;
           for v in select t.id from things as t loop exit; end loop;
           return '2020-01-01'::date; end`,
        inSchema,
      ),
    ],
    taken: ["type int4", "table members", "table things", "type date"],
  },
  {
    name: "a block that expects its tables to be missing",
    functions: [
      plpgsql(
        "begin begin perform id from members; exception when undefined_table then null; end; return 'a'; end",
        inSchema,
      ),
    ],
    taken: ["table members"],
  },
  {
    name: "a constant that is executed",
    functions: [plpgsql("begin execute 'select ''{}''::jsonb'; return 'a'; end", empty)],
    taken: ["type jsonb"],
  },
  {
    name: "a path that the body sets itself",
    functions: [
      plpgsql(
        "begin perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); return '{}'::jsonb ->> 'a'; end",
        empty,
      ),
    ],
    taken: [],
  },
  {
    name: "a path that the body sets in other ways",
    functions: [
      plpgsql(
        "begin set local search_path = pg_catalog, pg_temp; return '{}'::jsonb ->> 'a'; end",
        `volatile ${empty}`,
      ),
      plpgsql(
        "begin execute 'set search_path to pg_catalog, pg_temp'; return '{}'::jsonb ->> 'a'; end",
        `volatile ${empty}`,
        "g()",
      ),
      plpgsql(
        "declare v pg_catalog.text; begin select set_config('search_path', 'pg_catalog, \"pg_temp\"', true), set_config('work_mem', '1MB', true) into v; if '1'::int4 = 1 then return '{}'::jsonb ->> 'a'; end if; return v; end",
        empty,
        "h()",
      ),
    ],
    query: "select $s.f(), $s.g(), $s.h()",
    taken: [],
  },
  {
    name: "a path that the body sets after a cast",
    functions: [
      plpgsql(`declare v pg_catalog.text; begin v := '{}'::jsonb ->> 'a'; ${closePath}; return '1'::int4; end`, empty),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "a path that the body sets after its variables",
    functions: [plpgsql(`declare v pg_catalog.text := '{}'::jsonb ->> 'a'; begin ${closePath}; return v; end`, empty)],
    taken: ["type jsonb"],
  },
  {
    name: "a path with pg_temp first that the body sets",
    functions: [
      plpgsql(
        "begin perform set_config('search_path', 'pg_temp, pg_catalog', true); return '{}'::jsonb ->> 'a'; end",
        empty,
      ),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "a path that the body sets in a branch that is not taken",
    functions: [
      plpgsql(`begin if false then ${closePath}; end if; return '{}'::jsonb ->> 'a'; end`, empty),
      plpgsql(
        "begin perform set_config('search_path', 'pg_catalog, pg_temp', true) where false; return '1'::int4; end",
        empty,
        "g()",
      ),
    ],
    query: "select $s.f(), $s.g()",
    taken: ["type jsonb", "type int4"],
  },
  {
    name: "an empty path that the body sets in a closed function",
    functions: [plpgsql("begin perform set_config('search_path', '', true); return '{}'::jsonb ->> 'a'; end", closed)],
    taken: ["type jsonb"],
  },
  {
    name: "a path that the body sets and sets back",
    functions: [
      plpgsql(
        `declare before pg_catalog.text := current_setting('search_path'); v pg_catalog.text;
         begin ${closePath}; v := '1'::int4; perform set_config('search_path', before, true); return '{}'::jsonb ->> 'a'; end`,
        empty,
      ),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "a path that the body sets, and an error takes back",
    functions: [
      plpgsql(
        `begin ${closePath}; return 1 / ('0'::int4); exception when division_by_zero then return '{}'::jsonb ->> 'a'; end`,
        empty,
      ),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "a function called under an empty path that the body sets",
    functions: [
      sql(cast, "stable", "g()"),
      plpgsql("begin perform set_config('search_path', '', true); return $s.g(); end", closed),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "a function called under a closed path that the body sets",
    functions: [sql(cast, "stable", "g()"), plpgsql(`begin ${closePath}; return $s.g(); end`, empty)],
    taken: [],
  },
  {
    name: "a table that is only called as PostgreSQL calls its own, after pg_temp",
    setup: "create table $s.pg_members (id text); insert into $s.pg_members values ('a')",
    functions: [
      sql(
        "select m.id from pg_members as m, pg_class as c limit 1",
        "security definer set search_path = pg_catalog, pg_temp, $s",
      ),
    ],
    taken: ["table pg_members"],
  },
  {
    name: "a temporary table that the function makes",
    functions: [
      plpgsql(
        "begin drop table if exists pg_temp.work; create temp table work (id pg_catalog.text); insert into work values ('a'); return 'a'; end",
        `volatile ${closed}`,
      ),
    ],
    taken: [],
  },
  {
    name: "a temporary table that the function makes where there is none",
    functions: [
      plpgsql(
        "begin create temp table if not exists work (id pg_catalog.text); insert into work values ('a'); return 'a'; end",
        `volatile ${closed}`,
      ),
    ],
    taken: ["temporary table work"],
  },
  {
    name: "a temporary table that is the caller's",
    functions: [plpgsql("begin insert into pg_temp.work values ('a'); return 'a'; end", `volatile ${closed}`)],
    taken: ["temporary table work"],
  },
  {
    name: "a function that a definer function calls, with its own empty path",
    functions: [sql(cast, "stable set search_path = ''", "g()"), sql("select $s.g()", closed)],
    taken: ["type jsonb"],
  },
  {
    name: "a function without a path that a definer function calls under an empty one",
    functions: [sql(cast, "stable", "g()"), sql("select $s.g()", empty)],
    taken: ["type jsonb"],
  },
  {
    name: "a function without a path that a definer function calls under a closed one",
    functions: [sql(cast, "stable", "g()"), plpgsql("begin return $s.g(); end", closed)],
    taken: [],
  },
  {
    name: "a function that was there before, called by a function that is called",
    setup: sql(cast, "stable", "h()"),
    functions: [plpgsql("begin return $s.h(); end", "stable", "g()"), sql("select $s.g()", empty)],
    taken: ["type jsonb"],
  },
  {
    name: "a function of the platform's, called under an empty path",
    functions: [sql("select auth.uid() is null", empty, "f()", "pg_catalog.bool")],
    taken: ["type jsonb", "type uuid"],
  },
  {
    name: "a function of the platform's, called under a closed path",
    functions: [sql("select auth.uid() is null", closed, "f()", "pg_catalog.bool")],
    taken: [],
  },
  {
    name: "functions that are run by a view, a view of it, a domain's CHECK, an operator, an aggregate and a cast",
    setup: runByOthers,
    functions: [
      sql("select a from $s.shown", empty),
      sql("select a from $s.shown_again", empty, "of_view()"),
      sql("select 'a'::$s.checked", empty, "of_domain()"),
      sql("select 'a' operator($s.===) 'b'", empty, "of_operator()", "pg_catalog.bool"),
      sql("select $s.total(id) from $s.members", empty, "of_aggregate()"),
      sql("select (('a', 'b')::$s.pair)::pg_catalog.int4", empty, "of_cast()", "pg_catalog.int4"),
    ],
    query: "select $s.f(), $s.of_view(), $s.of_domain(), $s.of_operator(), $s.of_aggregate(), $s.of_cast()",
    taken: ["type jsonb", "type int4", "type uuid", "type bool", "type inet"],
  },
  {
    name: "the same under a closed path",
    setup: runByOthers,
    functions: [
      sql("select a from $s.shown_again", closed),
      sql("select 'a'::$s.checked", closed, "of_domain()"),
      sql("select 'a' operator($s.===) 'b'", closed, "of_operator()", "pg_catalog.bool"),
      sql("select $s.total(id) from $s.members", closed, "of_aggregate()"),
      sql("select (('a', 'b')::$s.pair)::pg_catalog.int4", closed, "of_cast()", "pg_catalog.int4"),
    ],
    query: "select $s.f(), $s.of_domain(), $s.of_operator(), $s.of_aggregate(), $s.of_cast()",
    taken: [],
  },
  {
    name: "names that those have in common with others",
    setup: `${runByOthers}; create operator $s.= (leftarg = $s.pair, rightarg = $s.pair, function = $s.same_pair)`,
    functions: [
      sql("select id from $s.members where id operator(pg_catalog.=) 'a' and id = 'a'", empty),
      sql("select 'a'::$s.unchecked", empty, "of_domain()"),
    ],
    query: "select $s.f(), $s.of_domain()",
    taken: [],
  },
  {
    name: "functions that a column's default, a generated column, a CHECK and a domain run in a table that is written to",
    setup: runByTable,
    functions: [plpgsql("begin insert into $s.written (id) values ('a'); return 'a'; end", `volatile ${empty}`)],
    taken: ["type jsonb", "type int4", "type uuid", "type bool"],
  },
  {
    name: "a column's default where the column is given",
    setup: `${unsafe("d()", "'{}'::jsonb ->> 'a'")}; create table $s.written (id text, a text default $s.d())`,
    functions: [
      plpgsql("begin insert into $s.written (id, a) values ('a', 'b'); return 'a'; end", `volatile ${empty}`),
    ],
    taken: [],
  },
  {
    name: "a table that is only read, whatever would run if it were written to",
    setup: runByTable,
    functions: [sql("select id from $s.written", empty)],
    taken: [],
  },
  {
    name: "a function in an argument's default, under the path of whoever leaves the argument out",
    setup: `${unsafe("d()", "'{}'::jsonb ->> 'a'")}; ${unsafe("e()", "'1'::int4::pg_catalog.text")}`,
    functions: [
      sql("select a", "stable", "g(a pg_catalog.text default $s.e(), b pg_catalog.text default $s.d())"),
      sql("select $s.g('a')", empty),
    ],
    taken: ["type jsonb"],
  },
  {
    name: "an argument's default that nobody leaves out",
    setup: unsafe("d()", "'{}'::jsonb ->> 'a'"),
    functions: [sql("select a", "stable", "g(a pg_catalog.text default $s.d())"), sql("select $s.g('a')", empty)],
    taken: [],
  },
  {
    name: "a view that a policy reads",
    setup: runByOthers,
    functions: [],
    policy: "id in (select a from $s.shown)",
    taken: ["type jsonb"],
  },
  {
    name: "an invoker function that nobody calls with more rights",
    functions: [sql(cast, "stable")],
    query: "select 1",
    taken: [],
  },
  {
    name: "an invoker function that a policy calls",
    functions: [unqualifiedUser],
    policy: "id = (select $s.me())",
    taken: ["type jsonb"],
  },
  {
    name: "an invoker function with a closed path that a policy calls",
    functions: [sql(`${cast}`, "stable set search_path = pg_catalog, pg_temp", "me()")],
    policy: "id = (select $s.me())",
    taken: [],
  },
  {
    name: "an invoker function that reads a table in the caller's path, which a policy calls",
    setup: "create table public.admins_$s (id text); grant select on public.admins_$s to public",
    functions: [sql("select id from admins_$s", "stable", "me()")],
    policy: "id = (select $s.me())",
    taken: ["table admins_$s"],
  },
  {
    name: "a policy's own condition",
    functions: [],
    policy: "id = ('{}'::jsonb ->> 'sub')::text",
    taken: [],
  },
  {
    name: "a definer function without a path",
    functions: [sql("select lower(id) from $s.members where id = 'a'", "security definer")],
    setsPath: true,
    taken: ["function lower", "operator ="],
  },
  {
    name: "a definer function without a path in which every name has its schema",
    functions: [
      sql("select pg_catalog.lower(id) from $s.members where id operator(pg_catalog.=) 'a'", "security definer"),
    ],
    setsPath: true,
    taken: [],
  },
];
