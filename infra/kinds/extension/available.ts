import { isLocalDatabase } from "../../catalog/missing-extensions.ts";
import type { Session } from "../../database/database.ts";
import { quoteLiteral } from "../../sql/quote.ts";

/** What the server could make of one extension. */
export interface Available {
  readonly versions: readonly AvailableVersion[];
  /** Every extension that the server has. */
  readonly names: readonly string[];
  /** Whether it is the local database, which has only those that come with PostgreSQL. */
  readonly isLocal: boolean;
}

export interface AvailableVersion {
  readonly version: string;
  /** The only schema that it can be in; absent where any will do. */
  readonly schema?: string;
  /** Whether it can be moved to another schema once it is there. */
  readonly isRelocatable: boolean;
  /** Extensions that must be there before it. */
  readonly requires: readonly string[];
  /** Whether an update leads here from the installed version. */
  readonly isReachable: boolean;
}

/**
 * Reads the extensions' files on the server, which no snapshot of the catalog needs.
 * @see https://www.postgresql.org/docs/current/view-pg-available-extension-versions.html
 */
export async function readAvailable(name: string, installed: string | undefined, session: Session): Promise<Available> {
  const from = quoteLiteral(installed ?? "");
  const [versions = [], names = [], [server] = []] = await session.run(`
    select v.version, v.schema, v.relocatable as "isRelocatable", coalesce(v.requires::text[], '{}') as requires,
      v.version = ${from} or exists (select from pg_catalog.pg_extension_update_paths(v.name) p
        where p.source = ${from} and p.target = v.version and p.path is not null) as "isReachable"
      from pg_catalog.pg_available_extension_versions v where v.name = ${quoteLiteral(name)} order by v.version;
    select a.name from pg_catalog.pg_available_extensions a order by a.name;
    select ${isLocalDatabase} as "isLocal"`);
  return {
    versions: versions.map(({ schema, ...row }) => ({ ...row, ...(schema === null ? {} : { schema }) }) as never),
    names: names.map((row) => String(row.name)),
    isLocal: server?.isLocal === true,
  };
}
