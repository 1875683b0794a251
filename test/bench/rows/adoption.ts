import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runCaptured } from "../../../infra/system/child-process.mjs";
import { createFolder, packPackage, removeFolder, runIn, writeFiles } from "../../support/installed-project.ts";
import type { Bench } from "../bench.ts";
import { createDirectly } from "../engine-calls.ts";
import { formatTime, type Row } from "../report.ts";
import { summarise } from "../statistics.ts";
import { declareWorkload, ordinarySize } from "../workload.ts";

const require = createRequire(import.meta.url);

/** `palisade adopt` on a database that nobody has declared, from the command to the end of the preview that proves the program. */
export async function measureAdoption(bench: Bench): Promise<Row[]> {
  bench.progress(`making ${ordinarySize.tables} tables to adopt`);
  const database = await bench.server.createWorkloadDatabase(ordinarySize);
  await createDirectly(database.url, declareWorkload(ordinarySize));
  bench.progress("the package, packed and installed");
  const folder = await installPackage();
  const adoptions: number[] = [];
  const previews: number[] = [];
  for (let round = 1; round <= bench.options.adoptions; round++) {
    bench.progress(`adopting ${round} of ${bench.options.adoptions}`);
    for (const written of ["Pulumi.yaml", "Pulumi.dev.yaml", "stacks", "sql"])
      rmSync(join(folder, written), { recursive: true, force: true });
    adoptions.push(await time(folder, database.url));
    // Everything is declared now: what is left is running the program, and its preview.
    previews.push(await time(folder, database.url));
  }
  removeFolder(folder);
  return [
    {
      title: "Adopting 200 tables, 1,000 policies, 200 functions, 200 published tables, 20 buckets",
      limit: 20,
      unit: "s",
      value: summarise(adoptions.map((milliseconds) => milliseconds / 1000)),
      detail: `From the command to the end of the preview of the program that was written. Once more, where nothing is left to write: ${formatTime(summarise(previews))}. ${adoptions.length} rounds.`,
    },
  ];
}

/** As somebody has it who installed the package: the sources of this repository would be compiled with the program. */
async function installPackage(): Promise<string> {
  const folder = createFolder();
  const tarball = await packPackage(folder);
  writeFiles(folder, { "package.json": '{"name":"adopted","private":true}' });
  const versions = ["@pulumi/pulumi", "typescript", "@types/node"].map((name) => {
    const { version } = require(`${name}/package.json`) as { readonly version: string };
    return `${name}@${version}`;
  });
  const install = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball, ...versions];
  const { exitCode, output } = await runIn(folder, install);
  if (exitCode !== 0) throw new Error(`${install.join(" ")} failed: ${output}`);
  return folder;
}

async function time(folder: string, url: string): Promise<number> {
  const started = performance.now();
  const { exitCode, stdout, stderr } = await runCaptured(
    process.execPath,
    [join("node_modules", "pulumi-palisade", "cli", "palisade.mjs"), "adopt", "--url-env", "BENCH_URL"],
    { cwd: folder, environment: { ...process.env, PWD: folder, BENCH_URL: url } },
  );
  if (exitCode !== 0) throw new Error(`palisade adopt failed:\n${stdout}\n${stderr}`);
  return performance.now() - started;
}
