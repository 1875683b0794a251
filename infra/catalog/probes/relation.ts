import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { Probe } from "../probe.ts";
import { refused, variables } from "../server-function.ts";

/** Is there such a table (kinds by `relkind`)? */
export function probeRelation(path: Path, table: QualifiedName, relkinds: string): Probe {
  return {
    path,
    table,
    functions: [relationFunction],
    call: () => `pg_temp.palisade_relation(${quoteLiteral(quoteQualified(table))}, ${quoteLiteral(relkinds)})`,
    read: () => undefined,
  };
}

export const relationFunction = `
create function pg_temp.palisade_relation(relation text, relkinds text) returns json language plpgsql as $probe$
declare ${variables}; found record;
begin
  select c.relkind, format('%I.%I', n.nspname, c.relname) as name into found
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass;
  if position(found.relkind in relkinds) = 0 then
    raise wrong_object_type using message = format('%s is no table but %s', found.name, case found.relkind
      when 'v' then 'a view' when 'm' then 'a materialized view' when 'S' then 'a sequence' when 'f' then 'a foreign table'
      when 'i' then 'an index' when 'c' then 'a composite type' else 'a relation of another kind' end);
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
