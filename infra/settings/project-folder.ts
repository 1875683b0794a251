import { dirname, resolve } from "node:path";
import { findProjectFile } from "./project-file.mjs";

/**
 * The folder of Pulumi.yaml. A program runs in the folder of its first file, which may be one of the project's, and not every language host
 * names the project's.
 */
export function projectFolder(): string {
  const start = resolve(process.env.PULUMI_NODEJS_ROOT_DIRECTORY ?? ".");
  const file = findProjectFile(start);
  return file === undefined ? start : dirname(file);
}
