import type { Row } from "../database/database.ts";
import type { QualifiedName } from "../sql/quote.ts";

/**
 * One class of objects in the live database: the query that reads it, and the value made of its rows. Parts that
 * several modules read are in this folder; any other is in the folder of the resource kind that reads it.
 */
export interface CatalogPart<Value = unknown, Wanted = unknown> {
  /** Identifies the part, also in messages. */
  readonly name: string;
  /** The relation that it is read from, if not every database has that. */
  readonly relation?: QualifiedName;
  /**
   * A query for one row with one column `rows`, a JSON array. Building it on the server costs less than decoding
   * columns in the driver. It runs with an empty search_path, so that names in expressions are qualified.
   * @param wanted the objects to read, by their identity
   * @see https://www.postgresql.org/docs/current/catalogs.html
   */
  query(wanted: "all" | readonly Wanted[]): string;
  /** @param rows undefined if the relation does not exist */
  read(rows: readonly Row[] | undefined): Value;
}

/** The objects of a part to read. */
interface Selection {
  readonly part: CatalogPart;
  readonly wanted: "all" | readonly unknown[];
}

/** The parts of the catalog to read. Other parts are not read. */
export type Scope = readonly Selection[];

export function select<Value, Wanted>(part: CatalogPart<Value, Wanted>, wanted: readonly Wanted[]): Selection {
  return { part, wanted };
}

export function selectAll(parts: readonly CatalogPart[]): Scope {
  return parts.map((part) => ({ part, wanted: "all" }));
}

/** The objects of a part that a scope lists individually. */
export function namedIn<Wanted>(scope: Scope, part: CatalogPart<unknown, Wanted>): readonly Wanted[] {
  return scope.flatMap((selection) =>
    selection.part.name === part.name && selection.wanted !== "all" ? (selection.wanted as readonly Wanted[]) : [],
  );
}
