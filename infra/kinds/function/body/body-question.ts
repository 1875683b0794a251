import type { Question } from "../../../catalog/question.ts";
import type { BodyQuestion } from "../../../sql/body/body-questions.ts";
import { type QualifiedName, quoteIdentifier, quoteLiteral } from "../../../sql/quote.ts";
import { searchPathSetting } from "../../../sql/search-path.ts";

/** A query that the server refuses. The answer for a body has one for each such query. */
export interface BodyRefusal {
  /** The query's position in the list. */
  readonly index: number;
  readonly sqlState: string;
  readonly message: string;
  readonly calls: readonly CallContext[];
}

/** What the server knows about a function that a refused query calls. */
export interface CallContext {
  /** The schemas that are searched for it. */
  readonly schemas: readonly string[];
  /** The number of functions of its name in these schemas. */
  readonly count: number;
  /** The other functions in these schemas, except PostgreSQL's own. */
  readonly others: readonly QualifiedName[];
}

/** Asks which of a function's queries would fail when it runs. @param signature as SQL */
export function questionOnBody(
  signature: string,
  definition: string,
  questions: readonly BodyQuestion[],
): Question<readonly BodyRefusal[]> {
  return {
    functions: [bodyFunction],
    call: () => callBody(signature, definition, questions),
    read: (canonical) => JSON.parse(canonical) as readonly BodyRefusal[],
  };
}

function callBody(signature: string, definition: string, questions: readonly BodyQuestion[]): string {
  const asked = questions.map(({ sql: text, variables, copies, calls }) => ({
    sql: text,
    variables: [...variables].map(([name, variable]) => ({ name: quoteIdentifier(name), ...variable })),
    copies,
    calls,
  }));
  return `pg_temp.palisade_body(${quoteLiteral(signature)}, ${quoteLiteral(definition)}, ${quoteLiteral(JSON.stringify(asked))})`;
}

/**
 * Each query becomes the body of a SQL function of the same name, by which arguments may be qualified, with the
 * variables as its arguments. The server then parses and analyses the query, but neither plans nor runs it. A function
 * that sets no search_path uses its caller's, so a name counts as unknown only if it is found in no schema.
 */
const bodyFunction = `
create function pg_temp.palisade_body(signature text, definition text, questions json) returns json language plpgsql as $probe$
declare made record; types text[]; question record; refusals jsonb := '[]'; paths text[]; path text; arguments text; rest text;
  failure text; detail text; hint text; state text; first_state text; refusal jsonb; copied record;
begin
  begin
    perform set_config('check_function_bodies', 'off', true);
    execute definition;
    perform set_config('search_path', '', true);
    select p.proname, (select array_agg(format_type(t.type, null) order by t.place)
          from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as t(type, place)) as types,
        (select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting where starts_with(setting, 'search_path=')) as path
      into made from pg_proc p where p.oid = signature::regprocedure;
    if made.path is null or position('$user' in made.path) > 0 then
      select string_agg(quote_ident(nspname), ', ' order by nspname) into rest from pg_namespace
        where nspname !~ '^pg_' and nspname not in ('information_schema', 'public', 'extensions');
      paths := array[concat_ws(', ', ${quoteLiteral(searchPathSetting)}, rest), concat_ws(', ', rest, ${quoteLiteral(searchPathSetting)})];
    else
      paths := array[made.path];
    end if;
    for question in select value, ordinality - 1 as index from json_array_elements(questions) with ordinality loop
      select coalesce(string_agg((variable ->> 'name') || ' ' || coalesce(variable ->> 'type', made.types[(variable ->> 'parameter')::int]), ', '), '')
        into arguments from json_array_elements(question.value -> 'variables') as variable;
      first_state := null;
      foreach path in array paths loop
        begin
          perform set_config('search_path', path, true), set_config('check_function_bodies', 'on', true);
          for copied in select value as name, ordinality - 1 as index from json_array_elements_text(question.value -> 'copies') with ordinality loop
            execute format('create temporary table palisade_copy_%s (like %s including generated including identity)', copied.index, copied.name);
          end loop;
          execute format('create function pg_temp.%I(%s) returns void language sql as %L', made.proname, arguments, question.value ->> 'sql');
          raise sqlstate 'PALIS';
        exception
          when sqlstate 'PALIS' then
            state := null;
          when lock_not_available or deadlock_detected then
            raise sqlstate 'PALIS';
          when others then
            get stacked diagnostics failure = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
            if first_state is null then
              first_state := state;
              perform set_config('search_path', path, true);
              refusal := jsonb_build_object('index', question.index, 'sqlState', state,
                'message', concat_ws('. ', failure, nullif(detail, ''), nullif(hint, '')),
                'calls', (
                  select coalesce(jsonb_agg(jsonb_build_object('schemas', searched.schemas,
                    'count', (select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                      where p.proname = call.value ->> 'name' and n.nspname = any (searched.schemas)),
                    'others', (select coalesce(jsonb_agg(distinct jsonb_build_object('schema', n.nspname, 'name', p.proname)), '[]')
                      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                      where n.nspname = any (searched.schemas) and n.nspname !~ '^pg_')) order by call.ordinality), '[]')
                  from json_array_elements(question.value -> 'calls') with ordinality as call,
                    lateral (select case when call.value ->> 'schema' is null then current_schemas(true)::text[] else array[call.value ->> 'schema'] end
                      as schemas) as searched));
              perform set_config('search_path', '', true);
            end if;
        end;
        exit when state is null or state is distinct from first_state;
      end loop;
      if state is not null and state = first_state then refusals := refusals || refusal; end if;
    end loop;
    raise sqlstate 'PALIS';
  exception when others then
    null;
  end;
  return json_build_object('ok', true, 'canonical', refusals::text);
end
$probe$`;
