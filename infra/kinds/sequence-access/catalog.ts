import { type GrantedRelation, grantsOfRelations, readGranted } from "../../catalog/grants.ts";
import type { CatalogPart } from "../../catalog/part.ts";
import { isWanted, keyed, withoutNulls } from "../../catalog/rows.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";

export interface SequenceRow extends GrantedRelation {
  /**
   * The table whose column the sequence belongs to (serial, identity, OWNED BY). The table's owner also owns the
   * sequence.
   */
  readonly countsFor?: QualifiedName;
}

/** Sequences by `schema.name`. */
export const sequences: CatalogPart<ReadonlyMap<string, SequenceRow>, QualifiedName> = {
  name: "sequences",
  query: (wanted) => `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relowner, c.relacl
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and ${isWanted(wanted, "c.relname")}
  ), ${grantsOfRelations}
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'countsFor', (select json_build_object('schema', tn.nspname, 'name', t.relname) from pg_catalog.pg_depend d
      join pg_catalog.pg_class t on t.oid = d.refobjid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = r.oid and d.objsubid = 0
        and d.refclassid = d.classid and d.refobjsubid > 0 and d.deptype in ('a', 'i')),
    'grants', grants.list, 'passedOn', passed_on.list)), '[]') as rows
  from relation r left join grants on grants.oid = r.oid left join passed_on on passed_on.oid = r.oid`,
  read: (rows = []) =>
    keyed(
      rows.map((row) => readGranted<SequenceRow>(withoutNulls(row))),
      formatQualified,
    ),
};
