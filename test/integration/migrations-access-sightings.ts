import type { Catalog, Server } from "../../infra/catalog/catalog.ts";
import { functions } from "../../infra/catalog/functions.ts";
import { type CatalogPart, namedIn, type Scope } from "../../infra/catalog/part.ts";
import { schemas } from "../../infra/catalog/schemas.ts";
import { tables } from "../../infra/catalog/tables.ts";
import type { Row } from "../../infra/database/database.ts";

/**
 * All that the catalog has on what is declared, in the words of the kinds' own queries, so that a kind can't be left out. PostgreSQL
 * reads rows as of one moment and prints what they refer to (a function in a condition, say) as it is a moment later, so that a reading
 * during which a transaction ended is a mixture that was never there: a sighting leaves those out.
 */
export const lookAround = (scope: Scope) => `
  create schema test;
  create function test.access() returns text language sql security definer set search_path = '' as $looking$
    select pg_catalog.json_build_array(${scope.map(({ part, wanted }) => `(${part.query(wanted)})`).join(",\n")})::text
  $looking$;
  create function test.sighting() returns text language plpgsql security definer set search_path = '' as $$
    declare
      before pg_catalog.pg_snapshot := pg_catalog.pg_current_snapshot();
      found text := test.access();
    begin
      return case when pg_catalog.pg_current_snapshot()::text = before::text then found end;
    end
  $$;
  create table test.left (statement text, access text);
  create function test.note(statement text) returns void language sql security definer set search_path = '' as
    'insert into test.left values (statement, test.access())';
  grant usage on schema test to postgres`;

/** The selections of all scopes, one for each part. */
export function mergeScopes(scopes: readonly Scope[]): Scope {
  const parts = new Map(scopes.flat().map(({ part }) => [part.name, part]));
  return [...parts.values()].map((part) => {
    const isWhole = scopes.flat().some((selection) => selection.part.name === part.name && selection.wanted === "all");
    return { part, wanted: isWhole ? "all" : scopes.flatMap((scope) => namedIn(scope, part)) };
  });
}

/** What `test.access()` found, as a catalog. */
export function catalogFrom(found: string, scope: Scope, server: Server): Catalog {
  const rows = JSON.parse(found) as readonly (Row[] | null)[];
  const values = new Map(scope.map(({ part }, index) => [part.name, part.read(rows[index] ?? [])]));
  const of = <Value>(part: CatalogPart<Value>) => values.get(part.name) as Value;
  return { server, of, schemas: of(schemas), tables: of(tables), functions: of(functions) };
}
