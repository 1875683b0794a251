import { randomUUID } from "node:crypto";
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";

/** A holder says every so often that it lives; one that was silent much longer is gone (or its machine asleep). */
const heartbeatMilliseconds = 2_000;
const silenceMilliseconds = 30_000;
const pollMilliseconds = 50;
/** What is written right after the file is made is never awaited so long; a full disk leaves it empty. */
const writeMilliseconds = 5_000;

/**
 * Does the work while holding the lock file, waiting for whoever holds it. A holder that was killed is recognised and
 * its lock taken over, so nobody ever removes one by hand.
 *
 * @template T
 * @param {string} path the lock file; its folder is created
 * @param {() => Promise<T>} work
 * @param {{ readonly onWait?: () => void }} [options] onWait: called once, when somebody else holds the lock
 * @returns {Promise<T>}
 */
export async function withFileLock(path, work, { onWait } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const content = JSON.stringify({ process: process.pid, host: hostname(), id: randomUUID() });
  let hasWaited = false;
  while (!create(path, content)) {
    const holder = read(path);
    if (holder !== undefined && isGone(path, holder)) {
      takeAway(path, holder);
      continue;
    }
    if (!hasWaited) onWait?.();
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMilliseconds);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (read(path) === content) rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} content
 */
function create(path, content) {
  let file;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
  try {
    writeFileSync(file, content);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** @param {string} path */
function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Taken over after a long sleep: the work goes on, and its result is checked by whoever publishes it.
  }
}

/**
 * @param {string} path
 * @param {string} content
 */
function isGone(path, content) {
  const silence = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (silence > silenceMilliseconds) return true;
  try {
    const holder = JSON.parse(content);
    return holder.host === hostname() && !isRunning(holder.process);
  } catch {
    return silence > writeMilliseconds;
  }
}

/** @param {number} id */
function isRunning(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

/**
 * Two waiters may both have found the same holder gone, and the first may hold the lock by now. So the file that was taken away is checked
 * again, and put back if it belongs to another holder.
 *
 * @param {string} path
 * @param {string} judged
 */
function takeAway(path, judged) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (read(aside) !== judged) linkSync(aside, path);
  } catch (error) {
    if (!hasCode(error, "ENOENT") && !hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
