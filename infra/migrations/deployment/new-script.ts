import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { MigrationFormat } from "../formats/format.ts";
import { compareNaturally } from "../formats/plain/natural-order.ts";
import { slug, timestamp } from "./migration-name.ts";

/**
 * Writes an empty script of the folder's form, as `supabase migration new` does. It is numbered as the others are: by the time, or on from the
 * last number where they have short ones.
 * @returns the file's name
 */
export async function writeScript(
  format: MigrationFormat,
  { name, directory, now = new Date() }: { readonly name: string; readonly directory: string; readonly now?: Date },
): Promise<string> {
  const names = (await format.readFolder(directory)).map((migration) => migration.name);
  const title = `${format.name === "plain" ? nextNumber(names, now) : timestamp(now)}_${slug(name)}`;
  const later = names.find((other) => compareNaturally(other, title) >= 0);
  if (later !== undefined) {
    throw new InputError(
      `the folder holds ${later}, which would come after the new migration ${title}: see to the clock, or rename it`,
    );
  }
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${title}.sql`), "", { flag: "wx" });
  return `${title}.sql`;
}

function nextNumber(names: readonly string[], now: Date): string {
  const [, digits] = /^(\d{1,6})(?!\d)/.exec(names.at(-1) ?? "") ?? [];
  return digits === undefined ? timestamp(now) : String(Number(digits) + 1).padStart(digits.length, "0");
}
