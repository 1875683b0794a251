import type { FolderMigration } from "../../history/history.ts";
import { byteOrderMark, listScripts, missingFolder, readScript } from "../files.ts";
import { statementsChecksum } from "./records.ts";

/**
 * The migrations of the Supabase CLI's folder, in its order: that of the file names. Like the CLI, this ignores other
 * files.
 * @see https://supabase.com/docs/guides/deployment/database-migrations
 */
export async function readSupabaseFolder(directory: string): Promise<readonly FolderMigration[]> {
  const files = (await listScripts(directory)).filter((file, index) => skipReason(file, index) === undefined);
  return Promise.all(
    files.map(async (file) => {
      const { script, isMarked, fault } = await readScript(directory, file);
      return {
        name: file.replace(/\.sql$/, ""),
        key: versionOf(file) as string,
        script,
        checksum: statementsChecksum(script),
        // As `supabase migration repair` records it.
        equalChecksums: isMarked ? [statementsChecksum(byteOrderMark + script)] : [],
        ...(fault === undefined ? {} : { fault }),
      };
    }),
  );
}

/** By the characters of the file names, without treating numbers specially. */
export function compareScripts(left: string, right: string): number {
  const [a, b] = [`${left}.sql`, `${right}.sql`];
  return a < b ? -1 : Number(a > b);
}

export async function findSkipped(directory: string): Promise<readonly string[]> {
  return (await listScripts(directory)).flatMap((file, index) => {
    const reason = skipReason(file, index);
    return reason === undefined ? [] : [`${file} is left out, as by the Supabase CLI: ${reason}`];
  });
}

export async function supabaseFolderProblem(directory: string, named: string): Promise<string | undefined> {
  const make = "supabase migration new";
  const missing = await missingFolder(directory, named, "the Supabase CLI's migrations", make);
  if (missing !== undefined) return missing;
  const files = await listScripts(directory);
  const versions = files.flatMap((file) => versionOf(file) ?? []);
  const twice = versions.find((version, index) => versions.indexOf(version) !== index);
  if (twice !== undefined) {
    const same = files.filter((file) => versionOf(file) === twice).join(" and ");
    return `${same} in ${named} have the same version, ${twice}, and the Supabase CLI can record only one of them; rename the one that is not applied yet`;
  }
  if (versions.length > 0) return undefined;
  return files.length === 0
    ? `${named} holds no migration; make the first with \`${make}\`, or name the folder that holds them`
    : `${named} holds no migration that the Supabase CLI would apply: it takes files named <timestamp>_<name>.sql, and ${files[0]} is none`;
}

/** The digits at the start of a migration's file name. */
export function versionOf(file: string): string | undefined {
  return /^([0-9]+)_.*\.sql$/s.exec(file)?.[1];
}

function skipReason(file: string, index: number): string | undefined {
  const version = versionOf(file);
  if (version === undefined) return "its name is not <timestamp>_<name>.sql";
  // Earlier versions of the CLI wrote the platform's own schema into it.
  const isFormerInit = index === 0 && /[0-9]{14}_init\.sql/.test(file) && version < "20211209000000";
  return isFormerInit ? "earlier versions of it wrote the platform's own schema there" : undefined;
}
