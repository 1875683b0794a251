import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

/**
 * Gives a copy of this repository its packages, where the one that the copy holds itself is the copy's own.
 * @param own where that is. Default: the copy's `infra`
 */
export function linkPackages(folder: string, own = join(folder, "infra")): void {
  const packages = join(folder, "node_modules");
  mkdirSync(packages);
  for (const name of readdirSync(join(projectDirectory, "node_modules")).filter((name) => name !== "pulumi-palisade"))
    symlinkSync(join(projectDirectory, "node_modules", name), join(packages, name));
  symlinkSync(own, join(packages, "pulumi-palisade"));
}
