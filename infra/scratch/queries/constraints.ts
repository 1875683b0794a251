import { isOwn, isUsers, keyOf } from "../item.ts";

/**
 * The constraints of tables. A partition's key is separate until its index is attached. Constraints that a partition
 * inherits are created by attaching it, and those of other child tables by their parent.
 */
export const constraints = `
  select case k.contype when 'c' then 'check' when 'f' then 'foreign key' else 'key' end as kind, ${keyOf("pg_constraint", "k.oid")} as key,
    format('%I on %I.%I', k.conname, n.nspname, c.relname) as name, n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    format('alter table %s%I.%I add constraint %I %s', case when k.contype in ('p', 'u', 'x') then 'only ' end, n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) as "create"
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and k.contype in ('c', 'p', 'u', 'x', 'f') and (k.conislocal or c.relispartition) and (k.contype <> 'f' or k.conparentid = 0)
    and ${isOwn("pg_class", "c.oid")}`;

/**
 * The NOT VALID constraints of domains, which apply to new values only. The other ones are created together with their
 * domain.
 */
export const domainConstraints = `
  select 'domain constraint' as kind, ${keyOf("pg_constraint", "k.oid")} as key, format('%I on %I.%I', k.conname, n.nspname, t.typname) as name,
    n.nspname::text as schema, pg_get_userbyid(t.typowner)::text as owner,
    format('alter domain %I.%I add constraint %I %s', n.nspname, t.typname, k.conname, pg_get_constraintdef(k.oid)) as "create"
  from pg_constraint k join pg_type t on t.oid = k.contypid join pg_namespace n on n.oid = t.typnamespace
  where ${isUsers} and k.contype = 'c' and not k.convalidated and ${isOwn("pg_type", "t.oid")}`;

export const partitions = `
  select 'partition' as kind, 'partition/' || c.oid as key, format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner,
    format('alter table only %I.%I attach partition %I.%I %s', pn.nspname, p.relname, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid)) as "create",
    array[${keyOf("pg_class", "c.oid")}, ${keyOf("pg_class", "p.oid")}] || array(
      select ${keyOf("pg_constraint", "k.oid")} from pg_constraint k where k.conrelid in (c.oid, p.oid) and k.contype = 'c') as needs
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    join pg_namespace n on n.oid = c.relnamespace join pg_namespace pn on pn.oid = p.relnamespace
  where ${isUsers} and c.relispartition and c.relkind in ('r', 'p') and ${isOwn("pg_class", "c.oid")}`;

/** The indexes of keys are created together with these. */
export const indexes = `
  select 'index' as kind, ${keyOf("pg_class", "c.oid")} as key, format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner, pg_get_indexdef(c.oid) as "create"
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and ${isOwn("pg_class", "i.indrelid")}
    and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))`;

export const indexPartitions = `
  select 'index partition' as kind, 'index partition/' || c.oid as key, format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner,
    format('alter index %I.%I attach partition %I.%I', pn.nspname, p.relname, n.nspname, c.relname) as "create",
    array[${keyOf("pg_class", "c.oid")}, ${keyOf("pg_class", "p.oid")}, 'partition/' || x.indrelid] as needs
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent join pg_index x on x.indexrelid = c.oid
    join pg_namespace n on n.oid = c.relnamespace join pg_namespace pn on pn.oid = p.relnamespace
  where ${isUsers} and c.relkind in ('i', 'I') and ${isOwn("pg_class", "x.indrelid")}`;

export const replicaIdentities = `
  select 'replica identity' as kind, 'replica identity/' || c.oid as key, format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema,
    pg_get_userbyid(c.relowner)::text as owner,
    format('alter table %I.%I replica identity using index %I', n.nspname, c.relname, x.relname) as "create",
    array[${keyOf("pg_class", "x.oid")}] as needs
  from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and i.indisreplident and c.relreplident = 'i' and ${isOwn("pg_class", "c.oid")}`;

export const statistics = `
  select 'statistics' as kind, ${keyOf("pg_statistic_ext", "s.oid")} as key, format('%I.%I', n.nspname, s.stxname) as name, n.nspname::text as schema,
    pg_get_userbyid(s.stxowner)::text as owner,
    pg_get_statisticsobjdef(s.oid) || format('; alter statistics %I.%I owner to %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner)) as "create"
  from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${isUsers} and ${isOwn("pg_statistic_ext", "s.oid")}`;
