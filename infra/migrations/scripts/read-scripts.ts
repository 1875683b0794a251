import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { migrationsFolder, projectFolder } from "../../settings/project-folder.ts";

/**
 * The scripts of a folder of migrations, as one text.
 * @param directory relative to the project's folder; default: the one that Pulumi.yaml sets
 * @param format the format of the migrations; default: Prisma's
 */
export function readScripts(directory?: string, format?: string): string {
  const root = resolve(projectFolder(), directory ?? migrationsFolder(undefined, format));
  try {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sql"));
    return files
      .sort()
      .map((file) => readFileSync(join(root, file), "utf8"))
      .join("\n;\n");
  } catch {
    // The provider refuses a folder that can't be read.
    return "";
  }
}
