import { functionIdentity } from "../../catalog/functions.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readPrintedType } from "../../sql/signature.ts";

/**
 * Functions that PostgreSQL runs without a call by name: those of a view, a column's default, a CHECK, an operator and
 * so on.
 */
interface ImplicitCall {
  /** The function's signature. */
  readonly calls: string;
  /** For a column's default: the column. For a cast: the source type. */
  readonly detail: string | undefined;
  /** Whether PostgreSQL itself has an operator of this name. */
  readonly isAmbiguous: boolean;
}

/** By kind and qualified name. */
export type ImplicitCalls = ReadonlyMap<string, readonly ImplicitCall[]>;

export function readImplicitCalls(rows: readonly object[]): ImplicitCalls {
  const found = new Map<string, ImplicitCall[]>();
  for (const row of rows as readonly Row[]) {
    const key = `${row.kind} ${formatQualified(row)}`;
    const argumentTypes = row.argumentTypes.map(readPrintedType);
    const calls = functionIdentity({ schema: row.functionSchema, name: row.functionName, argumentTypes });
    const call = { calls, detail: row.detail ?? undefined, isAmbiguous: row.isAmbiguous };
    found.set(key, [...(found.get(key) ?? []), call]);
  }
  return found;
}

interface Row {
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  readonly detail: string | null;
  readonly isAmbiguous: boolean;
  readonly functionSchema: string;
  readonly functionName: string;
  readonly argumentTypes: readonly string[];
}

/**
 * Leads from the names in a text to the functions that run because of them, through nested views, domains and
 * operators. Only SQL and PL/pgSQL functions count: those in other languages resolve no names.
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export const implicitCallsQuery = `
  with recursive named(kind, schema, name, detail, class, id) as (
    select 'view', c.relnamespace, c.relname::text, null::text, 'pg_catalog.pg_class'::pg_catalog.regclass::oid, c.oid
      from pg_catalog.pg_class c where c.relkind = 'v'
    union all select case when a.attgenerated = '' then 'insert' else 'write' end, c.relnamespace, c.relname, a.attname,
        'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid
      from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid
        join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    union all select 'write', c.relnamespace, c.relname, null, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
      from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid where k.contype = 'c'
    union all select 'write', c.relnamespace, c.relname, null, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid where i.indexprs is not null or i.indpred is not null
    union all select 'write', c.relnamespace, c.relname, null, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
        join pg_catalog.pg_type t on t.oid = a.atttypid and t.typtype = 'd'
    union all select 'domain', t.typnamespace, t.typname, null, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
      from pg_catalog.pg_type t where t.typtype = 'd'
    union all select 'operator', o.oprnamespace, o.oprname, null, 'pg_catalog.pg_proc'::pg_catalog.regclass, o.oprcode from pg_catalog.pg_operator o
    union all select 'aggregate', p.pronamespace, p.proname, null, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
      from pg_catalog.pg_proc p where p.prokind = 'a'
    union all select 'cast', t.typnamespace, t.typname, sn.nspname || '.' || s.typname, 'pg_catalog.pg_proc'::pg_catalog.regclass, k.castfunc
      from pg_catalog.pg_cast k join pg_catalog.pg_type t on t.oid = k.casttarget
        join pg_catalog.pg_type s on s.oid = k.castsource join pg_catalog.pg_namespace sn on sn.oid = s.typnamespace
      where k.oid >= 16384 and k.castfunc <> 0
  ), reached(kind, schema, name, detail, class, id) as (
    select named.* from named join pg_catalog.pg_namespace n on n.oid = named.schema
      where kind = 'cast' or (n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast_)?temp_')
    union
    select r.kind, r.schema, r.name, r.detail, next.class, next.id from reached r, lateral (
      select d.refclassid as class, d.refobjid as id from pg_catalog.pg_depend d
        where d.classid = r.class and d.objid = r.id and d.deptype = 'n' and d.refobjid >= 16384
          and r.class in ('pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
            'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass)
          and (r.class <> 'pg_catalog.pg_class'::pg_catalog.regclass or exists (select from pg_catalog.pg_index i where i.indexrelid = r.id))
      union all select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid from pg_catalog.pg_rewrite w
        join pg_catalog.pg_class v on v.oid = w.ev_class and v.relkind = 'v'
        where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and w.ev_class = r.id and w.ev_type = '1'
      union all select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid from pg_catalog.pg_constraint k
        where r.class = 'pg_catalog.pg_type'::pg_catalog.regclass and k.contypid = r.id
      union all select 'pg_catalog.pg_type'::pg_catalog.regclass, t.typbasetype from pg_catalog.pg_type t
        where r.class = 'pg_catalog.pg_type'::pg_catalog.regclass and t.oid = r.id and t.typtype = 'd'
      union all select 'pg_catalog.pg_proc'::pg_catalog.regclass, o.oprcode from pg_catalog.pg_operator o
        where r.class = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = r.id
      union all select 'pg_catalog.pg_proc'::pg_catalog.regclass, f.id from pg_catalog.pg_aggregate g,
        lateral (values (g.aggtransfn::oid), (g.aggfinalfn::oid), (g.aggmtransfn::oid), (g.aggminvtransfn::oid), (g.aggmfinalfn::oid)) as f(id)
        where r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and g.aggfnoid::oid = r.id
    ) as next
  )
  select distinct r.kind, n.nspname as schema, r.name, r.detail, fn.nspname as "functionSchema", f.proname as "functionName",
    array(select pg_catalog.format_type(given.type, null) from pg_catalog.unnest(f.proargtypes) with ordinality as given(type, place)
      order by given.place) as "argumentTypes",
    r.kind = 'operator' and exists (select from pg_catalog.pg_operator o
      where o.oprname = r.name and o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace) as "isAmbiguous"
  from reached r join pg_catalog.pg_namespace n on n.oid = r.schema join pg_catalog.pg_proc f on f.oid = r.id and r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
    join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace join pg_catalog.pg_language l on l.oid = f.prolang
  where l.lanname in ('sql', 'plpgsql') and f.prokind = 'f' and fn.nspname <> 'pg_catalog'
  order by 1, 2, 3, 5, 6`;
