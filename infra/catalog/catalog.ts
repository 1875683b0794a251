import type { DatabaseFunctionRow } from "./functions.ts";
import type { CatalogPart } from "./part.ts";
import type { SchemaRow } from "./schemas.ts";
import type { Table } from "./tables.ts";

/**
 * The live database as values, all read at the same moment. Expressions were printed with an empty search_path, so
 * names in them are qualified. Maps are keyed by the ids that the resource kinds use: `public.tasks`,
 * `private.is_member(text)`, `avatars`.
 */
export interface Catalog {
  readonly server: Server;
  /** The parts that several modules use. Each throws if it was not read, as `of` does. */
  readonly schemas: ReadonlyMap<string, SchemaRow>;
  readonly tables: ReadonlyMap<string, Table>;
  readonly functions: ReadonlyMap<string, DatabaseFunctionRow>;
  /** The value of any part. @throws if it was not read */
  of<Value>(part: CatalogPart<Value, never>): Value;
}

export interface Server {
  /** `server_version_num`: 170010 is 17.10. */
  readonly version: number;
  readonly user: string;
  readonly isSuperuser: boolean;
  /** The roles whose rights the user has: itself and those that it is a member of; for a superuser, every role. */
  readonly actsAs: readonly string[];
}
