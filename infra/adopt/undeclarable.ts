import type { CatalogPart } from "../catalog/part.ts";
import { isUserSchema } from "../catalog/rows.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";

/** An object that affects access or changes to rows, but can't be declared by a resource. */
export interface UndeclarableObject {
  /** `event trigger`, `rule` */
  readonly type: string;
  readonly name: string;
  /** For a rule. */
  readonly table?: QualifiedName;
}

/** Event triggers and rules, except those of extensions and the rules that define views. */
export const undeclarableObjects: CatalogPart<readonly UndeclarableObject[]> = {
  name: "what no resource declares",
  query: () => `
  select coalesce(json_agg(json_build_object('type', found.type, 'name', found.name, 'table', found.in_table) order by 1, 2), '[]') as rows from (
    select 'event trigger' as type, e.evtname as name, null::json as in_table
    from pg_catalog.pg_event_trigger e where not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass and d.objid = e.oid and d.deptype = 'e')
      and pg_catalog.pg_get_userbyid(e.evtowner) not like 'supabase\\_%'
    union all
    select 'rule', r.rulename, json_build_object('schema', n.nspname, 'name', c.relname)
    from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and ${isUserSchema} and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
  ) as found`,
  read: (rows = []) =>
    (rows as unknown as readonly UndeclarableObject[]).filter(({ table }) => !table || !isMadeByPlatform(table.schema)),
};

export function nameOf({ name, table }: UndeclarableObject): string {
  return table ? `${name} on ${formatQualified(table)}` : name;
}
