import { readdirSync, readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";

// Looks at the system's process list again and again. A process whose program has started lives for longer than the pause of a millisecond.
/** @type {Set<string>} */
const commandLines = new Set();
const older = new Set(readdirSync("/proc"));

const timer = setInterval(() => {
  for (const pid of readdirSync("/proc")) {
    if (older.has(pid)) continue;
    try {
      commandLines.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // It has ended.
    }
  }
}, 1);

parentPort?.on("message", () => {
  clearInterval(timer);
  parentPort?.postMessage([...commandLines]);
  parentPort?.close();
});
