import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { Bench } from "./bench.ts";
import { describeMachine, inspectMachine } from "./machine.ts";
import { readOptions } from "./options.ts";
import { formatRow, isOver, type Row, writeReport } from "./report.ts";
import { measureAdoption } from "./rows/adoption.ts";
import { measureDeployment } from "./rows/deployment.ts";
import { measureMemory } from "./rows/memory.ts";
import { measurePackage } from "./rows/package.ts";
import { measurePlatformLocks } from "./rows/platform-locks.ts";
import { measureQueries } from "./rows/query.ts";
import { measureReading } from "./rows/reading.ts";
import { measureStartUp } from "./rows/start-up.ts";
import { measureVerification } from "./rows/verification.ts";
import { BenchServer } from "./servers.ts";

/** `npm run bench`: measures what design.md promises, against baselines in the same run. @returns 1 when a row is over its limit */
export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const started = performance.now();
  const server = new BenchServer();
  const bench: Bench = {
    options,
    server,
    wants: (row) => options.rows.includes(row),
    progress: (line) =>
      console.error(`${String(Math.round((performance.now() - started) / 1000)).padStart(4)} s  ${line}`),
  };
  try {
    const machine = await inspectMachine(await server.version());
    console.error(describeMachine(machine));
    const rows: Row[] = [];
    if (bench.wants("sample")) rows.push(...(await measureStartUp(bench)));
    if (bench.wants("preview") || bench.wants("up")) rows.push(...(await measureDeployment(bench)));
    if (bench.wants("read")) rows.push(...(await measureReading(bench)));
    if (bench.wants("adopt")) rows.push(...(await measureAdoption(bench)));
    if (bench.wants("verify")) rows.push(...(await measureVerification(bench)));
    if (bench.wants("query")) rows.push(...(await measureQueries(bench)));
    if (bench.wants("memory")) rows.push(...(await measureMemory(bench)));
    if (bench.wants("locks")) rows.push(...(await measurePlatformLocks(bench)));
    if (bench.wants("package")) rows.push(...(await measurePackage(bench)));
    console.log(rows.map(formatRow).join("\n"));
    if (options.writes) writeReport(join(projectDirectory, "docs/benchmarks.md"), rows, machine, "npm run bench");
    bench.progress("done");
    return rows.some(isOver) ? 1 : 0;
  } finally {
    await server.stop();
  }
}
