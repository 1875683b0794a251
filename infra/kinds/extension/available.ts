import { isLocalDatabase } from "../../catalog/missing-extensions.ts";
import type { Session } from "../../database/database.ts";
import { quoteLiteral } from "../../sql/quote.ts";

/** What the server offers for one extension. */
export interface Available {
  readonly versions: readonly AvailableVersion[];
  /** All extensions that can be installed. */
  readonly names: readonly string[];
  /** Whether this is the local database, which only has the extensions that come with PostgreSQL. */
  readonly isLocal: boolean;
}

interface AvailableVersion {
  readonly version: string;
  /** The only schema that it can be installed in. Absent: any schema. */
  readonly schema?: string;
  /** Whether it can be moved to another schema after its installation. */
  readonly isRelocatable: boolean;
  /** Extensions that have to be installed first. */
  readonly requires: readonly string[];
  /** Whether there is an update path from the installed version to this one. */
  readonly isReachable: boolean;
}

/**
 * Reads the extensions' control files on the server. No snapshot of the catalog needs them.
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
