import { type GrantedRelation, grantsOfRelations, readGranted } from "../../catalog/grants.ts";
import type { CatalogPart } from "../../catalog/part.ts";
import { isWanted, keyed } from "../../catalog/rows.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";

export interface ViewRow extends GrantedRelation {
  /** `v` view, `m` materialised view, `f` foreign table. */
  readonly kind: string;
  /** For a view only. */
  readonly securityInvoker: boolean;
  readonly securityBarrier: boolean;
}

/**
 * Views by `schema.name`. `tables` contains them as well, but objects read through that part are locked when they
 * change, and PostgreSQL's lock on a view includes the tables that it reads.
 */
export const views: CatalogPart<ReadonlyMap<string, ViewRow>, QualifiedName> = {
  name: "views",
  query: (wanted) => `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('v', 'm', 'f') and ${isWanted(wanted, "c.relname")}
  ), ${grantsOfRelations}
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'securityInvoker', ${option("security_invoker")}, 'securityBarrier', ${option("security_barrier")},
    'grants', grants.list, 'passedOn', passed_on.list)), '[]') as rows
  from relation r left join grants on grants.oid = r.oid left join passed_on on passed_on.oid = r.oid`,
  read: (rows = []) => keyed(rows.map(readGranted<ViewRow>), formatQualified),
};

function option(name: string): string {
  return `exists (select from pg_catalog.pg_options_to_table(r.reloptions) o where o.option_name = '${name}' and o.option_value::boolean)`;
}
