import type { Session } from "../../database/database.ts";
import { type QualifiedName, quoteLiteral } from "../../sql/quote.ts";
import type { Call } from "./calls.ts";
import type { LeadingColumn } from "./read-plan.ts";

export interface Facts {
  /**
   * Whether repeating the call costs something: not for immutable functions, nor for PostgreSQL's own, except for
   * reading the claims.
   */
  isWorthAsking(call: Call): boolean;
  readonly leadingColumn: LeadingColumn;
  /** Whether a complete (not partial) index starts with the column. */
  isIndexed(table: QualifiedName, column: string): boolean;
}

/** Reads the facts that plans don't contain, in one round trip. */
export async function readFacts(session: Session, calls: readonly Call[]): Promise<Facts> {
  const names = JSON.stringify(calls.map(({ schema, name }) => [schema, name]));
  const [rows = []] = await session.run(`
    select 'function' as kind, n.nspname as schema, p.proname as name, null as column, null as index, false as is_whole
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.provolatile <> 'i' and jsonb_build_array(n.nspname, p.proname) in (select jsonb_array_elements(${quoteLiteral(names)}::jsonb))
    union all
    select 'index', n.nspname, c.relname, a.attname, x.relname, i.indpred is null
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class x on x.oid = i.indexrelid
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where i.indisvalid`);
  const functions = rows.filter(({ kind }) => kind === "function").map(({ schema, name }) => `${schema}.${name}`);
  const indexes = rows.filter(({ kind }) => kind === "index");
  return {
    isWorthAsking: ({ schema, name }) =>
      (schema !== "pg_catalog" || name === "current_setting") && functions.includes(`${schema}.${name}`),
    leadingColumn: (schema, index) =>
      indexes.find((each) => each.schema === schema && each.index === index)?.column as string | undefined,
    isIndexed: ({ schema, name }, column) =>
      indexes.some(
        (each) => each.schema === schema && each.name === name && each.column === column && each.is_whole === true,
      ),
  };
}
