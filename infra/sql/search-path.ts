/** The search_path of the provider's sessions, in which conditions and functions are created. */
export const defaultSearchPath = ["public", "extensions"];

/** The same as a setting's value. */
export const searchPathSetting = defaultSearchPath.join(", ");

/**
 * The schemas in a value of search_path: `pg_catalog, "Odd, Name"`. The empty path is `""`. Unquoted names are in lower
 * case.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH
 */
export function readSearchPath(setting: string): readonly string[] {
  return [...setting.matchAll(/"((?:[^"]|"")*)"|[^",\s]+/g)]
    .map(([written, quoted]) => quoted?.replaceAll('""', '"') ?? written.toLowerCase())
    .filter((schema) => schema !== "");
}
