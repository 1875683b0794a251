import { basename, dirname, join } from "node:path";
import { exists, listScripts } from "./files.ts";
import type { FormatName } from "./format.ts";
import { migrationFolders } from "./prisma/folder.ts";
import { versionOf } from "./supabase/folder.ts";

/** What the database knows of a folder's migrations, by the tables in which the formats keep their records. */
export interface RecordedKeys {
  readonly supabase: ReadonlySet<string>;
  readonly plain: ReadonlySet<string>;
}

export interface FolderToRecognise {
  readonly directory: string;
  /** As the program names it. */
  readonly named: string;
  /** Asked where the folder alone does not say it. Default: nothing is known. */
  readonly recorded?: () => Promise<RecordedKeys>;
}

/**
 * Recognises whose migrations a folder holds: by what is in it, then by where it is, then by the table that has records of it. An empty
 * folder is its place's, or else Prisma's.
 * @returns the format, or a problem where two are possible
 */
export async function recogniseFormat({
  directory,
  named,
  recorded,
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
  const place = basename(dirname(directory));
  // The CLI itself finds its folder by no other name.
  const isSupabases = place === "supabase";
  if (folders.length > 0) return "prisma";
  if (scripts.length === 0) return isSupabases ? "supabase" : "prisma";
  const keys = await recorded?.();
  const isRecorded = {
    supabase: scripts.some((file) => keys?.supabase.has(versionOf(file) ?? "")),
    plain: scripts.some((file) => keys?.plain.has(file.replace(/\.sql$/, ""))),
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
