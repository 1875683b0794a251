import type { TextProbe } from "../../catalog/probe.ts";
import { answered, refused, variables } from "../../catalog/server-function.ts";
import { questionOnUse, usesAnswered, useVariables } from "../../catalog/use.ts";
import { readFunctionText } from "../../sql/function-text.ts";
import { withoutLeakproof } from "../../sql/leakproof.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { isReadOnly } from "../../sql/references.ts";
import { searchPathSetting } from "../../sql/search-path.ts";
import type { Path } from "../../values/properties.ts";

/**
 * Asks whether this function can be created, or can replace the existing one. The server's words are
 * `pg_get_functiondef`.
 * @param signature as SQL
 */
export function probeFunction(path: Path, signature: string, sql: string): TextProbe {
  return {
    path,
    sql,
    form: "statement",
    functions: [functionFunction],
    call: () =>
      `pg_temp.palisade_function(${quoteLiteral(signature)}, ${quoteLiteral(withoutLeakproof(sql).sql)}, ${onlyReads(sql, { unreadable: true })})`,
    read: (canonical) => canonical,
    askUse: () =>
      questionOnUse(
        [functionUseFunction],
        () =>
          `pg_temp.palisade_function_use(${quoteLiteral(signature)}, ${quoteLiteral(sql)}, ${onlyReads(sql, { unreadable: false })})`,
      ),
  };
}

/**
 * To analyse a body that writes, the server would take write locks. Such a body is not examined until it is created.
 */
function onlyReads(definition: string, { unreadable }: { readonly unreadable: boolean }): boolean {
  try {
    return isReadOnly(readFunctionText(definition).statements ?? []);
  } catch {
    return unreadable;
  }
}

/**
 * PostgreSQL replaces a function in place unless its result or the names of its arguments change. In that case it can
 * be dropped and created again in one transaction, unless something depends on it. If the function is accepted with
 * body checks off, it is the body that was refused.
 */
const functionFunction = `
create function pg_temp.palisade_function(signature text, definition text, checks_body boolean) returns json language plpgsql as $probe$
declare ${variables}; printed text := definition;
begin
  perform set_config('check_function_bodies', case when checks_body then 'on' else 'off' end, true);
  for round in 1..2 loop
    begin
      execute printed;
    exception when invalid_function_definition or wrong_object_type then
      get stacked diagnostics message = message_text, detail = pg_exception_detail;
      begin
        perform set_config('check_function_bodies', 'off', true);
        execute printed;
        raise sqlstate 'PALIS';
      exception
        when sqlstate 'PALIS' then raise invalid_function_definition using message = message, detail = detail;
        when invalid_function_definition or wrong_object_type then null;
      end;
      begin
        execute 'drop routine ' || signature;
      exception
        when undefined_function then raise invalid_function_definition using message = message, detail = detail;
        when dependent_objects_still_exist then
        get stacked diagnostics detail = pg_exception_detail;
        raise invalid_function_definition using message = message, detail = 'It can''t be dropped and made again either, because it is used: '
          || replace(detail, E'\\n', '; '), hint = 'Give the function another name, and change what uses it in the same deployment';
      end;
      execute printed;
    end;
    perform set_config('search_path', '', true);
    printed := pg_get_functiondef(signature::regprocedure);
    perform set_config('search_path', ${quoteLiteral(searchPathSetting)}, true);
  end loop;
  ${answered}
  ${refused};
$probe$`;

/**
 * The server records the dependencies of a body that it parses at creation (BEGIN ATOMIC), but not those of a body that
 * is a string. So a function with such a body is created once more, with the same body in the other form.
 * @see https://www.postgresql.org/docs/current/ddl-depend.html
 */
const functionUseFunction = `
create function pg_temp.palisade_function_use(signature text, definition text, looks_inside boolean) returns json language plpgsql as $probe$
declare ${useVariables}; made record; arguments text; result text;
begin
  perform set_config('check_function_bodies', 'off', true);
  execute definition;
  select p.oid, p.prosqlbody is not null as is_parsed, l.lanname = 'sql' and p.prokind = 'f' as is_sql, p.prosrc,
      coalesce((select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting where starts_with(setting, 'search_path=')),
        ${quoteLiteral(searchPathSetting)}) as path
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
  ${usesAnswered}
$probe$`;
