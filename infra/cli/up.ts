import { projectDirectory } from "../settings/project-folder.ts";
import { runDeployment } from "./run-deployment.ts";

/**
 * `palisade up`: sets up everything that the stack needs, runs `pulumi up`, and then writes the contract if the stack's
 * configuration names its folder.
 */
export function run(args: readonly string[]): Promise<number> {
  return runDeployment(["up", ...args], {
    approve: true,
    async afterwards(stack, report) {
      const { writeConfiguredContract } = await import("../contract/configured.ts");
      await writeConfiguredContract(projectDirectory, stack, report);
    },
  });
}
