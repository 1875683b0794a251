import type { Question } from "./question.ts";

/** An object that a condition or function uses, as the server resolved it. */
export interface Use {
  readonly kind: "relation" | "column" | "function" | "type";
  readonly schema: string;
  /** For a column: the table's name. */
  readonly name: string;
  readonly column?: string;
}

export type UseOutcome =
  | {
      readonly ok: true;
      /** Null if the server does not analyse the text, as with plpgsql. */
      readonly uses: readonly Use[] | null;
    }
  | { readonly ok: false; readonly message: string; readonly sqlState: string };

/** What a text uses. */
export interface UseAnswer {
  readonly now: UseOutcome;
  /** The same for the table as it will be. */
  readonly future: UseOutcome | null;
}

/**
 * Asks what a text uses.
 * @param now a SQL expression for its `UseOutcome`, as json
 * @param future the same for the table as it will be
 */
export function questionOnUse(
  functions: readonly string[],
  now: () => string,
  future?: (() => string) | undefined,
): Question<UseAnswer> {
  return {
    functions: [usesFunction, ...functions],
    call: () =>
      `json_build_object('ok', true, 'canonical', json_build_object('now', ${now()}, 'future', ${future?.() ?? "null"})::text)`,
    read: (canonical) => JSON.parse(canonical) as UseAnswer,
  };
}

/** The end of a function that has read the uses: undoes what it created for that, and returns a `UseOutcome`. */
export const usesAnswered = `
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'uses', uses);
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws('. ', message, nullif(hint, '')));
end`;

export const useVariables = "message text; hint text; state text; uses json";

/** The dependencies that the server has recorded for an object. */
const usesFunction = `
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
$probe$`;
