import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { projectFolder } from "../settings/project-folder.ts";
import { runCaptured } from "../system/child-process.mjs";
import { packageFolder } from "../system/package-folder.ts";
import { aroundShutdown, type GrpcError } from "./engine-calls.ts";

/**
 * With the setting `palisade:verify`, proves access when the engine has done everything, deletions included, and fails the deployment if it is
 * not as stated. A program ends with a call by which it waits for just that moment, and its own end still decides how the deployment ends: so
 * this goes between the two. It is the only place of a plain `pulumi up` that comes after the last deletion.
 *
 * @throws {pulumi.RunError} where this version of Pulumi's SDK has no such call
 */
export function proveAccessAtEnd(): void {
  const settings = new pulumi.Config("palisade");
  if (settings.get("verify") !== "true") return;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.info("palisade:verify: after its last change, the update proves who may do what by trying it");
    return;
  }
  const [stack, connection] = [pulumi.getStack(), settings.get("connection")];
  const isKnown = aroundShutdown((shutdown) => (request, answer) => {
    shutdown(request, (error, response) => {
      // An engine that is gone has said itself why, and its deployment has failed.
      const proof = error?.code === unavailable ? Promise.resolve() : prove(stack, connection, error ?? undefined);
      void proof.then(
        () => answer(error, response),
        (problem: unknown) => void fail(String(problem)).then(() => answer(error, response)),
      );
    });
  });
  if (!isKnown) throw new pulumi.RunError(`palisade:verify needs a later version of @pulumi/pulumi: ${tooEarly}`);
}

const unavailable = 14;

const tooEarly = "with this one the program ends before what is no longer declared is deleted";

async function prove(stack: string, connection: string | undefined, error: GrpcError | undefined): Promise<void> {
  if (error !== undefined) return await fail(`nothing was proven, since the engine is too old: ${tooEarly}`);
  await pulumi.log.info("palisade:verify: trying who may do what …", undefined, undefined, true);
  const command = join(packageFolder, "cli", "palisade.mjs");
  const { exitCode, stdout, stderr } = await runCaptured(
    process.execPath,
    [command, "verify", "--brief", "--stack", stack, ...(connection === undefined ? [] : ["--url-env", connection])],
    { cwd: projectFolder() },
  );
  if (exitCode === 0) await pulumi.log.info(`palisade:verify: ${stdout.trim()}`);
  else if (stdout === "") await fail(`access could not be proven. ${stderr.trim()}`);
  else await fail(`access is not as it should be.\n\n${stdout.trim()}`);
}

/** An error that is reported makes the SDK fail the run where it shares the process; otherwise the process's exit code does. */
async function fail(problem: string): Promise<void> {
  await pulumi.log.error(`palisade:verify: the database is as the program says, and ${problem}`);
  if (process.env.PULUMI_NODEJS_MONITOR !== undefined) process.exitCode = 1;
}
