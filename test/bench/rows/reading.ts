import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestDatabase } from "../../support/test-server.ts";
import type { Bench } from "../bench.ts";
import { createDirectly, writeQuestions } from "../engine-calls.ts";
import type { WorkerResult, WorkerTask } from "../provider-worker.ts";
import { formatTime, type Row } from "../report.ts";
import { ratios, summarise } from "../statistics.ts";
import { declareWorkload, largeSize, ordinarySize, type Size } from "../workload.ts";

/** The provider's own reading and comparing, at 1,000 policies and at 10,000, in fresh processes, one of each size in turn. */
export async function measureReading(bench: Bench): Promise<Row[]> {
  const places = [await preparePlace(bench, ordinarySize), await preparePlace(bench, largeSize)] as const;
  const results: [WorkerResult[], WorkerResult[]] = [[], []];
  const alone: number[] = [];
  try {
    bench.progress("read and diff once, so that the code is kept compiled as after a first preview");
    const { scripts } = await measure(places[0]);
    const baseline = addTask(places[0], "baseline.json", { stored: [], questions: [], scripts });
    for (let round = 1; round <= bench.options.reads; round++) {
      bench.progress(`read and diff ${round} of ${bench.options.reads}`);
      results[0].push(await measure(places[0]));
      alone.push((await runWorker(baseline)) as number);
      results[1].push(await measure(places[1]));
    }
  } finally {
    for (const { folder } of places) rmSync(folder, { recursive: true });
  }
  return describe(...results, alone);
}

interface Place {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly file: string;
}

async function preparePlace(bench: Bench, size: Size): Promise<Place> {
  bench.progress(`making ${size.tables} tables with their policies`);
  const database = await bench.server.createWorkloadDatabase(size);
  const declarations = declareWorkload(size);
  const stored = await createDirectly(database.url, declarations);
  const questions = writeQuestions(stored, declarations).map(({ read, diff, check }) => ({
    read: toBase64(read),
    diff: toBase64(diff),
    check: toBase64(check),
  }));
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  return addTask({ database, folder, file: "" }, "task.json", { stored, questions });
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function addTask(place: Place, name: string, task: WorkerTask): Place {
  const file = join(place.folder, name);
  writeFileSync(file, JSON.stringify(task));
  return { ...place, file };
}

async function measure(place: Place): Promise<WorkerResult> {
  return (await runWorker(place)) as WorkerResult;
}

async function runWorker({ database, file }: Place): Promise<WorkerResult | number> {
  const worker = fileURLToPath(new URL("../provider-worker.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--max-semi-space-size=4", "--expose-gc", worker, file],
    {
      env: { ...process.env, BENCH_URL: database.url },
    },
  );
  return JSON.parse(stdout) as WorkerResult | number;
}

function describe(ordinary: readonly WorkerResult[], large: readonly WorkerResult[], alone: readonly number[]): Row[] {
  const first = (results: readonly WorkerResult[]) => results.map(({ readAndDiff }) => readAndDiff[0]);
  const second = (results: readonly WorkerResult[]) => results.map(({ readAndDiff }) => readAndDiff[1]);
  const trips = summarise(ordinary.map(({ roundTrips }) => roundTrips));
  return [
    {
      title: "The provider's own read and diff of the same",
      limit: 2.5,
      unit: "×",
      value: summarise(ratios(first(ordinary), alone)),
      detail:
        `${formatTime(summarise(first(ordinary)))}, against ${formatTime(summarise(alone))} for connecting with the bare driver, sending the same queries and having the answers as values. In a fresh process, without engine and network, from opening the connection to the last comparison; the engine's messages are taken as they come and answered as they go. ` +
        `The process itself takes ${formatTime(summarise(ordinary.map(({ work }) => work)))} of its processor for that. ` +
        `The server's answers take ${formatTime(summarise(ordinary.map(({ waiting }) => waiting)))}, most of it for printing the policies' conditions. ` +
        `A second time in the same process: ${formatTime(summarise(second(ordinary)))}. ` +
        `Checking the declarations takes ${formatTime(summarise(ordinary.map(({ check }) => check)))} more.`,
    },
    {
      title: "Round trips to the database for that",
      limit: 10,
      unit: "round trips",
      value: trips,
      detail: `At 1,000 policies ${formatCount(ordinary)}, at 10,000 ${formatCount(large)}: whoever waits for the server looks every 80 ms whether somebody is in the way.`,
    },
    {
      title: "Read and diff of ten times as much (10,000 policies)",
      limit: 10,
      unit: "×",
      value: summarise(ratios(first(large), first(ordinary))),
      detail: `${formatTime(summarise(first(large)))}. Checking takes ${formatTime(summarise(large.map(({ check }) => check)))}.`,
    },
  ];
}

function formatCount(results: readonly WorkerResult[]): string {
  const { median, lowest, highest } = summarise(results.map(({ roundTrips }) => roundTrips));
  return lowest === highest ? `${median}` : `${median} (${lowest} to ${highest})`;
}
