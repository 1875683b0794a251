import type { CatalogPart } from "../../catalog/part.ts";
import { isNamed, keyed, withoutNulls } from "../../catalog/rows.ts";
import type { Row } from "../../database/database.ts";
import type { QualifiedName } from "../../sql/quote.ts";

export interface PublicationRow {
  readonly name: string;
  readonly owner: string;
  readonly allTables: boolean;
  readonly publish: readonly string[];
  readonly viaPartitionRoot: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly (QualifiedName & {
    readonly columns?: readonly string[];
    readonly where?: string;
    readonly replicaIdentity: "default" | "full" | "nothing" | "index";
    readonly identityIndex?: string;
  })[];
}

/** By name. */
export const publications: CatalogPart<ReadonlyMap<string, PublicationRow>, string> = {
  name: "publications",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('name', p.pubname, 'owner', pg_catalog.pg_get_userbyid(p.pubowner), 'allTables', p.puballtables,
    'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete, 'truncate', p.pubtruncate, 'viaPartitionRoot', p.pubviaroot,
    'schemas', array(select n.nspname from pg_catalog.pg_publication_namespace s join pg_catalog.pg_namespace n on n.oid = s.pnnspid where s.pnpubid = p.oid order by 1),
    'tables', (select json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
        'columns', case when r.prattrs is not null then array(select t.attname from unnest(r.prattrs::int2[]) as listed(number)
          join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = listed.number order by 1) end,
        'replicaIdentity', case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing' else 'index' end,
        'identityIndex', (select x.relname from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid and i.indisreplident),
        'where', pg_catalog.pg_get_expr(r.prqual, r.prrelid)))
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where r.prpubid = p.oid))), '[]') as rows
  from pg_catalog.pg_publication p where ${isNamed(wanted, "p.pubname")}`,
  read: (rows = []) => keyed(rows.map(readPublication), ({ name }) => name),
};

function readPublication(row: Row): PublicationRow {
  const { insert, update, delete: deletes, truncate, ...rest } = row;
  const publish = Object.entries({ insert, update, delete: deletes, truncate }).flatMap(([name, on]) =>
    on ? [name] : [],
  );
  return {
    ...(rest as unknown as PublicationRow),
    publish,
    tables: ((row.tables ?? []) as Row[]).map(withoutNulls<PublicationRow["tables"][number]>),
  };
}
