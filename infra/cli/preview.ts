import { readPulumiArguments } from "../engine/running/pulumi-arguments.ts";
import { InputError } from "../errors/errors.ts";
import { projectCommand } from "../settings/project-command.ts";
import { runDeployment } from "./run-deployment.ts";

const usage = `
Palisade's own:
      --verify   then prove the program as it will be, before anything is touched: deploys it on a scratch database with the same schema, and tries
                 there who may do what, as ${projectCommand("verify")} does. The exit code is 1 where something is not as expected, or not as accepted`;

/**
 * `palisade preview`: sets up everything that the stack needs, runs `pulumi preview` and, on request, proves the access
 * that the update would result in.
 */
export async function run(args: readonly string[]): Promise<number> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const isOurs = (arg: string, index: number) => index < end && arg === "--verify";
  const others = args.filter((arg, index) => !isOurs(arg, index));
  const isAsked = others.length < args.length;
  if (isAsked) refuseOtherFolder(others);
  const exitCode = await runDeployment(["preview", ...others]);
  if (args.includes("--help") || args.includes("-h")) console.log(usage);
  else if (exitCode === 0 && isAsked) {
    const { proveProgram } = await import("./preview/prove-program.ts");
    return await proveProgram(others);
  }
  return exitCode;
}

function refuseOtherFolder(args: readonly string[]): void {
  if (readPulumiArguments(["preview", ...args]).directory === undefined) return;
  throw new InputError("--verify proves the program of this folder; leave --cwd out, and run it in the other folder");
}
