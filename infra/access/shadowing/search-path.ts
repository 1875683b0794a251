/** The schemas in which a running function finds unqualified names; undefined: those that whoever calls it has set. */
export type SearchPath = readonly string[] | undefined;

/** Where PostgreSQL keeps a session's own objects, which anybody may make who may make temporary tables. */
const temporary = "pg_temp";

/**
 * The schemas that are searched before the session's own, in order; undefined: its own stand last, behind every other. A path that
 * does not name it has it first, before `pg_catalog` even.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH
 */
export function schemasBeforeTemporary(path: SearchPath): readonly string[] | undefined {
  if (path === undefined || !path.includes(temporary)) return [];
  const searched = path.includes("pg_catalog") ? path : ["pg_catalog", ...path];
  const at = searched.indexOf(temporary);
  return at === searched.length - 1 ? undefined : searched.slice(0, at);
}

/** The path that finds what this one finds, and the session's own last. */
export function safePath(path: SearchPath, schemas: readonly string[]): readonly string[] {
  const kept = [...(path ?? []), ...schemas].filter((schema) => schema !== temporary && schema !== "pg_catalog");
  return [...new Set(["pg_catalog", ...kept, temporary])];
}
