import { basename, dirname, join } from "node:path";
import type { MigrationRecord } from "../history/history.ts";
import { exists, listScripts } from "./files.ts";
import type { FormatName } from "./format.ts";
import { migrationFolders } from "./prisma/folder.ts";
import { versionOf } from "./supabase/folder.ts";

export interface FolderToRecognise {
  readonly directory: string;
  /** As the program names it. */
  readonly named: string;
  /**
   * Returns the database's records in a format. Called if the folder alone does not identify its tool. Default: there
   * are none.
   */
  readonly recordsOf?: (format: FormatName) => Promise<readonly MigrationRecord[]>;
}

/**
 * Recognises the tool that a folder's migrations belong to: by its contents, then by its path, then by the table that
 * has records of it. An empty folder is identified by its path, or else taken for Prisma's.
 * @returns the format, or a problem if there are two candidates
 */
export async function recogniseFormat({
  directory,
  named,
  recordsOf = async () => [],
}: FolderToRecognise): Promise<FormatName | { readonly problem: string }> {
  const scripts = await listScripts(directory);
  const folders = await migrationFolders(directory);
  if (await exists(join(directory, "migration_lock.toml"))) return "prisma";
  if (folders.length > 0 && scripts.length > 0) {
    return {
      problem:
        `${named} holds ${scripts[0]} itself, and ${folders[0]} in a folder of its own, as Prisma has it: ` +
        'take one of the two elsewhere, or say which are meant (format: "prisma", "supabase" or "plain")',
    };
  }
  const place = formatOfPlace(directory);
  const isSupabases = place === "supabase";
  if (folders.length > 0) return "prisma";
  if (scripts.length === 0) return isSupabases ? "supabase" : "prisma";
  const keysOf = async (format: FormatName) => new Set((await recordsOf(format)).map(({ key }) => key));
  const [supabaseKeys, plainKeys] = [await keysOf("supabase"), await keysOf("plain")];
  const isRecorded = {
    supabase: scripts.some((file) => supabaseKeys.has(versionOf(file) ?? "")),
    plain: scripts.some((file) => plainKeys.has(file.replace(/\.sql$/i, ""))),
  };
  if (isRecorded.plain && (isRecorded.supabase || isSupabases)) {
    const other = isRecorded.supabase
      ? "supabase_migrations.schema_migrations does, too"
      : "its place is the Supabase CLI's";
    return {
      problem: `palisade.migrations has records of what is in ${named}, and ${other}: say whose migrations they are, format: "supabase" or "plain"`,
    };
  }
  if (isSupabases || isRecorded.supabase) return "supabase";
  return place === "prisma" && !isRecorded.plain ? "prisma" : "plain";
}

/** The format that a folder's path alone suggests. The Supabase CLI only accepts its own path. */
export function formatOfPlace(directory: string): FormatName {
  const place = basename(dirname(directory));
  return place === "supabase" || place === "prisma" ? place : "plain";
}
