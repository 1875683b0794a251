import { runQueries } from "../../catalog/read.ts";
import { isUserSchema } from "../../catalog/rows.ts";
import type { Session } from "../../database/database.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import type { ForeignKeyFacts, SchemaFacts, TableFacts, TypeFacts } from "./schema-facts.ts";

/**
 * Reads, in one round trip, everything that decides which rows a database's tables accept.
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */
export async function readSchema(session: Session): Promise<SchemaFacts> {
  const [tables = [], types = []] = await runQueries(session, [tablesQuery, typesQuery]);
  return {
    tables: withInheritedKeys(tables as unknown as readonly TableFacts[]),
    types: new Map((types as unknown as readonly TypeFacts[]).map((type) => [type.oid, type])),
  };
}

/**
 * Adds a parent table's foreign keys to its children: a child's rows usually reference the same rows, though no
 * constraint says so. Partitions have the keys themselves.
 */
function withInheritedKeys(tables: readonly TableFacts[]): readonly TableFacts[] {
  const find = ({ schema, name }: QualifiedName) => tables.find((each) => each.schema === schema && each.name === name);
  const keysOf = ({ foreignKeys, parents, bound }: TableFacts): readonly ForeignKeyFacts[] => {
    const inherited = bound === undefined ? parents.flatMap((parent) => find(parent) ?? []).flatMap(keysOf) : [];
    return [...foreignKeys, ...inherited.map((key) => ({ ...key, isDeferrable: false }))];
  };
  return tables.map((table) => ({ ...table, foreignKeys: keysOf(table) }));
}

/** json_strip_nulls: a property that is optional in our types must be absent, not null. */
const tablesQuery = `
with relation as materialized (
  select c.oid, n.nspname, c.relname, c.relkind, c.relispartition from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and ${isUserSchema}
), columns as (${columnsOf("relation r on r.oid = a.attrelid")}
), checks as (
  select k.conrelid as oid, json_agg(json_build_object('name', k.conname, 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid)) order by k.conname) as list
  from pg_catalog.pg_constraint k join relation r on r.oid = k.conrelid where k.contype = 'c' group by k.conrelid
), keys as (
  select i.indrelid as oid, json_agg(json_build_object('name', x.relname, 'isPrimary', i.indisprimary, 'isDeferrable', not i.indimmediate,
    'isPartial', i.indexprs is not null or i.indpred is not null, 'columns', ${columnsAt("i.indrelid", "i.indkey[0:i.indnkeyatts - 1]")}) order by not i.indisprimary, x.relname) as list
  from pg_catalog.pg_index i join relation r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid
  where i.indisunique and i.indisvalid group by i.indrelid
), exclusions as (
  select k.conrelid as oid, json_agg(json_build_object('name', k.conname, 'definition', pg_catalog.pg_get_constraintdef(k.oid)) order by k.conname) as list
  from pg_catalog.pg_constraint k join relation r on r.oid = k.conrelid where k.contype = 'x' group by k.conrelid
), foreign_keys as (
  select k.conrelid as oid, json_agg(json_build_object('name', k.conname, 'columns', ${columnsAt("k.conrelid", "k.conkey")},
    'to', json_build_object('schema', n.nspname, 'name', t.relname), 'toColumns', ${columnsAt("k.confrelid", "k.confkey")}, 'isDeferrable', k.condeferrable) order by k.conname) as list
  from pg_catalog.pg_constraint k join relation r on r.oid = k.conrelid join pg_catalog.pg_class t on t.oid = k.confrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace left join pg_catalog.pg_constraint parent on parent.oid = k.conparentid
  -- A key to a partitioned table has one more constraint for each partition.
  where k.contype = 'f' and parent.conrelid is distinct from k.conrelid group by k.conrelid
), triggers as (
  select t.tgrelid as oid, json_agg(json_build_object('name', t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid)) order by t.tgname) as list
  from pg_catalog.pg_trigger t join relation r on r.oid = t.tgrelid
  -- For each row, on insert, and switched on.
  where not t.tgisinternal and t.tgtype & 5 = 5 and t.tgenabled in ('O', 'A') group by t.tgrelid
), partitions as (
  -- A partition that takes everything has no condition.
  select r.oid, case when bool_and(bound.condition is not null) then json_agg(bound.condition order by leaf.relid) end as list
  from relation r, pg_catalog.pg_partition_tree(r.oid) leaf join pg_catalog.pg_class c on c.oid = leaf.relid
    cross join lateral pg_catalog.pg_get_partition_constraintdef(leaf.relid) as bound(condition)
  where r.relkind = 'p' and leaf.isleaf and c.relkind = 'r' group by r.oid
)
select coalesce(json_agg(json_strip_nulls(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind,
  'canInsert', pg_catalog.has_schema_privilege(r.nspname, 'usage') and pg_catalog.has_table_privilege(r.oid, 'insert') and pg_catalog.has_table_privilege(r.oid, 'select'),
  'isExtension', exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = r.oid and d.deptype = 'e'),
  'columns', coalesce(columns.list, '[]'), 'checks', coalesce(checks.list, '[]'), 'keys', coalesce(keys.list, '[]'),
  'exclusions', coalesce(exclusions.list, '[]'), 'foreignKeys', coalesce(foreign_keys.list, '[]'), 'triggers', coalesce(triggers.list, '[]'),
  'bound', case when r.relispartition then pg_catalog.pg_get_partition_constraintdef(r.oid) end, 'partitions', coalesce(partitions.list, '[]'),
  'parents', coalesce((select json_agg(json_build_object('schema', pn.nspname, 'name', pc.relname)) from pg_catalog.pg_inherits h join pg_catalog.pg_class pc on pc.oid = h.inhparent
    join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where h.inhrelid = r.oid), '[]'))) order by r.nspname, r.relname), '[]') as rows
from relation r left join columns using (oid) left join checks using (oid) left join keys using (oid) left join exclusions using (oid)
  left join foreign_keys using (oid) left join triggers using (oid) left join partitions using (oid)`;

/** The types of the columns, and the types that these consist of. */
const typesQuery = `
with recursive used as (
  select distinct a.atttypid as oid from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and a.attnum > 0 and not a.attisdropped and ${isUserSchema}
  union
  select part.oid from used join pg_catalog.pg_type t on t.oid = used.oid left join pg_catalog.pg_range g on t.oid in (g.rngtypid, g.rngmultitypid)
    cross join lateral (
      select t.typbasetype where t.typtype = 'd' union all select t.typelem where t.typcategory = 'A'
      union all select case when g.rngmultitypid = t.oid then g.rngtypid else g.rngsubtype end where g.rngtypid is not null
      union all select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) as part(oid)
), fields as (${columnsOf("used u on true join pg_catalog.pg_type r on r.oid = u.oid and r.typtype = 'c' and r.typrelid = a.attrelid", "r.typrelid")}
)
select coalesce(json_agg(json_strip_nulls(json_build_object('oid', t.oid::int8, 'schema', n.nspname, 'name', t.typname, 'kind', t.typtype, 'category', t.typcategory,
  'of', case when t.typtype = 'd' then t.typbasetype when t.typcategory = 'A' then t.typelem
    when t.typtype = 'm' then (select g.rngtypid from pg_catalog.pg_range g where g.rngmultitypid = t.oid) when t.typtype = 'r' then (select g.rngsubtype from pg_catalog.pg_range g where g.rngtypid = t.oid) end::int8,
  'modifier', t.typtypmod, 'notNull', t.typnotnull, 'default', t.typdefault,
  'checks', coalesce((select json_agg(json_build_object('name', k.conname, 'expression', pg_catalog.pg_get_expr(k.conbin, 0)) order by k.conname) from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'), '[]'),
  'labels', array(select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder),
  'fields', coalesce(fields.list, '[]')))), '[]') as rows
from used join pg_catalog.pg_type t on t.oid = used.oid join pg_catalog.pg_namespace n on n.oid = t.typnamespace left join fields on fields.oid = t.typrelid`;

/**
 * A subquery for the columns of a relation: `joined` is what `pg_attribute a` is joined with, grouped by `oid`, and the
 * result is in the column `list`.
 */
function columnsOf(joined: string, oid = "r.oid"): string {
  return `
  select ${oid} as oid, json_agg(json_strip_nulls(json_build_object('name', a.attname, 'type', a.atttypid::int8, 'typeText', pg_catalog.format_type(a.atttypid, a.atttypmod), 'modifier', a.atttypmod, 'notNull', a.attnotnull,
    'default', case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end, 'identity', nullif(a.attidentity, ''), 'isGenerated', a.attgenerated <> '')) order by a.attnum) as list
  from pg_catalog.pg_attribute a join ${joined} left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped group by ${oid}`;
}

/**
 * The names of the columns with the numbers in a list, in that order. Expressions, which have the number 0, are left
 * out.
 */
function columnsAt(relation: string, numbers: string): string {
  return `array(select a.attname from unnest(${numbers}) with ordinality as at(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = at.number order by at.place)`;
}
