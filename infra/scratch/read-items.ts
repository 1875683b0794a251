import type { Row } from "../database/database.ts";
import { formats } from "../migrations/formats/registry.ts";
import { formatQualified, quoteLiteral } from "../sql/quote.ts";
import type { Item } from "./item.ts";
import {
  buckets,
  columnPrivileges,
  defaultPrivileges,
  policies,
  privileges,
  publications,
  published,
  recordsOf,
} from "./queries/access.ts";
import {
  constraints,
  domainConstraints,
  indexes,
  indexPartitions,
  partitions,
  replicaIdentities,
  statistics,
} from "./queries/constraints.ts";
import { casts, eventTriggers, functions, rules, triggers } from "./queries/functions.ts";
import { machineRights, memberships, roles, settings } from "./queries/roles.ts";
import { collations, extensions, others, schemas, types } from "./queries/schemas.ts";
import { defaults, filledViews, sequences, tables, views } from "./queries/tables.ts";

/** The items of a database, and their dependencies. */
export interface DatabaseItems {
  readonly items: readonly Item[];
  /** By key: the keys of its dependencies, including objects that are not items. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** By the key of an object that is not an item: the item that it is part of. */
  readonly wholes: ReadonlyMap<string, string>;
  readonly server: { readonly major: number; readonly database: string };
}

const queries = [
  ...[roles, memberships, schemas, extensions, collations, types, functions, casts, tables, sequences, defaults],
  ...[constraints, domainConstraints, partitions, views, indexes, indexPartitions, replicaIdentities, statistics],
  ...[rules, triggers, policies, publications, published, settings, privileges, columnPrivileges, defaultPrivileges],
  ...[filledViews, eventTriggers, machineRights, others],
];

/**
 * The dependencies, and the parts of items: a table's row type, a view's rule, a key's index; an extension's objects;
 * the expression of a generated column.
 */
const dependencies = `
  select d.classid || '/' || d.objid as object, d.refclassid || '/' || d.refobjid as needed, d.deptype in ('i', 'e', 'a') as "isPart", d.deptype as type
  from pg_depend d where d.objid >= 16384 and d.refobjid >= 16384`;

const recordTables = formats.flatMap(({ records }) => records.relation ?? []);

const server = `
  select current_setting('server_version_num')::int / 10000 as major, current_database() as database,
    to_regclass('storage.buckets') is not null as "hasBuckets", array(
      select t from unnest(array[${recordTables.map((table) => quoteLiteral(formatQualified(table))).join(", ")}]) as t
      where to_regclass(t) is not null and has_table_privilege(t, 'select')) as records`;

export interface ReadOptions {
  /** Whether to read the applied migrations, too. Default: no. */
  readonly withRecords?: boolean;
}

/** Reads it in two round trips. With an empty search_path, all names are qualified. */
export async function readItems(
  run: (script: string) => Promise<Row[][]>,
  { withRecords = false }: ReadOptions = {},
): Promise<DatabaseItems> {
  const [, [about] = [], edges = [], ...results] = await run(
    [`set local search_path = ''`, server, dependencies, ...queries].join(";\n"),
  );
  const records = withRecords ? (about?.records as readonly string[]) : [];
  const rowQueries = [...(about?.hasBuckets ? [buckets] : []), ...records.map(recordsOf)];
  const rows = rowQueries.length === 0 ? [] : await run(rowQueries.join(";\n"));
  const needed = new Map<string, string[]>();
  const wholes = new Map<string, string>();
  for (const { object, needed: other, isPart, type } of edges) {
    const known = needed.get(String(object)) ?? [];
    known.push(String(other));
    needed.set(String(object), known);
    // An internal part belongs to one item only. The dependencies come in any order.
    if (isPart && (type !== "a" || !wholes.has(String(object)))) wholes.set(String(object), String(other));
  }
  return {
    items: [...results.flat(), ...rows.flat()] as unknown as readonly Item[],
    dependencies: needed,
    wholes,
    server: about as unknown as DatabaseItems["server"],
  };
}
