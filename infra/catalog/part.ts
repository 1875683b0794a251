import type { Row } from "../database/database.ts";
import type { QualifiedName } from "../sql/quote.ts";

/**
 * One class of objects in the live database: the query that reads it, and what its rows become. Parts that several rooms read stand in
 * this folder, and any other with the resource kind that reads it.
 */
export interface CatalogPart<Value = unknown, Wanted = unknown> {
  /** For people, and to tell it from the others. */
  readonly name: string;
  /** The relation that it is read from, where not every database has it. */
  readonly relation?: QualifiedName;
  /**
   * A query whose one row has one column `rows`, a JSON list: the server builds it, which costs it less than the driver would need to
   * decode columns. It runs under an empty search_path, so that names in expressions come qualified.
   * @param wanted the objects to read, by what tells them apart
   * @see https://www.postgresql.org/docs/current/catalogs.html
   */
  query(wanted: "all" | readonly Wanted[]): string;
  /** @param rows undefined where the relation is not there */
  read(rows: readonly Row[] | undefined): Value;
}

/** Which objects of a part to read. */
interface Selection {
  readonly part: CatalogPart;
  readonly wanted: "all" | readonly unknown[];
}

/** What of the catalog to read; a part that is not in it is not read. */
export type Scope = readonly Selection[];

export function select<Value, Wanted>(part: CatalogPart<Value, Wanted>, wanted: readonly Wanted[]): Selection {
  return { part, wanted };
}

export function selectAll(parts: readonly CatalogPart[]): Scope {
  return parts.map((part) => ({ part, wanted: "all" }));
}

/** The objects of a part that a scope names one by one. */
export function namedIn<Wanted>(scope: Scope, part: CatalogPart<unknown, Wanted>): readonly Wanted[] {
  return scope.flatMap((selection) =>
    selection.part.name === part.name && selection.wanted !== "all" ? (selection.wanted as readonly Wanted[]) : [],
  );
}
