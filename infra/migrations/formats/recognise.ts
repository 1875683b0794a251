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
  /** What the database has recorded in a format, asked where the folder alone does not say whose it is. Default: nothing. */
  readonly recordsOf?: (format: FormatName) => Promise<readonly MigrationRecord[]>;
}

/**
 * Recognises whose migrations a folder holds: by what is in it, then by where it is, then by the table that has records of it. An empty
 * folder is its place's, or else Prisma's.
 * @returns the format, or a problem where two are possible
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

/** Whose scripts the folder has by its name alone. The Supabase CLI finds its own by no other. */
export function formatOfPlace(directory: string): FormatName {
  const place = basename(dirname(directory));
  return place === "supabase" || place === "prisma" ? place : "plain";
}
