import type { Probe } from "../../catalog/probe.ts";
import { refused, variables } from "../../catalog/server-function.ts";
import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";

/** Asks whether it is a view, as only views have this option. Whether it exists is a separate question. */
export function probeOption(path: Path, view: QualifiedName): Probe {
  return {
    path,
    functions: [optionFunction],
    call: () => `pg_temp.palisade_view_option(${quoteLiteral(quoteQualified(view))}, ${quoteLiteral(path.join("."))})`,
    read: () => undefined,
  };
}

const optionFunction = `
create function pg_temp.palisade_view_option(relation text, option text) returns json language plpgsql as $probe$
declare ${variables}; found record;
begin
  select c.relkind, format('%I.%I', n.nspname, c.relname) as name into found
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass(relation) and c.relkind in ('m', 'f');
  if found.relkind is not null then
    raise wrong_object_type using message = format('%s is %s. Write %s: false', found.name, case found.relkind
      when 'm' then 'a materialized view, which shows everybody what its owner saw when it was last refreshed'
      else 'a foreign table, whose rows come from another server and are asked no policy here' end, option);
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
