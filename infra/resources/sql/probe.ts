import type { Database, Session } from "../../provider/database.ts";
import type { Path } from "../properties.ts";
import { type QualifiedName, quoteLiteral, quoteQualified, quoteRole } from "./quote.ts";

/**
 * A question to the server about a declaration, answered inside a transaction that is rolled back, with no lock above ACCESS SHARE
 * on anybody's table.
 */
export type Probe =
  /** Is this a condition on the table's rows? Canonical form: the condition as the server prints it. */
  | { readonly kind: "condition"; readonly path: Path; readonly table: QualifiedName; readonly sql: string }
  /** Can this function be created? Canonical form: `pg_get_functiondef`. */
  | { readonly kind: "function"; readonly path: Path; readonly signature: string; readonly sql: string }
  /** Is there such a table (kinds by `relkind`)? */
  | { readonly kind: "relation"; readonly path: Path; readonly table: QualifiedName; readonly relkinds: string }
  | { readonly kind: "column"; readonly path: Path; readonly table: QualifiedName; readonly column: string }
  | { readonly kind: "role"; readonly path: Path; readonly role: string };

export type Answer =
  | { readonly ok: true; readonly canonical: string }
  | { readonly ok: false; readonly message: string; readonly sqlState: string };

/**
 * Asks everything in one round trip: a temporary function catches each question's error by itself.
 * @param assumptions statements that are declared but not applied yet, made true for the length of the transaction
 */
export async function askServer(
  database: Database,
  probes: readonly Probe[],
  assumptions: readonly string[] = [],
): Promise<Answer[]> {
  if (probes.length === 0) return [];
  return await database.look(async (session) => await ask(session, probes, assumptions));
}

async function ask(session: Session, probes: readonly Probe[], assumptions: readonly string[]): Promise<Answer[]> {
  const assume = assumptions.map((sql) => `select pg_temp.palisade_assume(${quoteLiteral(sql)})`);
  const questions = probes.map((probe) => `select ${call(probe)} as answer`);
  const results = await session.run([probeFunctions, ...assume, ...questions].join(";\n"));
  return results.slice(-probes.length).map((rows) => rows[0]?.answer as Answer);
}

function call(probe: Probe): string {
  switch (probe.kind) {
    case "condition":
      return `pg_temp.palisade_condition(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.sql)})`;
    case "function":
      return `pg_temp.palisade_function(${quoteLiteral(probe.signature)}, ${quoteLiteral(probe.sql)})`;
    case "relation":
      return `pg_temp.palisade_relation(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.relkinds)})`;
    case "column":
      return `pg_temp.palisade_column(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.column)})`;
    case "role":
      return `pg_temp.palisade_role(${quoteLiteral(quoteRole(probe.role))})`;
  }
}

const refused = `
  exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws('. ', message, nullif(detail, ''), nullif(hint, '')));
  end`;

/**
 * The canonical form of a condition takes two rounds through a view: printing is no fixed point after one (BETWEEN, IN on varchar), and
 * a view qualifies columns where a policy does not. The view of the bare table gives the length of what stands before WHERE.
 */
const probeFunctions = `
create function pg_temp.palisade_condition(relation text, condition text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text; bare text; printed text := condition;
begin
  perform set_config('search_path', 'public, extensions', true);
  execute format('create or replace temporary view palisade_probe as select 1 as x from %s', relation);
  perform set_config('search_path', '', true);
  bare := rtrim(pg_get_viewdef('pg_temp.palisade_probe'::regclass), ';');
  perform set_config('search_path', 'public, extensions', true);
  for round in 1..2 loop
    execute format(E'create or replace temporary view palisade_probe as select 1 as x from %s where (%s\\n)', relation, printed);
    perform set_config('search_path', '', true);
    printed := rtrim(substr(pg_get_viewdef('pg_temp.palisade_probe'::regclass), length(bare) + length(E'\\n  WHERE ') + 1), ';');
  end loop;
  perform set_config('search_path', 'public, extensions', true);
  return json_build_object('ok', true, 'canonical', printed);
${refused};
$probe$;
create function pg_temp.palisade_function(signature text, definition text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text; printed text;
begin
  execute definition;
  perform set_config('search_path', '', true);
  printed := pg_get_functiondef(signature::regprocedure);
  perform set_config('search_path', 'public, extensions', true);
  return json_build_object('ok', true, 'canonical', printed);
${refused};
$probe$;
create function pg_temp.palisade_relation(relation text, relkinds text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text; found_kind text;
begin
  select relkind into found_kind from pg_class where oid = relation::regclass;
  if position(found_kind in relkinds) = 0 then
    return json_build_object('ok', false, 'sqlState', '42809', 'message', format('%s is no table but a %s', relation,
      case found_kind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' when 'i' then 'index' else 'relation of another kind' end));
  end if;
  return json_build_object('ok', true, 'canonical', '');
${refused};
$probe$;
create function pg_temp.palisade_column(relation text, wanted text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text;
begin
  perform from pg_attribute where attrelid = relation::regclass and attname = wanted and attnum > 0 and not attisdropped;
  if not found then
    raise undefined_column using message = format('column "%s" of relation %s does not exist', wanted, relation);
  end if;
  return json_build_object('ok', true, 'canonical', '');
${refused};
$probe$;
create function pg_temp.palisade_role(role text) returns json language plpgsql as $probe$
declare message text; detail text; hint text; state text;
begin
  if role <> 'public' then perform role::regrole; end if;
  return json_build_object('ok', true, 'canonical', '');
${refused};
$probe$;
create function pg_temp.palisade_assume(statement text) returns void language plpgsql as $probe$
begin
  execute statement;
exception when others then null;
end
$probe$`;
