import { runDeployment } from "./run-deployment.ts";

/** `palisade pulumi <anything>`: Pulumi with this project's settings. */
export function run(args: readonly string[]): Promise<number> {
  return runDeployment(args);
}
