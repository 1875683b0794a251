import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { MigrationFormat, ScriptNames } from "../formats/format.ts";
import { slug } from "./migration-name.ts";

/**
 * Writes an empty script in the folder's format, as `supabase migration new` does.
 * @param names the format's naming rules
 * @returns the file's name
 * @throws {InputError} if it would not be the last one to be applied
 */
export async function writeScript(
  format: Pick<MigrationFormat, "readFolder">,
  names: ScriptNames,
  { name, directory, now = new Date() }: { readonly name: string; readonly directory: string; readonly now?: Date },
): Promise<string> {
  const present = (await format.readFolder(directory)).map((migration) => migration.name);
  const title = `${names.prefix(present, now)}${slug(name)}`;
  const later = present.find((other) => names.compare(other, title) >= 0);
  if (later !== undefined) {
    throw new InputError(
      `the folder holds ${later}, which would come after the new migration ${title}: see to the clock, or rename it`,
    );
  }
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${title}.sql`), "", { flag: "wx" });
  return `${title}.sql`;
}
