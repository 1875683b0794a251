import type { DatabaseFunctionRow } from "./functions.ts";
import type { CatalogPart } from "./part.ts";
import type { SchemaRow } from "./schemas.ts";
import type { Table } from "./tables.ts";

/**
 * The live database as values, read at one moment; every expression was printed under an empty search_path, so names are qualified.
 * Maps are keyed by the identity the resource kinds use: `public.tasks`, `private.is_member(text)`, `avatars`.
 */
export interface Catalog {
  readonly server: Server;
  /** What several rooms look at; empty where it was not read. */
  readonly schemas: ReadonlyMap<string, SchemaRow>;
  readonly tables: ReadonlyMap<string, Table>;
  readonly functions: ReadonlyMap<string, DatabaseFunctionRow>;
  /** What was read of any part. @throws where it was not read */
  of<Value>(part: CatalogPart<Value, never>): Value;
}

export interface Server {
  /** `server_version_num`: 170010 is 17.10. */
  readonly version: number;
  readonly user: string;
  readonly isSuperuser: boolean;
  /** The roles whose rights the user has: itself, and those it is a member of; for a superuser every role. */
  readonly actsAs: readonly string[];
}
