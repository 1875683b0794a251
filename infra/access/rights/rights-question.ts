import type { Question } from "../../catalog/question.ts";
import type { Variable } from "../../sql/body/scope.ts";
import { type QualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import { searchPathSetting } from "../../sql/search-path.ts";

/** A function's queries, as read-only SQL. */
export interface ReadableBody {
  /** The signature as SQL. */
  readonly signature: string;
  readonly queries: readonly {
    readonly sql: string;
    /** The variables that the query uses, by name. Undefined: the function's own arguments. */
    readonly variables: ReadonlyMap<string, Variable> | undefined;
  }[];
}

/** An object that a role needs a privilege on to evaluate a condition. */
export type Need = { readonly by?: string; readonly schema: string; readonly name: string } & (
  | {
      readonly kind: "function";
      readonly argumentTypes: readonly string[];
      /** The roles that may execute it now. */
      readonly execute: readonly string[];
    }
  | { readonly kind: "relation"; readonly column?: string }
);

interface Asked {
  readonly table: QualifiedName;
  readonly sql: string;
  /** The functions that the condition may call and whose bodies the server does not store parsed. */
  readonly bodies: readonly ReadableBody[];
  /** A function as it will be, as CREATE OR REPLACE FUNCTION. */
  readonly definition: string | undefined;
}

/** Asks which privileges are needed to evaluate this condition. */
export function questionOnRights(asked: Asked): Question<readonly Need[]> {
  return {
    functions: [needsFunction, rightsFunction],
    call: () => callRights(asked),
    read: (canonical) => JSON.parse(canonical) as readonly Need[],
  };
}

function callRights({ table, sql, bodies, definition }: Asked): string {
  const listed = bodies.map(({ signature, queries }) => ({
    signature,
    queries: queries.map(({ sql: text, variables }) => ({
      sql: text,
      ...(variables && {
        variables: [...variables].map(([name, variable]) => ({ name: quoteIdentifier(name), ...variable })),
      }),
    })),
  }));
  const changed = definition === undefined ? "null" : quoteLiteral(definition);
  return `pg_temp.palisade_rights(${quoteLiteral(quoteQualified(table))}, ${quoteLiteral(sql)}, ${quoteLiteral(JSON.stringify(listed))}, ${changed})`;
}

/** The dependencies that the server has recorded for an object, as a list of `Need`. */
const needsFunction = `
create function pg_temp.palisade_needs(class oid, object oid, by text) returns jsonb language sql as $probe$
  select coalesce(jsonb_agg(distinct jsonb_strip_nulls(jsonb_build_object('by', by,
    'kind', case when f.oid is null then 'relation' else 'function' end, 'schema', n.nspname, 'name', coalesce(c.relname, f.proname),
    'column', a.attname, 'oid', f.oid,
    'view', case when (select option_value::boolean from pg_options_to_table(c.reloptions) where option_name = 'security_invoker') then c.oid end,
    'argumentTypes', case when f.oid is not null then to_jsonb(array(select format_type(given.type, null)
      from unnest(f.proargtypes) with ordinality as given(type, place) order by given.place)) end,
    'execute', case when f.oid is not null then to_jsonb(array(select distinct coalesce(g.rolname, 'public')
      from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x left join pg_roles g on g.oid = x.grantee)) end))), '[]')
  from pg_depend d
    left join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid and c.relkind in ('r', 'p', 'v', 'm', 'f')
    left join pg_attribute a on a.attrelid = c.oid and d.refobjsubid > 0 and a.attnum = d.refobjsubid
    left join pg_proc f on d.refclassid = 'pg_proc'::regclass and f.oid = d.refobjid
    join pg_namespace n on n.oid = coalesce(c.relnamespace, f.pronamespace)
  where d.classid = class and d.objid = object and d.deptype = 'n' and n.oid <> pg_my_temp_schema()
$probe$`;

/**
 * The server records the dependencies of a view, down to the columns, and those of a function whose body it parses at
 * creation. A function whose body is a string is therefore created again in that form, query by query. SECURITY DEFINER
 * functions are skipped: they run with their owner's rights.
 * @see https://www.postgresql.org/docs/current/ddl-depend.html
 */
const rightsFunction = `
create function pg_temp.palisade_rights(relation text, condition text, bodies json, definition text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text; needs jsonb; done oid[] := '{}'; view oid; called record; query json; arguments text;
begin
  if definition is not null then
    perform set_config('check_function_bodies', 'off', true);
    execute definition;
  end if;
  execute format(E'create temporary view palisade_rights as select 1 as x from %s where (%s\\n)', relation, condition);
  perform set_config('search_path', '', true);
  needs := pg_temp.palisade_needs('pg_rewrite'::regclass, (select oid from pg_rewrite where ev_class = 'pg_temp.palisade_rights'::regclass), null);
  loop
    -- A view with its reader's rights needs them on all that it reads, whatever of it is asked for.
    select (need ->> 'view')::oid into view from jsonb_array_elements(needs) as need
      where need -> 'view' is not null and (need ->> 'view')::oid <> all (done) limit 1;
    if found then
      done := done || view;
      needs := needs || pg_temp.palisade_needs('pg_rewrite'::regclass, (select oid from pg_rewrite where ev_class = view and rulename = '_RETURN'),
        view::regclass::text);
      continue;
    end if;
    select p.oid, p.proname, p.prosqlbody is not null as is_parsed, p.oid::regprocedure::text as signature,
        -- An oidvector counts from 0.
        array(select unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))) as types,
        coalesce((select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting where starts_with(setting, 'search_path=')),
          ${quoteLiteral(searchPathSetting)}) as path
      into called from pg_proc p
      where p.oid in (select (need ->> 'oid')::oid from jsonb_array_elements(needs) as need) and not p.prosecdef and p.oid <> all (done)
      order by p.oid limit 1;
    exit when not found;
    done := done || called.oid;
    if called.is_parsed then
      needs := needs || pg_temp.palisade_needs('pg_proc'::regclass, called.oid, called.signature);
      continue;
    end if;
    for query in select inner_query.value from json_array_elements(bodies) as body, json_array_elements(body.value -> 'queries') as inner_query
        where to_regprocedure(body.value ->> 'signature') = called.oid loop
      begin
        if query -> 'variables' is null then
          arguments := pg_get_function_arguments(called.oid);
        else
          select coalesce(string_agg((variable ->> 'name') || ' ' ||
              coalesce(variable ->> 'type', format_type(called.types[(variable ->> 'parameter')::int], null)), ', '), '')
            into arguments from json_array_elements(query -> 'variables') as variable;
        end if;
        perform set_config('search_path', called.path, true);
        execute format(E'create function pg_temp.%I(%s) returns void language sql begin atomic %s\\n; end', called.proname, arguments, query ->> 'sql');
        perform set_config('search_path', '', true);
        needs := needs || pg_temp.palisade_needs('pg_proc'::regclass,
          (select oid from pg_proc where proname = called.proname and pronamespace = pg_my_temp_schema()), called.signature);
        raise sqlstate 'PALIS';
      exception
        when lock_not_available or deadlock_detected then raise;
        -- What can't be taken apart needs rights that nobody knows.
        when others then null;
      end;
      perform set_config('search_path', '', true);
    end loop;
  end loop;
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'canonical', needs::text);
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws('. ', message, nullif(detail, ''), nullif(hint, '')));
end
$probe$`;
