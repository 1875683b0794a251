import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { PreviewedStates } from "../../infra/lifecycle/previewed-states.ts";
import { ResourceProviderService } from "../../infra/provider/service.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { callInProcess } from "./calls.ts";
import { EngineCalls, expectNoChange, type Questions, type StoredResource } from "./engine-calls.ts";

/** What the parent asks for, as JSON in a file; the connection string is in BENCH_URL. */
export interface WorkerTask {
  readonly stored: readonly StoredResource[];
  /** The engine's messages about them, in base 64: writing them would leave much of this process's memory used. */
  readonly questions: readonly Readonly<Record<keyof Questions, string>>[];
  /** Only these are sent, over the bare driver, and nothing is compared: the baseline. */
  readonly scripts?: readonly string[];
}

/** Milliseconds; the first operation is what a preview pays, the second shows the code once it is compiled. */
export interface WorkerResult {
  readonly readAndDiff: readonly [first: number, second: number];
  readonly check: number;
  readonly roundTrips: number;
  /** How long the first one waited for the server. */
  readonly waiting: number;
  /** What reading and comparing took of the processor the first time; the server's part is not in it. */
  readonly work: number;
  /** What was sent to the server the first time, in its order. */
  readonly scripts: readonly string[];
}

/** The provider's own work for a preview in which nothing has changed, in a fresh process, without engine and network; or its baseline, in milliseconds. */
export async function runWorker(taskFile: string): Promise<WorkerResult | number> {
  const task = JSON.parse(readFileSync(taskFile, "utf8")) as WorkerTask;
  if (task.scripts !== undefined) return await sendAlone(task.scripts);
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    const queries = observeQueries();
    const first = await measure(task, folder, queries);
    const second = await measure(task, folder, queries);
    return { ...first, readAndDiff: [first.readAndDiff, second.readAndDiff] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What reading costs whoever asks the server the same: a connection of the driver's, the statements one by one, their answers as values. */
async function sendAlone(scripts: readonly string[]): Promise<number> {
  const started = performance.now();
  const client = new pg.Client(process.env.BENCH_URL);
  await client.connect();
  for (const script of scripts) await client.query(script);
  const taken = performance.now() - started;
  await client.end();
  return taken;
}

interface Queries {
  readonly count: number;
  readonly milliseconds: number;
  readonly scripts: readonly string[];
}

async function measure(task: WorkerTask, folder: string, queries: Queries) {
  const service = new ResourceProviderService({
    projectDirectory,
    previewed: new PreviewedStates(join(folder, `seen-${performance.now()}.jsonl`)),
  });
  const engine = new EngineCalls(callInProcess(service.implementation()));
  const questions = task.questions.map(({ read, diff, check }) => ({
    read: Buffer.from(read, "base64"),
    diff: Buffer.from(diff, "base64"),
    check: Buffer.from(check, "base64"),
  }));
  const before = { ...queries, scripts: [...queries.scripts] };
  globalThis.gc?.();
  const usage = process.cpuUsage();
  const started = performance.now();
  await engine.configure("BENCH_URL");
  const answers = await engine.readAndDiff(questions);
  const readAndDiff = performance.now() - started;
  const { user, system } = process.cpuUsage(usage);
  const scripts = queries.scripts.slice(before.scripts.length);
  const roundTrips = queries.count - before.count;
  const waiting = queries.milliseconds - before.milliseconds;
  expectNoChange(task.stored, answers);
  const checkStarted = performance.now();
  await engine.check(questions);
  const check = performance.now() - checkStarted;
  await service.close();
  return { readAndDiff, check, roundTrips, waiting, work: (user + system) / 1000, scripts };
}

/** Counts and times what goes to the server: each query of the driver's is one round trip. */
function observeQueries(): Queries {
  const observed = { count: 0, milliseconds: 0, scripts: [] as string[] };
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    observed.count += 1;
    // One with values is a look at who holds a lock.
    if (!Array.isArray(args[1])) observed.scripts.push(String(args[0]));
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
