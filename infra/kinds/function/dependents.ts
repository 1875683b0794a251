import { functionIdentity } from "../../catalog/functions.ts";
import type { Session } from "../../database/database.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { readPrintedType } from "../../sql/signature.ts";

/** An object that prevents a function from being dropped. */
export type Dependent =
  | { readonly kind: "policy"; readonly words: string; readonly table: QualifiedName; readonly name: string }
  | {
      readonly kind: "function";
      readonly words: string;
      readonly signature: string;
      /**
       * The same function with an empty body. Absent: its body is not what depends, but for example an argument's
       * default.
       */
      readonly emptied?: string;
    }
  | { readonly kind: "other"; readonly words: string };

/**
 * The dependents of a function that PostgreSQL records: policies, views, triggers, defaults, constraints, indexes,
 * functions whose body is parsed at creation (BEGIN ATOMIC), and more. A body that is a string is examined only when it
 * runs, so it is not recorded.
 * @param quoted the signature with its names quoted
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export async function findDependents(session: Session, quoted: string): Promise<readonly Dependent[]> {
  const [rows = []] = await session.run(dependentsQuery(quoted));
  return rows.map((row): Dependent => {
    const words = `the ${row.type} ${row.identity}`;
    const named = { schema: String(row.schema), name: String(row.name) };
    if (row.policy !== null) return { kind: "policy", words, table: named, name: String(row.policy) };
    if (row.arguments === null) return { kind: "other", words };
    const argumentTypes = (row.arguments as string[]).map(readPrintedType);
    const emptied = emptyBody(row.definition as string | null, row.body as string | null);
    return {
      kind: "function",
      words,
      signature: functionIdentity({ ...named, argumentTypes }),
      ...(emptied === undefined ? {} : { emptied }),
    };
  });
}

function dependentsQuery(quoted: string): string {
  return `
    select distinct o.type, o.identity,
      coalesce(pn.nspname, fn.nspname) as schema, coalesce(pc.relname, f.proname) as name, p.polname as policy,
      case when f.oid is not null then array(select pg_catalog.format_type(given.type, null)
        from unnest(f.proargtypes) with ordinality as given(type, position) order by given.position) end as arguments,
      case when f.prosqlbody is not null then pg_catalog.pg_get_functiondef(f.oid) end as definition, pg_catalog.pg_get_function_sqlbody(f.oid) as body
    from pg_catalog.pg_depend d
      left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
      left join pg_catalog.pg_class v on v.oid = r.ev_class
      cross join lateral pg_catalog.pg_identify_object(
        case when v.oid is null then d.classid else 'pg_catalog.pg_class'::regclass end, coalesce(v.oid, d.objid), case when v.oid is null then d.objsubid else 0 end) as o
      left join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
      left join pg_catalog.pg_class pc on pc.oid = p.polrelid left join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
      left join pg_catalog.pg_proc f on d.classid = 'pg_catalog.pg_proc'::regclass and f.oid = d.objid and f.prokind in ('f', 'p')
      left join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
    where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = to_regprocedure(${quoteLiteral(quoted)})
      and d.deptype in ('n', 'a') and not (d.classid = d.refclassid and d.objid = d.refobjid)
    order by 1, 2`;
}

/** The server prints a parsed body at the end of the definition. A body that is a string creates no dependency. */
function emptyBody(definition: string | null, body: string | null): string | undefined {
  const end = definition?.trimEnd();
  if (end === undefined || body === null || !end.endsWith(body.trim())) return undefined;
  return `${end.slice(0, -body.trim().length)} as ''`;
}
