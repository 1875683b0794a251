import type { Probe } from "../../catalog/probe.ts";
import { conditionFunction } from "../../catalog/probes/condition.ts";
import { relationFunction } from "../../catalog/probes/relation.ts";
import { answered, refused, variables } from "../../catalog/server-function.ts";
import { type QualifiedName, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { ReplicaIdentity } from "./replica-identity.ts";

/** A table as it is published. */
interface Member {
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly where: string | undefined;
  readonly replicaIdentity: ReplicaIdentity | undefined;
  /** Whether updates or deletes are published, for which rows need a replica identity. */
  readonly sendsOldRows: boolean;
  readonly viaPartitionRoot: boolean;
}

/** Asks whether the table can be published like this, and whether its rows can still be updated and deleted then. */
export function probeMember(path: Path, member: Member): Probe {
  const { table, columns } = member;
  return {
    path,
    table,
    columns,
    functions: [relationFunction, conditionFunction, memberFunction],
    call: () => callMember(member),
    read: () => undefined,
  };
}

function callMember({ table, columns, where, replicaIdentity, sendsOldRows, viaPartitionRoot }: Member): string {
  const index = typeof replicaIdentity === "object" ? quoteLiteral(replicaIdentity.index) : "null";
  const identity = typeof replicaIdentity === "object" ? "'i'" : replicaIdentity ? `'${replicaIdentity[0]}'` : "null";
  const listed = columns.length === 0 ? "null" : `array[${columns.map(quoteLiteral).join(", ")}]`;
  const condition = where === undefined ? "null" : quoteLiteral(where);
  return `pg_temp.palisade_member(${quoteLiteral(quoteQualified(table))}, ${listed}, ${condition}, ${sendsOldRows}, ${viaPartitionRoot}, ${identity}, ${index})`;
}

/**
 * Tries the publication on a copy of the table's columns, because adding the table itself would lock it.
 * @see https://www.postgresql.org/docs/current/logical-replication-publication.html (replica identity)
 */
const memberFunction = `
create function pg_temp.palisade_member(relation text, columns text[], condition text, sends_old_rows boolean, via_root boolean, declared_identity text, identity_index text)
returns json language plpgsql as $probe$
declare ${variables}; printed text := ''; target record; answer json; listed text; identity text[]; tested text[]; wrong text; published text; replident text;
  copy text := 'palisade_probe_' || pg_backend_pid();
begin
  select c.relname, c.relkind, c.relpersistence, c.relreplident, age(c.xmin) > 0 as is_live, format('%I.%I', n.nspname, c.relname) as name into target
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass;
  if target.relkind not in ('r', 'p') then return pg_temp.palisade_relation(relation, 'rp', 'table', ''); end if;
  if target.relpersistence <> 'p' then
    raise object_not_in_prerequisite_state using message = format('%s is %s, whose changes PostgreSQL does not publish', target.name,
      case target.relpersistence when 'u' then 'an unlogged table' else 'a temporary table' end),
      hint = 'Publish permanent, logged tables only';
  end if;
  if identity_index is not null and not exists (select from pg_index i join pg_class x on x.oid = i.indexrelid
      where i.indrelid = relation::regclass and x.relname = identity_index and i.indisunique and i.indimmediate and i.indpred is null
        and not exists (select from unnest(i.indkey::int2[]) as key(number) left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number
          where a.attnotnull is not true)) then
    raise undefined_object using message = format('%s has no unique index "%s" whose columns are all NOT NULL', target.name, identity_index),
      hint = 'Only such an index can be a replica identity';
  end if;
  if target.relkind = 'p' and not via_root and (columns is not null or condition is not null) then
    raise object_not_in_prerequisite_state using
      message = format('%s is partitioned, and its changes are sent as those of its partitions', target.name),
      hint = 'Columns and a condition of a partitioned table need viaPartitionRoot: true';
  end if;
  select string_agg(quote_ident(attname), ', ') into listed from pg_attribute
    where attrelid = relation::regclass and attname = any (columns) and attnum > 0 and not attisdropped;
  if condition is not null then
    answer := pg_temp.palisade_condition(relation, condition);
    if not (answer ->> 'ok')::boolean then return answer; end if;
  end if;
  if condition is not null or listed is not null then
    execute format('create schema %I', copy);
    execute format('create table %1$I.%2$I (like %3$s including generated)', copy, target.relname, relation);
    published := format('create publication %1$I for table %1$I.%2$I', copy, target.relname);
    begin
      execute published || coalesce(E' where (' || condition || E'\\n)', '');
    exception when undefined_table then
      -- It names the table with its schema, which the copy is not in.
      execute published || ' where (' || (answer ->> 'canonical') || ')';
    end;
    select array_agg(distinct a.attname::text) into tested
      from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_publication_rel'::regclass and d.refobjid = format('%I.%I', copy, target.relname)::regclass and d.refobjsubid > 0;
    if listed is not null then execute format('alter publication %1$I set table %1$I.%2$I (%3$s)', copy, target.relname, listed); end if;
  end if;
  replident := coalesce(declared_identity, target.relreplident::text);
  -- A table that this transaction only assumes may get its key later.
  if sends_old_rows and target.is_live then
    select array_agg(a.attname::text order by a.attnum) into identity from pg_attribute a
      where a.attrelid = relation::regclass and a.attnum > 0 and not a.attisdropped and (replident = 'f' or exists (
        select from pg_index i where i.indrelid = a.attrelid and a.attnum = any (i.indkey)
          and (replident = 'd' and i.indisprimary or replident = 'i' and case when identity_index is null then i.indisreplident
            else i.indexrelid = (select x.oid from pg_index j join pg_class x on x.oid = j.indexrelid where j.indrelid = a.attrelid and x.relname = identity_index) end)));
    if identity is null then
      raise object_not_in_prerequisite_state using
        message = format('%s has neither a primary key nor a replica identity, so every update and delete of its rows would fail while they are published', target.name),
        hint = 'Give it a primary key, or declare replicaIdentity: "full" for it, or publish only inserts';
    end if;
    select string_agg(name, ', ') into wrong from unnest(identity) as needed(name) where columns is not null and name <> all (columns);
    if wrong is not null then
      raise object_not_in_prerequisite_state using
        message = format('the columns lack %s of the replica identity of %s, so every update and delete of its rows would fail', wrong, target.name),
        hint = 'List those columns too, or publish only inserts';
    end if;
    select string_agg(name, ', ') into wrong from unnest(tested) as found(name) where name <> all (identity);
    if wrong is not null then
      raise object_not_in_prerequisite_state using
        message = format('the condition tests %s, which is not part of the replica identity of %s, so every update and delete of its rows would fail', wrong, target.name),
        hint = format('Test only %s, or publish only inserts, or declare replicaIdentity: "full" for it', array_to_string(identity, ', '));
    end if;
  end if;
  ${answered}
  ${refused};
$probe$`;
