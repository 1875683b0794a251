import { resolve } from "node:path";
import { Database } from "../../database/database.ts";
import { ensureEngine } from "../../engine/index.ts";
import { readPulumiArguments, selectFlags } from "../../engine/running/pulumi-arguments.ts";
import { resolveTarget } from "../../engine/running/pulumi-target.ts";
import { type ScratchDatabase, withScratchDatabase } from "../../scratch/scratch-database.ts";
import { projectDirectory } from "../../settings/project-folder.ts";
import { loadParser } from "../../sql/parser.ts";
import { verify } from "../../verify/verify.ts";
import { databaseOf } from "../stack-database.ts";
import { notTriedOf } from "../verify/not-copied.ts";
import { rowsFile, tellReport } from "../verify/tell-report.ts";
import { readVerification } from "../verify/verification-file.ts";
import { type Deployment, deployOnScratch } from "./deploy-on-scratch.ts";

export interface ProofOptions {
  /** The folder of Pulumi.yaml. Default: this project's. */
  readonly directory?: string;
  /** The location of the stack's state, instead of its backend. For tests. */
  readonly stateDirectory?: string;
  /** Receives the result. Default: standard output, or standard error if the preview is printed there as JSON. */
  readonly print?: (text: string) => void;
}

/**
 * Deploys the program on a scratch copy of the stack's database, and proves access there. The stack itself is not
 * touched.
 * @param args the arguments of the preview
 * @returns the exit code
 */
export async function proveProgram(args: readonly string[], options: ProofOptions = {}): Promise<number> {
  const { directory = projectDirectory, stateDirectory } = options;
  const command = readPulumiArguments(["preview", ...args]);
  const engine = await ensureEngine(report);
  const target = resolveTarget(command, { directory, environment: process.env, engine, stateDirectory });
  const verification = await readVerification(directory);
  const configFile = command.configFile === undefined ? undefined : resolve(directory, command.configFile);
  const { connectionString } = await databaseOf(target, directory, configFile);
  await loadParser();
  const live = new Database(connectionString);
  try {
    report(`Making a scratch database with the schema of ${live.settings.description}.`);
    const scratchOptions = { projectDirectory: directory, withRecords: true, report };
    return await withScratchDatabase(live, scratchOptions, async (scratch) => {
      const deployment = {
        directory,
        engine,
        target,
        configFile,
        flags: selectFlags(args, deploymentFlags),
        report,
      };
      if (!(await deploys(scratch, deployment))) return 1;
      const notTried = notTriedOf(scratch.notCopied);
      const proof = await verify(scratch.database, verification, { rowsFile, notTried });
      const isJson = command.flags.has("--json");
      const { print = isJson ? report : console.log } = options;
      print(asItWillBe);
      return tellReport(proof, directory, { stack: target.stack, print }) ? 0 : 1;
    });
  } finally {
    await live.close();
  }
}

const asItWillBe =
  "\nThe program as it will be, deployed on a scratch database. A statement below shows what it says where the program is deployed.\n";

/** Flags that affect what is deployed. The other ones only concern the preview's output. */
const deploymentFlags: ReadonlySet<string> = new Set([
  ...["--config", "--config-path", "--parallel", "--replace", "--policy-pack", "--policy-pack-config"],
  ...["--target", "--target-replace", "--target-dependents", "--exclude", "--exclude-dependents"],
]);

async function deploys(scratch: ScratchDatabase, deployment: Deployment): Promise<boolean> {
  report("Deploying the program there.");
  const problem = await deployOnScratch(scratch.url, deployment);
  if (problem === undefined) return true;
  report(`The program could not be deployed on the scratch database, so nothing is proven:\n\n${problem}`);
  const missing = scratch.notCopied.map(({ object, reason }) => `- ${object}: ${reason}`);
  if (missing.length > 0)
    report(`The scratch database is without these, which may be the reason:\n${missing.join("\n")}`);
  return false;
}

function report(line: string): void {
  console.error(line);
}
