import type { Probe, TextProbe } from "../../catalog/probe.ts";
import { answered, refused, variables } from "../../catalog/server-function.ts";
import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import { searchPathSetting } from "../../sql/search-path.ts";
import { quoteSignature } from "../../sql/signature.ts";
import type { Path } from "../../values/properties.ts";

/** Asks whether the function exists, is a trigger function, and may be executed by the deploying role. */
export function probeTriggerFunction(path: Path, signature: string): Probe {
  return {
    path,
    functions: [functionFunction],
    call: () =>
      `pg_temp.palisade_trigger_function(${quoteLiteral(quoteSignature(signature))}, ${quoteLiteral(signature)})`,
    read: () => undefined,
  };
}

/** The rows that a trigger's condition can refer to. */
export interface Rows {
  readonly old: boolean;
  readonly new: boolean;
}

/** Asks whether this is a valid condition for a trigger on the table. */
export function probeWhen(path: Path, table: QualifiedName, rows: Rows, sql: string): TextProbe {
  const given = [quoteQualified(table), sql].map(quoteLiteral).join(", ");
  return {
    path,
    table,
    sql,
    form: "condition",
    functions: [whenFunction],
    call: () => `pg_temp.palisade_when(${given}, ${rows.old}, ${rows.new})`,
    read: (canonical) => canonical,
  };
}

const functionFunction = `
create function pg_temp.palisade_trigger_function(signature text, named text) returns json language plpgsql as $probe$
declare ${variables}; routine oid := to_regprocedure(signature);
begin
  if routine is null then
    raise undefined_function using message = format('function %s does not exist', named);
  end if;
  if not exists (select from pg_proc where oid = routine and prorettype = 'trigger'::regtype) then
    raise invalid_object_definition using message = format('function %s does not return trigger, so that no trigger can call it', named);
  end if;
  if not has_function_privilege(routine, 'execute') then
    raise insufficient_privilege using message = format('permission denied for function %s: %s may not execute it', named, current_user);
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;

/**
 * Tried in a view, like a policy's condition, because a trigger would lock the table. The view gives an unavailable row
 * (`old` or `new`) another name, and makes a column without its row, which a trigger's condition does not allow,
 * ambiguous. Up to PostgreSQL 15, every view has implicit rows named old and new, so these are printed under other
 * names.
 */
const whenFunction = `
create function pg_temp.palisade_when(relation text, condition text, has_old boolean, has_new boolean) returns json language plpgsql as $probe$
declare ${variables}; beginning text; printed text := condition; old_name text := 'old'; new_name text := 'new'; rows text;
begin
  for round in 1..2 loop
    rows := format('%s as %I, %s as %I', relation, case when has_old then old_name else 'no old row' end, relation, case when has_new then new_name else 'no new row' end);
    perform set_config('search_path', ${quoteLiteral(searchPathSetting)}, true);
    execute format(E'create or replace temporary view palisade_probe as select 1 as x from %s where true', rows);
    perform set_config('search_path', '', true);
    beginning := pg_get_viewdef('pg_temp.palisade_probe'::regclass);
    beginning := left(beginning, length(beginning) - length(' true;'));
    perform set_config('search_path', ${quoteLiteral(searchPathSetting)}, true);
    execute format(E'create or replace temporary view palisade_probe as select 1 as x from %s where (%s\\n)', rows, printed);
    perform set_config('search_path', '', true);
    printed := pg_get_viewdef('pg_temp.palisade_probe'::regclass);
    if not starts_with(printed, beginning) then raise 'the server prints a view in an unexpected form: %', printed; end if;
    printed := btrim(substr(printed, length(beginning) + 1), E' \\n;');
    if current_setting('server_version_num')::int < 160000 then
      old_name := 'old_1';
      new_name := 'new_1';
    end if;
  end loop;
  ${answered}
  when ambiguous_column then
    get stacked diagnostics message = message_text;
    return json_build_object('ok', false, 'sqlState', '42702', 'message', message || '. Write the row before each column: new.status, old.status');
  when undefined_table then
    get stacked diagnostics message = message_text, state = returned_sqlstate;
    if message ~ '"(old|new)"$' then
      return json_build_object('ok', false, 'sqlState', '42P10', 'message', format('the condition can''t look at %s: a row that is inserted has no old one, one that is deleted no new one, and a statement neither',
        upper(substring(message from '"(old|new)"$'))));
    end if;
    return json_build_object('ok', false, 'sqlState', state, 'message', message);
  ${refused};
$probe$`;
