import type { CatalogPart } from "../../../catalog/part.ts";
import type { MigrationRecord } from "../../history/history.ts";
import { computeChecksum } from "../checksum.ts";

/**
 * The Supabase CLI's records; undefined if it never migrated this database. The columns `name` and `statements` were
 * added to the table later. It records neither failures nor times.
 */
export const supabaseRecords: CatalogPart<readonly MigrationRecord[] | undefined> = {
  name: "migrations of the Supabase CLI",
  relation: { schema: "supabase_migrations", name: "schema_migrations" },
  query: () => `
  select coalesce(json_agg(json_build_object('version', m.version, 'name', found.row ->> 'name', 'checksum', (
      select encode(sha256(convert_to(translate(string_agg(value, '' order by ordinality), ${ignoredLiteral}, ''), 'UTF8')), 'hex')
      from jsonb_array_elements_text(nullif(found.row -> 'statements', 'null')) with ordinality as statement(value, ordinality)
    )) order by m.version collate "C"), '[]') as rows
  from supabase_migrations.schema_migrations m cross join lateral (select to_jsonb(m) as row) as found`,
  read: (rows) =>
    rows?.map(({ version, name, checksum }) => ({
      key: String(version),
      name: name === null || name === "" ? String(version) : `${version}_${name}`,
      checksum: checksum === null ? undefined : String(checksum),
      state: "applied",
      startedAt: undefined,
      logs: null,
    })),
};

/**
 * A checksum that is the same for a script and for its statements as the CLI records them. The CLI splits a script at
 * semicolons, by rules that have changed over the years, and trims white space from each statement. So neither
 * semicolons nor white space count.
 */
export function statementsChecksum(script: string): string {
  return computeChecksum([...script].filter((character) => !ignored.includes(character)).join(""));
}

/** The semicolon, and what Go's unicode.IsSpace considers white space. */
const ignored =
  ";\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
const ignoredLiteral = `e'${[...ignored].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}'`;
