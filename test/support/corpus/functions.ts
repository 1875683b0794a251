/** A function as somebody keeps it in a file, and who may execute it. */
export interface FunctionCase {
  readonly definition: string;
  readonly execute?: readonly string[];
  readonly since?: number;
}

const body = "select true";

/** Definitions of functions in every spelling: types, defaults, options in any order, bodies, quotes, comments, line ends. */
export const functionCases: readonly FunctionCase[] = [
  { definition: `create function private.plain() returns boolean language sql as '${body}'` },
  { definition: `CREATE FUNCTION private.shouting() RETURNS BOOLEAN LANGUAGE SQL AS $$ SELECT TRUE $$` },
  { definition: `create or replace function private.replaced() returns bool language 'sql' as $$ ${body} $$;` },
  { definition: `create function "private"."Quoted Name"() returns boolean language sql as $$ ${body} $$` },
  { definition: `create function private."it's ""odd"" 名前 😀"() returns boolean language sql as $$ ${body} $$` },
  { definition: `create function "Odd Schema"."a.b"() returns boolean language sql as $$ ${body} $$` },
  {
    definition: `create function private.returns_text(id text) returns text language sql as $$ select id $$`,
    execute: ["authenticated"],
  },
  {
    definition: `create function private.unnamed(text, int) returns text language sql as $$ select $1 $$`,
    execute: ["service_role", "authenticated", "anon"],
  },
  {
    definition: `create function private.everybody() returns boolean language sql as $$ ${body} $$`,
    execute: ["public"],
  },
  {
    definition: `create function private.repeated() returns boolean language sql as $$ ${body} $$`,
    execute: ["anon", "anon"],
  },
  // Types, by every name they have
  {
    definition: `create function private.types_1(a int, b int4, c integer, d bigint, e int8, f smallint, g int2) returns int language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_2(a bool, b boolean, c real, d float4, e float, f float(20), g float(30), h double precision, i float8) returns bool language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_3(a varchar, b varchar(10), c character varying(5), d char, e char(3), f character, g bpchar, h national character(4), i nchar varying(3)) returns varchar language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_4(a numeric, b numeric(10,2), c decimal, d dec(5), e money) returns numeric language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_5(a timestamp, b timestamptz, c timestamp with time zone, d timestamp(3) without time zone, e time, f time with time zone, g timetz(2), h date, i interval, j interval day to second(3)) returns timestamp language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_6(a bit, b bit(4), c bit varying, d varbit(3), e bytea, f uuid, g xml, h json, i jsonb, j jsonpath) returns bytea language sql as $$ select e $$`,
  },
  {
    definition: `create function private.types_7(a inet, b cidr, c macaddr, d macaddr8, e point, f line, g lseg, h box, i path, j polygon, k circle) returns inet language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_8(a "char", b name, c oid, d regclass, e regtype, f regproc, g regprocedure, h regrole, i regnamespace, j pg_lsn, k tsvector, l tsquery, m xid, n cid, o tid) returns name language sql as $$ select b $$`,
  },
  {
    definition: `create function private.types_9(a int4range, b int8range, c numrange, d tsrange, e tstzrange, f daterange, g int4multirange, h datemultirange) returns int4range language sql as $$ select a $$`,
  },
  {
    definition: `create function private.types_10(a regoper, b regoperator, c regconfig, d regdictionary, e regcollation, f pg_snapshot, g txid_snapshot, h gtsvector, i xid8, j oidvector, k int2vector) returns xid8 language sql as $$ select i $$`,
  },
  {
    definition: `create function private.arrays(a text[], b int[], c integer[3], d text[][], e varchar(3)[], f int array, g text array[4], h public.tasks[]) returns text[] language sql as $$ select a $$`,
  },
  {
    definition: `create function private.own_types(a public.task_status, b public."Role", c other.task_status, d public.short_text, e public.address, f public.tasks, g public."Task Items", h extensions.citext, i "Odd Schema"."Odd.Table") returns public.task_status language sql as $$ select a $$`,
  },
  {
    definition: `create function private.own_arrays(a public.task_status[], b public."Role"[], c extensions.citext[]) returns public."Role"[] language sql as $$ select b $$`,
  },
  {
    definition: `create function private.catalog_types(a pg_catalog.int4, b pg_catalog.text, c pg_catalog.bool, d pg_catalog.timestamptz, e pg_catalog."varchar", f pg_catalog._text, g "pg_catalog"."char", h pg_catalog.bpchar) returns pg_catalog.text language sql as $$ select b $$`,
  },
  {
    definition: `create function private.any_types(a anyelement, b anyarray) returns anyelement language sql as $$ select a $$`,
  },
  {
    definition: `create function private.compatible_types(a anycompatible, b anycompatiblearray, c anycompatible) returns anycompatible language sql as $$ select a $$`,
  },
  {
    definition: `create function private.reserved_types(a public."user", b "Odd Schema"."Odd.Table"[], c public."user"[]) returns public."user" language sql as $$ select a $$`,
  },
  { definition: `create function private."select"("user" text) returns text language sql as $$ select "user" $$` },
  // Arguments
  {
    definition: `create function private.defaults(a text default 'it''s', b int = 1 + 1, c timestamptz default now(), d text[] default array['a']::text[], e jsonb default '{}', f public.task_status default 'open') returns text language sql as $$ select a $$`,
  },
  { definition: `create function private.outs(a text, out b text, out c int) language sql as $$ select a, 1 $$` },
  {
    definition: `create function private.inout(inout a text, in b int, out "Out Name" int) language sql as $$ select a, b $$`,
  },
  {
    definition: `create function private.returns_table(a text) returns table (id text, "Role" public."Role") language sql as $$ select a, 'ADMIN'::public."Role" $$`,
  },
  {
    definition: `create function private.returns_rows() returns setof public.tasks language sql stable as $$ select * from public.tasks $$`,
  },
  {
    definition: `create function private.returns_texts() returns setof text language sql stable rows 10 as $$ select id from public.tasks $$`,
  },
  { definition: `create function private.returns_void() returns void language sql as $$ select 1 $$` },
  { definition: `create function private.returns_record() returns record language sql as $$ select 1, 2 $$` },
  {
    definition: `create function private.variadic_texts(a int, variadic b text[]) returns int language sql as $$ select a $$`,
  },
  {
    definition: `create function private.variadic_any(variadic anyarray) returns int language plpgsql as $$ begin return 1; end $$`,
  },
  {
    definition: `create function private.quoted_argument("the Id" text, "select" int) returns text language sql as $$ select "the Id" $$`,
  },
  { definition: `create function private.overloaded(a text) returns int language sql as $$ select 1 $$` },
  {
    definition: `create function private.overloaded(a int) returns int language sql as $$ select 1 $$`,
    execute: ["anon"],
  },
  {
    definition: `create function private.overloaded() returns int language sql as $$ select 1 $$`,
    execute: ["public"],
  },
  // Options in any order and spelling
  {
    definition: `create function private.stable_definer() returns text language sql stable security definer set search_path = '' as $$ select 'a' $$`,
    execute: ["authenticated"],
  },
  {
    definition: `create function private.order_of_options() returns text set search_path to '' cost 5 security definer as $$ select 'a' $$ stable language sql`,
  },
  {
    definition: `create function private.search_path_list() returns text language sql set search_path = public, extensions, pg_temp as $$ select 'a' $$`,
  },
  {
    definition: `create function private.search_path_quoted() returns text language sql set search_path = "$user", 'public', "Odd Schema" as $$ select 'a' $$`,
  },
  {
    definition: `create function private.search_path_catalog() returns text language sql set search_path to pg_catalog as $$ select 'a' $$`,
  },
  {
    definition: `create function private.settings() returns text language sql set statement_timeout = '3s' set work_mem to '1MB' set datestyle = 'ISO, MDY' set timezone = 'Europe/Berlin' as $$ select 'a' $$`,
  },
  {
    definition: `create function private.setting_numbers() returns text language sql set statement_timeout = 3000 set enable_seqscan = off set random_page_cost = 1.5 as $$ select 'a' $$`,
  },
  {
    definition: `create function private.immutable_strict(a int) returns int immutable strict parallel safe not leakproof language sql as $$ select a $$`,
  },
  {
    definition: `create function private.null_input(a int) returns int language sql returns null on null input parallel restricted as $$ select a $$`,
  },
  {
    definition: `create function private.called_on_null(a int) returns int language sql called on null input volatile security invoker parallel unsafe cost 100 as $$ select a $$`,
  },
  {
    definition: `create function private.external_definer() returns int language sql external security definer as $$ select 1 $$`,
  },
  {
    definition: `create function private.set_from_rows() returns setof int language sql rows 1000 cost 0.5 as $$ select 1 $$`,
  },
  // Bodies
  { definition: `create function private.standard_body(a int) returns int language sql return a + 1` },
  {
    definition: `create function private.standard_query(organization text) returns boolean stable return exists (select 1 from public.organization_members m where m.organization_id = organization and m.user_id = private.current_user_id())`,
  },
  {
    definition: `create function private.standard_lists(a text) returns boolean return a in ('x', 'y') and a::varchar in ('x', 'y') and a between 'x' and 'y'`,
  },
  {
    definition: `create function private.atomic_body(a text) returns setof text language sql begin atomic select id from public.tasks where id = a; end`,
  },
  {
    definition: `create function private.atomic_statements(a text) returns text begin atomic select 1; select title::text from public.tasks t where t.id in (a, 'b') and t.title in ('x', 'y'); end`,
  },
  {
    definition: `create function private.atomic_joins() returns bigint begin atomic select count(*) from public.tasks t join public.projects p on p.id = t.project_id natural join public."user" as o (project_id, x, y, z); end`,
  },
  {
    definition: `create function private.single_quotes(a text) returns boolean language sql as 'select $1 = ''it''''s''' `,
  },
  {
    definition: `create function private.escape_string() returns text language sql as E'select \\'a\\'::text -- \\n' `,
  },
  { definition: `create function private.tagged() returns text language sql as $body$ select $$a$$::text $body$` },
  {
    definition: `create function private.function_tag() returns text language sql as $x$ select $function$a$function$::text || $function1$b$function1$ $x$`,
  },
  {
    definition: `create function private.procedural(a text) returns boolean language plpgsql stable security definer set search_path = '' as $$\ndeclare\n  found_one boolean;\nbegin\n  -- a comment; with 'quotes'\n  select true into found_one from public.tasks where id = a;\n  return coalesce(found_one, false);\nend;\n$$;`,
  },
  {
    definition: `create function private.on_change() returns trigger language plpgsql as $$ begin new.title := 'x'; return new; end $$`,
  },
  {
    definition: `create function private.on_command() returns event_trigger language plpgsql as $$ begin raise notice 'x'; end $$`,
  },
  {
    definition: `create procedure private.work(a text, inout b int default 0) language plpgsql as $$ begin b := 1; end $$`,
    execute: ["service_role"],
  },
  { definition: `create or replace procedure private.sql_work(a text) language sql as $$ select 1 $$` },
  { definition: `create procedure private.atomic_work() begin atomic select 1; select 2; end` },
  {
    definition: `create function private.carriage_returns()\r\nreturns boolean\r\nlanguage sql\r\nas $$\r\n  select true\r\n$$;\r\n`,
  },
  {
    definition: `-- what it is for\n/* more */ create /* odd */ function -- place\n private.commented() returns boolean language sql as $$ -- inside\n select true /* last */ $$; -- end`,
  },
  {
    definition: `\n\n  create function private.padded()\n\n returns boolean\n\tlanguage sql\n as $$ select true $$ ;\n\n`,
  },
  {
    definition: `create function private.backslashes() returns text language sql as $$ select 'C:\\path\\n' || E'\\\\x' $$`,
  },
  {
    definition: `create function private.unicode_body() returns text language sql as $$ select '名前 😀 ünïcode' || U&'\\00e4' $$`,
  },
  { definition: `create function private.empty_lines() returns text language sql as $$\n\n\n  select 'a'\n\n\n$$` },
  { definition: `create function private.trailing_space() returns text language sql as $$ select 'a'   \n   ; $$` },
  {
    definition: `create function private.many_statements() returns text language sql as $$ select 1; select 'a'::text; $$`,
  },
  {
    definition: `create function private.writes(a text) returns void language sql as $$ update public.tasks set title = 'x' where id = a; insert into public.organizations (id) values (a) $$`,
  },
  {
    definition: `create function private.window_free(a int[]) returns int language sql as $$ select sum(x)::int from unnest(a) as x $$`,
  },
  { definition: `create function private.transforms(a int) returns int language plpgsql as $$ begin return a; end $$` },
  {
    definition: `create function private.search() returns setof public.member_names language sql stable as $$ select * from public.member_names $$`,
  },
];
