import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The folder of Pulumi.yaml. A program runs in the folder of its first file, which may be one of the project's, and not every language host
 * names the project's.
 */
export function projectFolder(): string {
  const start = resolve(process.env.PULUMI_NODEJS_ROOT_DIRECTORY ?? ".");
  for (let folder = start; ; folder = dirname(folder)) {
    if (["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return start;
  }
}
