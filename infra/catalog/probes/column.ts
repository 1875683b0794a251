import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { Probe } from "../probe.ts";
import { refused, variables } from "../server-function.ts";

/** Asks whether the table has this column. @param advice what to do if it does not */
export function probeColumn(path: Path, table: QualifiedName, column: string, advice = ""): Probe {
  return {
    path,
    table,
    columns: [column],
    functions: [columnFunction],
    call: () =>
      `pg_temp.palisade_column(${quoteLiteral(quoteQualified(table))}, ${quoteLiteral(column)}, ${quoteLiteral(advice)})`,
    read: () => undefined,
  };
}

const columnFunction = `
create function pg_temp.palisade_column(relation text, wanted text, advice text) returns json language plpgsql as $probe$
declare ${variables};
begin
  perform from pg_attribute where attrelid = relation::regclass and attname = wanted and attnum > 0 and not attisdropped;
  if not found then
    raise undefined_column using message = format('column "%s" of relation %s does not exist%s', wanted,
      (select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass),
      '; ' || nullif(advice, ''));
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
