import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { Probe } from "../probe.ts";
import { refused, variables } from "../server-function.ts";

/**
 * Asks whether there is such a table (`kinds` by `relkind`), or another relation that `word` names.
 * @param advice what to do if it is something else
 */
export function probeRelation(
  path: Path,
  table: QualifiedName,
  relkinds: string,
  { word = "table", advice = "" } = {},
): Probe {
  return {
    path,
    table,
    functions: [relationFunction],
    call: () =>
      `pg_temp.palisade_relation(${[quoteQualified(table), relkinds, word, advice].map(quoteLiteral).join(", ")})`,
    read: () => undefined,
  };
}

export const relationFunction = `
create function pg_temp.palisade_relation(relation text, relkinds text, word text, advice text) returns json language plpgsql as $probe$
declare ${variables}; found record;
begin
  select c.relkind, format('%I.%I', n.nspname, c.relname) as name into found
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass;
  if position(found.relkind in relkinds) = 0 then
    raise wrong_object_type using message = format('%s is no %s but %s', found.name, word, case found.relkind
      when 'r' then 'a table' when 'p' then 'a table' when 'v' then 'a view' when 'm' then 'a materialized view' when 'S' then 'a sequence' when 'f' then 'a foreign table'
      when 'i' then 'an index' when 'c' then 'a composite type' else 'a relation of another kind' end), hint = advice;
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
