import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { localBackend, localFiles } from "../../settings/local-files.mjs";
import type { PulumiTarget } from "../running/pulumi-target.ts";
import { checkpointFile } from "./checkpoint.ts";

/** The folder of a stack's state, if it is one of this project's. Undefined: the stack has another backend. */
export function stateFolder(
  { ownState, project, backendUrl }: PulumiTarget,
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (ownState !== undefined) return ownState;
  const isElsewhere = backendUrl !== undefined || environment.PULUMI_BACKEND_URL;
  const isOwn = !isElsewhere && project?.backendUrl?.startsWith(localBackend) && dirname(project.file) === directory;
  return isOwn ? localFiles(directory).state : undefined;
}

export function stackExists(state: string, project: string, stack: string): boolean {
  const path = checkpointFile(state, project, stack);
  return existsSync(path) || existsSync(`${path}.gz`);
}
