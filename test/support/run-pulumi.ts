import { type PulumiOptions, runPulumi } from "../../infra/engine/running/pulumi.ts";

// Pulumi on a test stack, in a process of its own as under `npm run up`: for tests of what a terminal and its signals do.
const options = JSON.parse(process.env.TEST_PULUMI_OPTIONS ?? "{}") as PulumiOptions;
delete process.env.TEST_PULUMI_OPTIONS;
process.exitCode = (await runPulumi(process.argv.slice(2), options)).exitCode;
