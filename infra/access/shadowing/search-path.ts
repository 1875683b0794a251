/** The schemas in which a running function finds unqualified names. Undefined: those that the caller has set. */
export type SearchPath = readonly string[] | undefined;

/** The schema of a session's own objects. Any role that may create temporary tables may create objects in it. */
const temporary = "pg_temp";

/**
 * The schemas that are searched before the temporary schema, in order. Undefined: it is last, after all other schemas.
 * In a path that does not mention it, it comes first, even before `pg_catalog`.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH
 */
export function schemasBeforeTemporary(path: SearchPath): readonly string[] | undefined {
  if (path === undefined || !path.includes(temporary)) return [];
  const searched = path.includes("pg_catalog") ? path : ["pg_catalog", ...path];
  const at = searched.indexOf(temporary);
  return at === searched.length - 1 ? undefined : searched.slice(0, at);
}

/** The path with the same schemas and the temporary schema last. */
export function safePath(path: SearchPath, schemas: readonly string[]): readonly string[] {
  const kept = [...(path ?? []), ...schemas].filter((schema) => schema !== temporary && schema !== "pg_catalog");
  return [...new Set(["pg_catalog", ...kept, temporary])];
}
