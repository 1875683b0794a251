import type { Session } from "../database/database.ts";
import type { ExtensionUse } from "../sql/platform-extensions.ts";
import { quoteLiteral } from "../sql/quote.ts";

/** How texts use extensions that the server does not have. */
export interface MissingExtensions<Use extends ExtensionUse> {
  readonly uses: readonly Use[];
  /**
   * Whether the server is the local database or a similar one, which only has the extensions that come with PostgreSQL.
   */
  readonly isLocal: boolean;
}

/**
 * Finds uses of extensions that the server can't install, unless a stand-in of the same name exists.
 * @see https://www.postgresql.org/docs/current/view-pg-available-extensions.html
 */
export async function findMissingExtensions<Use extends ExtensionUse>(
  uses: readonly Use[],
  session: Session,
): Promise<MissingExtensions<Use>> {
  const asked = JSON.stringify(
    uses.map(({ extension, kind, name }, position) => ({ position, extension, kind, name })),
  );
  const [missing = [], [server] = []] = await session.run(`
    select u.position from json_to_recordset(${quoteLiteral(asked)}) as u(position int, extension text, kind text, name text)
    where not exists (select from pg_catalog.pg_available_extensions a where a.name = u.extension)
      and not case u.kind
        when 'schema' then exists (select from pg_catalog.pg_namespace n where n.nspname = u.name)
        when 'type' then exists (select from pg_catalog.pg_type t where t.typname = u.name)
        when 'function' then exists (select from pg_catalog.pg_proc p where p.proname = u.name)
        when 'access method' then exists (select from pg_catalog.pg_am m where m.amname = u.name)
        when 'language' then exists (select from pg_catalog.pg_language l where l.lanname = u.name)
        else exists (select from pg_catalog.pg_extension e where e.extname = u.name)
      end
    order by u.position;
    select ${isLocalDatabase} as "isLocal"`);
  return {
    uses: missing.flatMap(({ position }) => uses[Number(position)] ?? []),
    isLocal: server?.isLocal === true,
  };
}

/** A SQL expression: only the local database has this function. */
export const isLocalDatabase = "pg_catalog.to_regproc('pg_catalog.palisade_trust') is not null";

/**
 * The message about an extension that hosted projects have and the local database lacks.
 * @param standIn what can be done without it
 */
export function missingLocally(standIn: string): string {
  return `which a hosted project has and the local database can't have: ${standIn}, or use a remote development database (palisade:connection)`;
}
