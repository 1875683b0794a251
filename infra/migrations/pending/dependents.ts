import type { Session } from "../../database/database.ts";
import { formatQualified, parseQualified, type QualifiedName, quoteLiteral } from "../../sql/quote.ts";
import type { Loss } from "../scripts/schema-changes.ts";

/** A live policy that uses something that a migration drops, renames or retypes. */
export interface DependentPolicy {
  readonly table: QualifiedName;
  readonly name: string;
  readonly loss: Loss;
}

/**
 * Finds the live policies that are in the way: PostgreSQL refuses the migration because of them or, with CASCADE,
 * silently drops them. The policies of a dropped table are dropped with it and are not in the way.
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export async function findDependentPolicies(session: Session, losses: readonly Loss[]): Promise<DependentPolicy[]> {
  const inTheWay = losses.filter(({ action }) => action !== "renames");
  if (inTheWay.length === 0) return [];
  const [rows = []] = await session.run(dependentPoliciesQuery(inTheWay));
  return rows.flatMap(({ position, schema, table, name }) => {
    const loss = inTheWay[Number(position)];
    return loss === undefined
      ? []
      : [{ table: { schema: String(schema), name: String(table) }, name: String(name), loss }];
  });
}

/** Another object that keeps PostgreSQL from dropping or retyping what it uses. */
export interface Obstacle {
  readonly kind: "view" | "publication" | "trigger";
  /** A view's name, a publication's, or a trigger's with its table: `touch on public.tasks`. */
  readonly name: string;
  readonly loss: Loss;
}

/** The views, publications and triggers that use it. The migration has to drop them first, or take the table out of them. */
export async function findObstacles(session: Session, losses: readonly Loss[]): Promise<Obstacle[]> {
  const inTheWay = losses.filter(({ action }) => action !== "renames");
  if (inTheWay.length === 0) return [];
  const [rows = []] = await session.run(obstaclesQuery(inTheWay));
  return rows.flatMap(({ position, kind, schema, name, detail }) => {
    const loss = inTheWay[Number(position)];
    const relation = formatQualified({ schema: String(schema), name: String(name) });
    const named = kind === "publication" ? String(detail) : kind === "trigger" ? `${detail} on ${relation}` : relation;
    return loss === undefined ? [] : [{ kind: kind as Obstacle["kind"], name: named, loss }];
  });
}

/** The current columns of tables, by the tables' names. */
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

/** The start of a query for dependents: `target` contains the oids of what is lost. */
function withTargets(losses: readonly Loss[]): string {
  const lost = losses.map(({ kind, name, column, action }, position) => ({
    position,
    action,
    kind,
    column,
    ...(kind === "schema" ? { schema: name, name } : parseQualified(name)),
  }));
  return `
    with recursive lost as (
      select * from json_to_recordset(${quoteLiteral(JSON.stringify(lost))}) as given(position int, action text, kind text, schema text, name text, "column" text)
    ), held as (
      select l.position, l.action, l.kind, l.name as wanted, l."column", 'pg_catalog.pg_class'::regclass as classid, c.oid as objid, c.relname as name
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_class c on c.relnamespace = n.oid where l.kind in ('relation', 'column', 'schema')
      union all
      select l.position, l.action, l.kind, l.name, null, 'pg_catalog.pg_proc'::regclass, p.oid, p.proname
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_proc p on p.pronamespace = n.oid where l.kind in ('function', 'schema')
      union all
      select l.position, l.action, l.kind, l.name, null, 'pg_catalog.pg_type'::regclass, t.oid, t.typname
      from lost l join pg_catalog.pg_namespace n on n.nspname = l.schema join pg_catalog.pg_type t on t.typnamespace = n.oid where l.kind in ('type', 'schema')
    ), thing as (
      select * from held where kind = 'schema' or name = wanted
    ), family as (
      select position, action, "column", objid from thing where kind = 'column'
      union
      select f.position, f.action, f."column", i.inhrelid from family f join pg_catalog.pg_inherits i on i.inhparent = f.objid
    ), target as (
      select position, action, classid, objid, 0 as subid from thing where kind <> 'column'
      union all
      select f.position, f.action, 'pg_catalog.pg_class'::regclass, f.objid, a.attnum
      from family f join pg_catalog.pg_attribute a on a.attrelid = f.objid and a.attname = f."column" and not a.attisdropped
    )`;
}

function dependentPoliciesQuery(losses: readonly Loss[]): string {
  return `${withTargets(losses)}
    select distinct t.position, n.nspname as schema, c.relname as table, p.polname as name
    from target t
      join pg_catalog.pg_depend d on d.refclassid = t.classid and d.refobjid = t.objid and (t.subid = 0 or d.refobjsubid = t.subid)
      join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
      join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not exists (select from target own where own.classid = 'pg_catalog.pg_class'::regclass and own.subid = 0 and own.objid = p.polrelid)
    order by 2, 3, 4, 1`;
}

/** Leaves out what is dropped itself. A retyped column matters to a publication's condition, but not to its column list. */
function obstaclesQuery(losses: readonly Loss[]): string {
  return `${withTargets(losses)}
    select distinct t.position, found.kind, n.nspname as schema, c.relname as name, found.detail
    from target t
      join pg_catalog.pg_depend d on d.refclassid = t.classid and d.refobjid = t.objid and (t.subid = 0 or d.refobjsubid = t.subid) and d.deptype = 'n'
      cross join lateral (
        select 'view' as kind, r.ev_class as relation, null as detail from pg_catalog.pg_rewrite r
        where d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
        union all
        select 'publication', r.prrelid, p.pubname from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
        where d.classid = 'pg_catalog.pg_publication_rel'::regclass and r.oid = d.objid and (t.action = 'drops' or r.prattrs is null)
        union all
        select 'trigger', g.tgrelid, g.tgname from pg_catalog.pg_trigger g
        where d.classid = 'pg_catalog.pg_trigger'::regclass and g.oid = d.objid and not g.tgisinternal
      ) as found
      join pg_catalog.pg_class c on c.oid = found.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not exists (select from target own where own.classid = 'pg_catalog.pg_class'::regclass and own.subid = 0 and own.objid = found.relation)
    order by 2, 3, 4, 1`;
}
