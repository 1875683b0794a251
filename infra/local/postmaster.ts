import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../errors/errors.ts";
import { isAlive } from "../system/is-alive.ts";

/** A running server, from the file in its data folder. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/**
 * Reads postmaster.pid. Undefined if no server runs on this data folder: there is no such file, or one that a crash or
 * reboot left behind.
 */
export function findPostmaster(dataFolder: string): Postmaster | undefined {
  const lines = readText(join(dataFolder, "postmaster.pid"))?.split("\n") ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid, dataFolder)) {
    return undefined;
  }
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" };
}

/**
 * Whether the process with this id is the server of this data folder. After a reboot it may be another program: on
 * Linux, its command line or working directory decides; elsewhere the id has to suffice.
 */
function isRunning(pid: number, dataFolder: string): boolean {
  if (!isAlive(pid)) {
    return false;
  }
  if (process.platform !== "linux") {
    return true;
  }
  const named = readText(`/proc/${pid}/cmdline`)?.split("\0").includes(dataFolder) ?? false;
  return named || worksIn(pid, dataFolder);
}

/**
 * Stops the server of a data folder and waits until it has ended. "fast" ends its sessions and writes everything to
 * disk; "immediate" leaves that to the next start.
 */
export async function stopPostmaster(dataFolder: string, how: "fast" | "immediate" = "fast"): Promise<void> {
  const postmaster = findPostmaster(dataFolder);
  for (const signal of how === "fast" ? (["SIGINT", "SIGQUIT"] as const) : (["SIGQUIT"] as const)) {
    if (postmaster === undefined || (await endPostmaster(postmaster.pid, dataFolder, signal))) {
      return;
    }
  }
  throw new InputError(
    `PostgreSQL (process ${postmaster?.pid}) does not stop. Its data lies in ${dataFolder}. End the process, and run this again`,
  );
}

/** Sends a server a fatal signal and waits; false if it is still running. */
export async function endPostmaster(pid: number, dataFolder: string, signal: NodeJS.Signals): Promise<boolean> {
  const deadline = Date.now() + stopTimeout;
  process.kill(pid, signal);
  while (isRunning(pid, dataFolder)) {
    if (Date.now() > deadline) {
      return false;
    }
    await sleep(5);
  }
  return true;
}

/**
 * Whether any process works in a data folder whose postmaster.pid is empty. If the system does not say, the file's age
 * decides: a running server checks its file once a minute, and ends if the file is gone.
 */
export function isWorkedIn(dataFolder: string): boolean {
  if (process.platform !== "linux") {
    const file = statSync(join(dataFolder, "postmaster.pid"), { throwIfNoEntry: false });
    return file !== undefined && Date.now() - file.mtimeMs < 150_000;
  }
  return readdirSync("/proc").some((name) => /^[0-9]+$/.test(name) && worksIn(Number(name), dataFolder));
}

/**
 * Whether a server still runs whose data folder was deleted. It notices that within a minute, and ends. Only Linux tells.
 * @param dataFolder without symbolic links
 */
export function hasLostFolder(dataFolder: string): boolean {
  if (process.platform !== "linux") return false;
  const isLost = (pid: number) => readWorkingFolder(pid) === `${dataFolder} (deleted)`;
  return readdirSync("/proc").some((name) => /^[0-9]+$/.test(name) && isLost(Number(name)));
}

const stopTimeout = 15_000;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** True also for a server whose project has been moved since it was started. */
function worksIn(pid: number, folder: string): boolean {
  return existsSync(folder) && readWorkingFolder(pid) === realpathSync(folder);
}

function readWorkingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
