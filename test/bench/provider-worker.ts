import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { PreviewedStates } from "../../infra/lifecycle/previewed-states.ts";
import { ResourceProviderService } from "../../infra/provider/service.ts";
import { projectDirectory } from "../../infra/settings/project-folders.ts";
import { callInProcess } from "./calls.ts";
import { EngineCalls, expectNoChange, type StoredResource, writeQuestions } from "./engine-calls.ts";
import { declareWorkload, type Size } from "./workload.ts";

/** What the parent asks for, as JSON in the file that is the argument; the connection string is in BENCH_URL. */
export interface WorkerTask {
  readonly size: Size;
  readonly stored: readonly StoredResource[];
}

/** What it prints. Milliseconds; the first operation is what a preview pays, the second shows the code once it is compiled. */
export interface WorkerResult {
  readonly readAndDiff: readonly [first: number, second: number];
  readonly check: number;
  readonly roundTrips: number;
  /** How long the first one waited for the server. */
  readonly waiting: number;
}

/** The provider's own work for a preview in which nothing has changed, in a fresh process, without engine and network. */
const task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as WorkerTask;
const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
const queries = observeQueries();
const first = await measure();
const second = await measure();
rmSync(folder, { recursive: true });
const result: WorkerResult = {
  readAndDiff: [first.readAndDiff, second.readAndDiff],
  check: first.check,
  roundTrips: first.roundTrips,
  waiting: first.waiting,
};
console.log(JSON.stringify(result));

async function measure() {
  const service = new ResourceProviderService({
    projectDirectory,
    previewed: new PreviewedStates(join(folder, `seen-${performance.now()}.jsonl`)),
  });
  const engine = new EngineCalls(callInProcess(service.implementation()));
  const questions = writeQuestions(task.stored, declareWorkload(task.size));
  const before = { ...queries };
  const started = performance.now();
  await engine.configure("BENCH_URL");
  const answers = await engine.readAndDiff(questions);
  const readAndDiff = performance.now() - started;
  const roundTrips = queries.count - before.count;
  const waiting = queries.milliseconds - before.milliseconds;
  expectNoChange(task.stored, answers);
  const checkStarted = performance.now();
  await engine.check(questions);
  const check = performance.now() - checkStarted;
  await service.close();
  return { readAndDiff, check, roundTrips, waiting };
}

/** Counts and times what goes to the server: each query of the driver's is one round trip. */
function observeQueries(): { readonly count: number; readonly milliseconds: number } {
  const observed = { count: 0, milliseconds: 0 };
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    observed.count += 1;
    const sent = performance.now();
    const answer = query.apply(this, args);
    const note = () => {
      observed.milliseconds += performance.now() - sent;
    };
    if (answer instanceof Promise) answer.then(note, note);
    return answer;
  } as typeof pg.Client.prototype.query;
  return observed;
}
