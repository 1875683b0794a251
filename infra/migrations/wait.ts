import { setTimeout as pause } from "node:timers/promises";
import { selectAll } from "../catalog/part.ts";
import { readCatalog } from "../catalog/read.ts";
import { InputError } from "../errors/errors.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { compareHistory, type MigrationHistory } from "./history/history.ts";
import { obstacles } from "./history/obstacles.ts";
import { type DeploySettings, resolveFolder, resolveFor } from "./history/read-history.ts";

export interface WaitOptions {
  readonly report: (message: string) => void;
  /** Default: ten minutes. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Waits until somebody else has applied the pending migrations.
 * @throws {InputError} on a time-out, or if a migration fails in the meantime
 */
export async function waitForMigrations(
  settings: DeploySettings,
  operation: Operation,
  { report, timeoutSeconds = 600 }: WaitOptions,
): Promise<void> {
  const end = performance.now() + timeoutSeconds * 1000;
  let told = "";
  for (;;) {
    const history = await readNow(settings, operation);
    const problems = obstacles(withoutRunning(history), resolveFor(settings, operation), settings.format);
    if (problems.length > 0) throw new InputError(problems.join("\n"));
    const waiting = [...history.failed.map(({ name }) => name), ...history.pending];
    if (waiting.length === 0) return;
    const names = waiting.join(", ");
    if (performance.now() >= end) {
      throw new InputError(
        `${names} ${waiting.length === 1 ? "is" : "are"} still pending after ${timeoutSeconds} s, and with apply: false nothing here applies them. ` +
          "Apply them, then update again; customTimeouts of this resource say how long it waits",
      );
    }
    if (names !== told) report(`waits until somebody has applied ${names}`);
    told = names;
    await pause(interval, undefined, { signal: operation.signal });
  }
}

/** In milliseconds. */
const interval = 1000;

async function readNow({ directory, format }: DeploySettings, operation: Operation): Promise<MigrationHistory> {
  const folder = await format.readFolder(resolveFolder(directory, operation));
  const database = await operation.database();
  const catalog = await database.look((session) => readCatalog(session, selectAll([format.records])));
  return compareHistory(folder, catalog.of(format.records) ?? []);
}

/** Prisma's command line records nothing about the migration that it is still applying, which is no failure. */
function withoutRunning(history: MigrationHistory): MigrationHistory {
  return { ...history, failed: history.failed.filter(({ logs }) => logs !== null) };
}
