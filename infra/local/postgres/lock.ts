import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./postmaster.ts";

/**
 * Runs some work while no other process on this machine runs work under the same lock file. A lock whose holder died,
 * or gives no sign of life for a while (its number may be another program's after a reboot), is taken over.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  for (let waited = false; !tryLock(file); waited = true) {
    if (!waited) {
      onWait();
    }
    if (isStale(file)) {
      removeStale(file);
    } else {
      await sleep(50);
    }
  }
  const signOfLife = setInterval(() => touch(file), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(signOfLife);
    rmSync(file, { force: true });
  }
}

const silence = 15_000;

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

function isStale(file: string): boolean {
  try {
    const holder = readFileSync(file, "utf8");
    const quiet = Date.now() - statSync(file).mtimeMs;
    return quiet > silence || (holder !== "" && !isAlive(Number(holder)));
  } catch {
    return false;
  }
}

/** Of several processes that see a stale lock, one wins the rename; the others find nothing to remove. */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch {
    // Somebody else removed it first.
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The folder is being removed under us; the work itself will say so.
  }
}
