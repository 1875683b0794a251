import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { projectFolder } from "../settings/project-folder.ts";
import { runCaptured } from "../system/child-process.mjs";
import { packageFolder } from "../system/package-folder.ts";
import { aroundShutdown, type GrpcError } from "./engine-calls.ts";

/**
 * With the setting `palisade:verify`, proves access once the engine has done everything, including deletions, and fails
 * the deployment if access is not as declared. A program ends with a call that waits for exactly this moment, and the
 * program's exit still decides the deployment's result, so the proof runs between the two. In a plain `pulumi up`,
 * nothing else comes after the last deletion.
 *
 * @throws {pulumi.RunError} if this version of Pulumi's SDK has no such call
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
      // If the engine is gone, it has reported why, and its deployment has failed.
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
    [
      ...[command, "verify", "--brief", "--after-update", "--stack", stack],
      ...(connection === undefined ? [] : ["--url-env", connection]),
    ],
    { cwd: projectFolder() },
  );
  if (exitCode === 0) await pulumi.log.info(`palisade:verify: ${stdout.trim()}`);
  else if (stdout === "") await fail(`access could not be proven. ${stderr.trim()}`);
  else await fail(`access is not as it should be.\n\n${stdout.trim()}`);
}

/**
 * Reports an error, which makes the SDK fail the run if it shares the process. Otherwise, the process's exit code does.
 */
async function fail(problem: string): Promise<void> {
  await pulumi.log.error(`palisade:verify: the database is as the program says, and ${problem}`);
  if (process.env.PULUMI_NODEJS_MONITOR !== undefined) process.exitCode = 1;
}
