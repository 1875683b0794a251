import type { CatalogPart } from "../catalog/part.ts";
import { isWanted, keyed, withoutNulls } from "../catalog/rows.ts";
import type { Row } from "../database/database.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";

/** A table, view or foreign table with its columns, from the catalog. */
export interface TableColumns extends QualifiedName {
  /** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table. */
  readonly kind: string;
  /** In column order. */
  readonly columns: readonly TableColumn[];
  /** The columns of the primary key, in the key's order. Empty if there is none. */
  readonly primaryKey: readonly string[];
  /** The columns of each foreign key. */
  readonly foreignKeys: readonly (readonly string[])[];
}

export interface TableColumn {
  readonly name: string;
  /** As PostgreSQL prints it: `text`, `timestamp(3) with time zone`, `public.organization_role`. */
  readonly type: string;
  readonly nullable: boolean;
  /** `GENERATED … AS IDENTITY`. */
  readonly isIdentity: boolean;
  /** `GENERATED ALWAYS AS (…)`. */
  readonly isGenerated: boolean;
  /** The expression of DEFAULT. */
  readonly default?: string;
}

/** The columns of tables and views, by `schema.name`. */
export const tableColumns: CatalogPart<ReadonlyMap<string, TableColumns>, QualifiedName> = {
  name: "columns",
  query: (wanted) => `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relkind
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${isWanted(wanted, "c.relname")}
  ), columns as (
    select a.attrelid, json_agg(json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'nullable', not a.attnotnull, 'isIdentity', a.attidentity <> '', 'isGenerated', a.attgenerated <> '',
      'default', case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum) as list
    from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    group by a.attrelid
  ), keys as (
    select k.conrelid, json_agg(json_build_object('type', k.contype, 'columns', array(
      select a.attname from unnest(k.conkey) with ordinality as key(number, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number order by key.place)) order by k.conname) as list
    from relation r join pg_catalog.pg_constraint k on k.conrelid = r.oid and k.contype in ('p', 'f')
    group by k.conrelid
  )
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'columns', columns.list, 'keys', keys.list)
    order by r.nspname, r.relname), '[]') as rows
  from relation r left join columns on columns.attrelid = r.oid left join keys on keys.conrelid = r.oid`,
  read: (rows = []) => keyed(rows.map(readColumns), formatQualified),
};

function readColumns(row: Row): TableColumns {
  const { schema, name, kind } = row as unknown as TableColumns;
  const columns = ((row.columns ?? []) as Row[]).map(withoutNulls<TableColumn>);
  const keys = (row.keys ?? []) as { readonly type: "p" | "f"; readonly columns: readonly string[] }[];
  return {
    schema,
    name,
    kind,
    columns,
    primaryKey: keys.find(({ type }) => type === "p")?.columns ?? [],
    foreignKeys: keys.filter(({ type }) => type === "f").map((key) => key.columns),
  };
}
