import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openSession, type Session } from "./local-platform.ts";

/** The module under test, for programs that run in a process of their own. */
export const entry = fileURLToPath(new URL("../../infra/local/index.ts", import.meta.url));

/** Opens a session, asks it something and ends it. */
export async function ask<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(url);
  try {
    return await work(session);
  } finally {
    await session.client.end();
  }
}

/** Runs a program of ours in a process of its own. */
export function runScript(
  script: string,
  account: { readonly uid?: number; readonly gid?: number } = {},
): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    ...account,
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The first thing that a process says. */
export async function readLine(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout ?? []) {
    return String(chunk).trim();
  }
  throw new Error("The process said nothing.");
}

/** The process of the server whose data lies in this folder. */
export function postmasterOf(folder: string): number {
  return Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

/** Whether a process lives; one that has ended and waits to be collected doesn't. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Waits for something to come about. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error("It did not come about within five minutes.");
    }
    await sleep(20);
  }
}
