import type { Session } from "../../provider/database.ts";
import { parseQualified, type QualifiedName, quoteLiteral } from "../sql/quote.ts";
import type { Loss } from "./schema-changes.ts";

/** A live policy that uses something which a migration takes away. */
export interface DependentPolicy {
  readonly table: QualifiedName;
  readonly name: string;
  readonly loss: Loss;
}

/**
 * The live policies that stand in the way of losses: PostgreSQL would refuse the migration because of them, or with CASCADE take them
 * away in silence. Policies of a table that is dropped go with it and stand in no way.
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export async function findDependentPolicies(session: Session, losses: readonly Loss[]): Promise<DependentPolicy[]> {
  const inTheWay = losses.filter(({ deed }) => deed !== "renames");
  if (inTheWay.length === 0) return [];
  const [rows = []] = await session.run(dependentPoliciesQuery(inTheWay));
  return rows.flatMap(({ position, schema, table, name }) => {
    const loss = inTheWay[Number(position)];
    return loss === undefined
      ? []
      : [{ table: { schema: String(schema), name: String(table) }, name: String(name), loss }];
  });
}

/** The columns that tables have now, by the tables' names. */
export async function readColumns(session: Session, tables: readonly string[]): Promise<Map<string, string[]>> {
  if (tables.length === 0) return new Map();
  const wanted = JSON.stringify(tables.map((table, position) => ({ position, ...parseQualified(table) })));
  const [rows = []] = await session.run(`
    select wanted.position, array_agg(a.attname::text order by a.attnum) as columns
    from json_to_recordset(${quoteLiteral(wanted)}) as wanted(position int, schema text, name text)
      join pg_catalog.pg_namespace n on n.nspname = wanted.schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name and c.relkind in ('r', 'p')
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    group by wanted.position`);
  return new Map(rows.map(({ position, columns }) => [tables[Number(position)] ?? "", columns as string[]]));
}

function dependentPoliciesQuery(losses: readonly Loss[]): string {
  const lost = losses.map(({ kind, name, column }, position) => ({
    position,
    kind,
    column,
    ...(kind === "schema" ? { schema: name, name } : parseQualified(name)),
  }));
  return `
    with recursive lost as (
      select * from json_to_recordset(${quoteLiteral(JSON.stringify(lost))}) as given(position int, kind text, schema text, name text, "column" text)
    ), held as (
      select l.position, l.kind, l.name as wanted, l."column", 'pg_catalog.pg_class'::regclass as classid, c.oid as objid, c.relname as name
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_class c on c.relnamespace = n.oid where l.kind in ('relation', 'column', 'schema')
      union all
      select l.position, l.kind, l.name, null, 'pg_catalog.pg_proc'::regclass, p.oid, p.proname
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_proc p on p.pronamespace = n.oid where l.kind in ('function', 'schema')
      union all
      select l.position, l.kind, l.name, null, 'pg_catalog.pg_type'::regclass, t.oid, t.typname
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_type t on t.typnamespace = n.oid where l.kind in ('type', 'schema')
    ), thing as (
      select * from held where kind = 'schema' or name = wanted
    ), family as (
      select position, "column", objid from thing where kind = 'column'
      union
      select f.position, f."column", i.inhrelid from family f join pg_catalog.pg_inherits i on i.inhparent = f.objid
    ), target as (
      select position, classid, objid, 0 as subid from thing where kind <> 'column'
      union all
      select f.position, 'pg_catalog.pg_class'::regclass, f.objid, a.attnum
      from family f join pg_catalog.pg_attribute a on a.attrelid = f.objid and a.attname = f."column" and not a.attisdropped
    )
    select distinct t.position, n.nspname as schema, c.relname as table, p.polname as name
    from target t
      join pg_catalog.pg_depend d on d.refclassid = t.classid and d.refobjid = t.objid and (t.subid = 0 or d.refobjsubid = t.subid)
      join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
      join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not exists (select from target own where own.classid = 'pg_catalog.pg_class'::regclass and own.subid = 0 and own.objid = p.polrelid)
    order by 2, 3, 4, 1`;
}
