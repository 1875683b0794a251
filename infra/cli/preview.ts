import { runDeployment } from "./run-deployment.ts";

/** `palisade preview`: everything that the stack needs, then `pulumi preview`. */
export function run(args: readonly string[]): Promise<number> {
  return runDeployment(["preview", ...args]);
}
