import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

/**
 * @typedef {object} ProcessOptions
 * @property {string} [cwd]
 * @property {Readonly<Record<string, string | undefined>>} [environment] the whole of it; default our own
 */

/**
 * Runs a program on our own terminal until it ends, and stays alive meanwhile whatever signal arrives: the program
 * decides what a signal means (Pulumi cancels a deployment at the first Ctrl-C and stops dead at the second).
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {ProcessOptions} [options]
 * @returns {Promise<number>} its exit code, or 128 and the signal's number, as a shell says it
 */
export function runAttached(program, args, { cwd, environment = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: "inherit", cwd, env: environment });
    const stopForwarding = forwardSignals(child);
    child.on("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.on("close", (code, signal) => {
      stopForwarding();
      resolve(toExitCode(code, signal));
    });
  });
}

/**
 * Runs a program without input and collects what it prints. A signal that would end us ends the program first, so that
 * no work of ours goes on unseen.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {ProcessOptions & { readonly onErrorLine?: (line: string) => void, readonly timeout?: number }} [options]
 *   onErrorLine: called for each line of standard error as it comes; timeout: milliseconds, then it is killed
 * @returns {Promise<{ readonly exitCode: number, readonly stdout: string, readonly stderr: string }>}
 */
export function runCaptured(program, args, { cwd, environment = process.env, onErrorLine, timeout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ["ignore", "pipe", "pipe"], cwd, env: environment, timeout });
    const stopForwarding = forwardSignals(child);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr, onErrorLine);
    child.on("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.on("close", (code, signal) => {
      const received = stopForwarding();
      if (received !== undefined) process.kill(process.pid, received);
      resolve({ exitCode: toExitCode(code, signal), stdout: stdout(), stderr: stderr() });
    });
  });
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} [onLine]
 */
function collect(stream, onLine) {
  let text = "";
  let position = 0;
  stream.setEncoding("utf8").on("data", (/** @type {string} */ part) => {
    text += part;
    for (let end = text.indexOf("\n", position); onLine && end >= 0; end = text.indexOf("\n", position)) {
      onLine(text.slice(position, end));
      position = end + 1;
    }
  });
  return () => text;
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function toExitCode(code, signal) {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

/** npm and a terminal may each send the same Ctrl-C; within this time they are one. */
const sameSignalMilliseconds = 500;

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {() => NodeJS.Signals | undefined} stops, and says which signal came last
 */
function forwardSignals(child) {
  let lastTime = Number.NEGATIVE_INFINITY;
  /** @type {NodeJS.Signals | undefined} */
  let last;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const isRepetition = performance.now() - lastTime < sameSignalMilliseconds;
    last = signal;
    lastTime = performance.now();
    // Ctrl-C reaches every process of the terminal's foreground group, so the child has got it already and must not get a second one.
    const hasItAlready = signal === "SIGINT" && isInTerminalForeground();
    if (!isRepetition && !hasItAlready) child.kill(signal);
  };
  /** @type {readonly NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
    return last;
  };
}

function isInTerminalForeground() {
  try {
    // After the name in parentheses: state, parent, process group, session, terminal, the terminal's foreground group.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ");
    return fields !== undefined && fields[2] === fields[5];
  } catch {
    return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  }
}
