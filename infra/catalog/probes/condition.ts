import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import { searchPathSetting } from "../../sql/search-path.ts";
import type { Path } from "../../values/properties.ts";
import type { TextProbe } from "../probe.ts";
import { answered, refused, variables } from "../server-function.ts";
import { questionOnUse, usesAnswered, useVariables } from "../use.ts";

/** Asks whether this is a valid condition on the table's rows. */
export function probeCondition(path: Path, table: QualifiedName, sql: string): TextProbe {
  const call = (name: string, rows: string) => `pg_temp.${name}(${quoteLiteral(rows)}, ${quoteLiteral(sql)})`;
  const callUse = (rows: string) => call("palisade_condition_use", rows);
  return {
    path,
    table,
    sql,
    form: "condition",
    functions: [conditionFunction],
    call: () => call("palisade_condition", quoteQualified(table)),
    read: (canonical) => canonical,
    askUse: (future) =>
      questionOnUse(
        [conditionUseFunction],
        () => callUse(quoteQualified(table)),
        future === undefined ? undefined : () => callUse(future),
      ),
  };
}

/**
 * The canonical form takes two rounds, because printing once does not reach a fixed point (BETWEEN, IN on varchar, in
 * conditions and in function bodies that the server parses). The condition is tried in a view, which qualifies columns
 * where a policy does not, and is what follows a known prefix in the view's definition.
 */
export const conditionFunction = `
create function pg_temp.palisade_condition(relation text, condition text) returns json language plpgsql as $probe$
declare ${variables}; beginning text; printed text := condition;
begin
  for round in 1..2 loop
    execute format(E'create or replace temporary view palisade_probe as select 1 as x from %s where (%s\\n)', relation, printed);
    perform set_config('search_path', '', true);
    beginning := format(E'SELECT 1 AS x\\n   FROM %s\\n  WHERE', relation::regclass);
    printed := ltrim(pg_get_viewdef('pg_temp.palisade_probe'::regclass));
    if not starts_with(printed, beginning) then raise 'the server prints a view in an unexpected form: %', printed; end if;
    printed := btrim(substr(printed, length(beginning) + 1), E' \\n;');
    perform set_config('search_path', ${quoteLiteral(searchPathSetting)}, true);
  end loop;
  ${answered}
  ${refused};
$probe$`;

/**
 * The server records the dependencies of a view, down to the columns.
 * @see https://www.postgresql.org/docs/current/ddl-depend.html
 */
const conditionUseFunction = `
create function pg_temp.palisade_condition_use(relation text, condition text) returns json language plpgsql as $probe$
declare ${useVariables};
begin
  execute format(E'create temporary view palisade_use as select 1 as x from %s where (%s\\n)', relation, condition);
  uses := pg_temp.palisade_uses('pg_rewrite'::regclass, (select oid from pg_rewrite where ev_class = 'pg_temp.palisade_use'::regclass));
  ${usesAnswered}
$probe$`;
