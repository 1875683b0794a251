import { readFunctionText } from "../sql/function-text.ts";
import { quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { isReadOnly } from "../sql/references.ts";
import type { Probe } from "./probe.ts";

/** Something that a condition or a function mentions, as the server understood it. */
export interface Use {
  readonly kind: "relation" | "column" | "function" | "type";
  readonly schema: string;
  /** Of a column: its table's. */
  readonly name: string;
  readonly column?: string;
}

export type UseOutcome =
  | {
      readonly ok: true;
      /** Null where the server does not look inside, as with plpgsql. */
      readonly uses: readonly Use[] | null;
    }
  | { readonly ok: false; readonly message: string; readonly sqlState: string };

/** The canonical form of a `use` probe's answer, as JSON. */
export interface UseAnswer {
  readonly now: UseOutcome;
  /** The same on the table as it will be. */
  readonly future: UseOutcome | null;
}

/** `loadParser` must have been awaited. */
export function callUse({ of, future }: Extract<Probe, { kind: "use" }>): string {
  const text = quoteLiteral(of.sql);
  const now =
    of.kind === "function"
      ? `pg_temp.palisade_function_use(${quoteLiteral(of.signature)}, ${text}, ${onlyReads(of.sql)})`
      : `pg_temp.palisade_condition_use(${quoteLiteral(quoteQualified(of.table))}, ${text})`;
  const later = future === undefined ? "null" : `pg_temp.palisade_condition_use(${quoteLiteral(future)}, ${text})`;
  return `json_build_object('ok', true, 'canonical', json_build_object('now', ${now}, 'future', ${later})::text)`;
}

/** Of a body that writes, the server would lock the tables for writing only to parse it. */
function onlyReads(definition: string): boolean {
  try {
    return isReadOnly(readFunctionText(definition).statements ?? []);
  } catch {
    return false;
  }
}

const answered = `
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'uses', uses);
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws('. ', message, nullif(hint, '')));
end`;

const variables = "message text; hint text; state text; uses json";

/**
 * The server notes for a view, down to the column, what it uses; so it does for a function whose body it parses when it is made (BEGIN
 * ATOMIC), and not for one whose body is a string. That is therefore made once more, with the same body in the other form.
 * @see https://www.postgresql.org/docs/current/ddl-depend.html
 */
export const useFunctions = `
create function pg_temp.palisade_uses(class oid, object oid) returns json language sql as $probe$
  select coalesce(json_agg(distinct jsonb_strip_nulls(jsonb_build_object('kind', case when a.attname is not null then 'column'
    when c.oid is not null then 'relation' when f.oid is not null then 'function' else 'type' end,
    'schema', n.nspname, 'name', coalesce(c.relname, f.proname, t.typname), 'column', a.attname))), '[]')
  from pg_depend d
    left join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
    left join pg_attribute a on a.attrelid = c.oid and d.refobjsubid > 0 and a.attnum = d.refobjsubid
    left join pg_proc f on d.refclassid = 'pg_proc'::regclass and f.oid = d.refobjid
    left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
    join pg_namespace n on n.oid = coalesce(c.relnamespace, f.pronamespace, t.typnamespace)
  where d.classid = class and d.objid = object and n.oid <> pg_my_temp_schema()
$probe$;
create function pg_temp.palisade_condition_use(relation text, condition text) returns json language plpgsql as $probe$
declare ${variables};
begin
  execute format(E'create temporary view palisade_use as select 1 as x from %s where (%s\\n)', relation, condition);
  uses := pg_temp.palisade_uses('pg_rewrite'::regclass, (select oid from pg_rewrite where ev_class = 'pg_temp.palisade_use'::regclass));
  ${answered}
$probe$;
create function pg_temp.palisade_function_use(signature text, definition text, looks_inside boolean) returns json language plpgsql as $probe$
declare ${variables}; made record; arguments text; result text;
begin
  perform set_config('check_function_bodies', 'off', true);
  execute definition;
  select p.oid, p.prosqlbody is not null as is_parsed, l.lanname = 'sql' and p.prokind = 'f' as is_sql, p.prosrc,
      coalesce((select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting where starts_with(setting, 'search_path=')),
        'public, extensions') as path
    into made from pg_proc p join pg_language l on l.oid = p.prolang where p.oid = signature::regprocedure;
  if made.is_parsed then
    uses := pg_temp.palisade_uses('pg_proc'::regclass, made.oid);
  elsif made.is_sql and looks_inside then
    begin
      perform set_config('search_path', '', true);
      arguments := pg_get_function_arguments(made.oid);
      result := pg_get_function_result(made.oid);
      perform set_config('search_path', made.path, true);
      execute format(E'create function pg_temp.palisade_use(%s) returns %s language sql begin atomic %s\\n; end', arguments, result, made.prosrc);
      uses := pg_temp.palisade_uses('pg_proc'::regclass, (select oid from pg_proc where proname = 'palisade_use' and pronamespace = pg_my_temp_schema()));
    exception
      when lock_not_available or deadlock_detected then raise;
      when others then uses := null;
    end;
  end if;
  ${answered}
$probe$`;
