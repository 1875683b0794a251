import type { Bench } from "../bench.ts";
import { createDirectly, EngineCalls, expectNoChange, writeQuestions } from "../engine-calls.ts";
import { ProviderProcess } from "../provider-process.ts";
import type { Row } from "../report.ts";
import { summarise } from "../statistics.ts";
import { declareWorkload, largeSize } from "../workload.ts";

/** The most memory that the provider's process ever held during a preview of 10,000 policies, with the engine's calls over gRPC. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  bench.progress(`making ${largeSize.tables} tables with their policies`);
  const database = await bench.server.createWorkloadDatabase(largeSize);
  const declarations = declareWorkload(largeSize);
  const stored = await createDirectly(database.url, declarations);
  bench.progress("memory");
  const start = await ProviderProcess.start({ BENCH_URL: database.url });
  const engine = new EngineCalls(start.call);
  const atStart = start.memory().now;
  await engine.configure("BENCH_URL");
  const questions = writeQuestions(stored, declarations);
  await engine.readAndDiff(questions);
  await engine.check(questions);
  expectNoChange(stored, await engine.readAndDiff(questions));
  const { now, most } = start.memory();
  await start.stop();
  return [
    {
      title: "Memory of the provider at 10,000 policies",
      limit: 200,
      unit: "MB",
      value: summarise([most]),
      detail: `The most that its process held (resident) while everything was read, compared, checked and read again; ${now.toFixed(0)} MB when that was done, ${atStart.toFixed(0)} MB before it began.`,
    },
  ];
}
