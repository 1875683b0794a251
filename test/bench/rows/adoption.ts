import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDirectory } from "../../../infra/settings/project-folder.ts";
import { runCaptured } from "../../../infra/system/child-process.mjs";
import type { Bench } from "../bench.ts";
import { createDirectly } from "../engine-calls.ts";
import { formatTime, type Row } from "../report.ts";
import { summarise } from "../statistics.ts";
import { declareWorkload, ordinarySize } from "../workload.ts";

/** `palisade adopt` on a database that nobody has declared, from the command to the end of the preview that proves the program. */
export async function measureAdoption(bench: Bench): Promise<Row[]> {
  bench.progress(`making ${ordinarySize.tables} tables to adopt`);
  const database = await bench.server.createWorkloadDatabase(ordinarySize);
  await createDirectly(database.url, declareWorkload(ordinarySize));
  const adoptions: number[] = [];
  const previews: number[] = [];
  for (let round = 1; round <= bench.options.adoptions; round++) {
    bench.progress(`adopting ${round} of ${bench.options.adoptions}`);
    const folder = createProject();
    try {
      adoptions.push(await time(folder, database.url, ["adopt", "--url-env", "BENCH_URL"]));
      // Everything is declared now: what is left is running the program, and its preview.
      previews.push(await time(folder, database.url, ["adopt", "--url-env", "BENCH_URL"]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
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

function createProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8"));
  for (const name of ["infra", "node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(projectDirectory, name), join(folder, name));
  return folder;
}

async function time(folder: string, url: string, command: readonly string[]): Promise<number> {
  const started = performance.now();
  const script = join("infra", "cli", "palisade.mjs");
  const { exitCode, stdout, stderr } = await runCaptured(
    process.execPath,
    ["--conditions=palisade-source", script, ...command],
    { cwd: folder, environment: { ...process.env, PWD: folder, BENCH_URL: url } },
  );
  if (exitCode !== 0) throw new Error(`palisade ${command.join(" ")} failed:\n${stdout}\n${stderr}`);
  return performance.now() - started;
}
