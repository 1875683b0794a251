import type { Reachable, ReachableFunction } from "../../access/reach/reachable.ts";
import { functionIdentity } from "../../catalog/functions.ts";
import { runQueries } from "../../catalog/read.ts";
import { formattedName, isUserSchema } from "../../catalog/rows.ts";
import type { Row, Session } from "../../database/database.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { readPrintedType } from "../../sql/signature.ts";

/** A function that decides who may do what, or that requests may call. */
export interface Helper {
  readonly called: ReachableFunction;
  /** In SQL: `private.is_member(text)`. */
  readonly name: string;
  /** The whole CREATE FUNCTION statement. */
  readonly definition: string;
  readonly language: string;
  readonly argumentTypes: readonly string[];
  readonly argumentNames: readonly string[];
  readonly returns: string;
}

/** The project's own functions that a request, a policy, a view or a column's default can run. */
export async function readHelpers(session: Session, reachable: Reachable): Promise<readonly Helper[]> {
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'sqlName', p.oid::regprocedure::text, 'language', l.lanname,
      'definition', pg_catalog.pg_get_functiondef(p.oid), 'returns', pg_catalog.pg_get_function_result(p.oid),
      'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
      'argumentNames', coalesce(p.proargnames, '{}')) order by n.nspname, p.proname), '[]') as rows
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
    where p.prokind = 'f' and l.lanname in ('sql', 'plpgsql') and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype) and ${isUserSchema}`,
  ]);
  return rows.flatMap((row) => {
    const called = reachable.functions.get(signatureOf(row));
    if (called === undefined || called.isExtension || isMadeByPlatform(called.schema)) return [];
    const {
      sqlName: name,
      definition,
      language,
      argumentTypes,
      argumentNames,
      returns,
    } = row as unknown as Row & Omit<Helper, "called"> & { readonly sqlName: string };
    return [{ called, name, definition, language, argumentTypes, argumentNames, returns }];
  });
}

/** A text that belongs to a table or view, such as `public.tasks`. */
export interface TextOf {
  readonly id: string;
  readonly text: string;
}

/** The texts other than policies that run with the caller's rights: column defaults and views. */
export async function readTexts(session: Session): Promise<readonly TextOf[]> {
  const id = `${formattedName("n.nspname", "c.relname")} as id`;
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('id', q.id, 'text', q.text)), '[]') as rows from (
      select ${id}, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as text from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${isUserSchema}
      union all select ${id}, pg_catalog.pg_get_viewdef(c.oid) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'v' and ${isUserSchema} and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e')) as q`,
  ]);
  return rows as unknown as readonly TextOf[];
}

function signatureOf(row: Row): string {
  const argumentTypes = (row.argumentTypes as string[]).map(readPrintedType);
  return functionIdentity({ schema: String(row.schema), name: String(row.name), argumentTypes });
}
