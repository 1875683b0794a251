import type { RecordTable } from "../../deployment/deploy-recorded.ts";
import { timestamp } from "../../deployment/migration-name.ts";
import { readPieces } from "../../scripts/script.ts";
import type { MigrationFormat } from "../format.ts";
import { quoteText, recordedFormat } from "../recorded-format.ts";
import { compareScripts, findSkipped, readSupabaseFolder, supabaseFolderProblem } from "./folder.ts";
import { statementsChecksum, supabaseRecords } from "./records.ts";

const history = "supabase_migrations.schema_migrations";

const table: RecordTable = {
  records: supabaseRecords,
  readFolder: readSupabaseFolder,
  /** Creates the table as the CLI does, and adds the columns that older versions lacked. */
  async prepare({ client }) {
    const { rows } = await client.query<{ schema: boolean; table: boolean; columns: readonly string[] }>(
      `select to_regnamespace('supabase_migrations') is not null as schema, to_regclass('${history}') is not null as table,
         array(select attname::text from pg_catalog.pg_attribute where attrelid = to_regclass('${history}') and attnum > 0 and not attisdropped) as columns`,
    );
    const [found] = rows;
    const missing = ["statements text[]", "name text"].filter(
      (column) => !found?.columns.includes(column.split(" ")[0] ?? ""),
    );
    return [
      ...(found?.schema ? [] : ["create schema if not exists supabase_migrations"]),
      ...(found?.table ? [] : [`create table if not exists ${history} (version text not null primary key)`]),
      ...missing.map((column) => `alter table ${history} add column if not exists ${column}`),
    ];
  },
  async applied({ key, name, script }) {
    const statements = (await statementsOf(script)).map(quoteText).join(", ");
    const [version, title] = [quoteText(key), quoteText(name.slice(key.length + 1))];
    return (
      `insert into ${history} (version, name, statements) values (${version}, ${title}, array[${statements}]::text[]) ` +
      "on conflict (version) do update set name = excluded.name, statements = excluded.statements"
    );
  },
  forgotten: (key) => `delete from ${history} where version = ${quoteText(key)}`,
};

/**
 * The Supabase CLI's format: a file for each migration, and a table of versions with the statements that were run.
 * @see https://supabase.com/docs/guides/deployment/database-migrations
 */
export const supabaseFormat: MigrationFormat = recordedFormat(table, {
  name: "supabase",
  title: "migrations of the Supabase CLI",
  findProblem: supabaseFolderProblem,
  findSkipped,
  newScript: { compare: compareScripts, prefix: (_, now) => `${timestamp(now)}_` },
});

/** The script's statements, without semicolons: the CLI can recreate files from them. */
async function statementsOf(script: string): Promise<readonly string[]> {
  const pieces = (await readPieces(script)) ?? [];
  const statements = pieces.map(({ text }) => text.trim().replace(/[;\s]+$/, "")).filter((text) => text !== "");
  // A script that can't be parsed, or only contains comments.
  const isWhole = statementsChecksum(statements.join("")) === statementsChecksum(script);
  return isWhole ? statements : [script.trim()].filter((text) => text !== "");
}
