import { runDeployment } from "./run-deployment.ts";

/** `npm run up`: everything that the stack needs, then `pulumi up`. */
export function run(args: readonly string[]): Promise<number> {
  return runDeployment(["up", ...args], { approve: true });
}
