import { functionIdentity } from "../../catalog/functions.ts";
import type { Session } from "../../database/database.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { readPrintedType } from "../../sql/signature.ts";
import { listWords } from "../../values/list-words.ts";

/** An object in a schema that has to be dropped before the schema. */
export interface Member {
  /** PostgreSQL's name for the object's kind: `table`, `function`, `type`. */
  readonly type: string;
  /** `private.tasks` or, for a function, its signature: `private.is_member(text)`. */
  readonly name: string;
}

/**
 * The objects in a schema, by name. Objects that belong to another one in it, such as a table's indexes, are left out:
 * they are dropped together with it.
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export async function readMembers(schema: string, session: Session): Promise<readonly Member[]> {
  const [rows = []] = await session.run(`
    select o.type, o.identity, p.proname as name, n.nspname as schema,
      array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position) as arguments
    from pg_catalog.pg_namespace n
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid and d.deptype = 'n'
      cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) as o
      left join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid
    where n.nspname = ${quoteLiteral(schema)} order by 1, 2`);
  return rows.map(({ type, identity, name, arguments: argumentTypes }) => ({
    type: String(type),
    name:
      name === null
        ? String(identity)
        : functionIdentity({
            schema,
            name: String(name),
            argumentTypes: (argumentTypes as string[]).map(readPrintedType),
          }),
  }));
}

/** `the table private.a, the function private.b() and 3 more` */
export function listMembers(members: readonly Member[]): string {
  return listWords(
    members.map(({ type, name }) => `the ${type} ${name}`),
    5,
  );
}
