// Ends a process of Pulumi's with its engine. It comes before Pulumi's SDK (Pulumi.yaml: `nodeargs: --import …`), needs nothing but Node.js,
// and may be imported several times, from several places.

import { fstatSync, readFileSync } from "node:fs";
import { connect } from "node:http2";

/** How long until an engine that answers, but closed the connection, is asked again. */
const pauseMilliseconds = 1000;
const isWatched = Symbol.for("palisade.endsWithEngine");
/** What of Pulumi's SDK this process runs, if it does. */
const [, script = ""] = process.argv;
const [, sdkScript] = /[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/](run|run-policy-pack)([\\/]|$)/.exec(script) ?? [];
const isPolicyPack = sdkScript === "run-policy-pack";

/**
 * Ends this process when its engine is gone.
 *
 * When the engine is killed, nobody tells the program: its parent, the language host, goes on for five minutes. Pulumi's SDK treats each
 * failed write or call as an uncaught error and reports it to the engine, which fails again, for ever, using a whole processor. So a
 * connection to the engine is held open. The system closes it when the engine's process ends.
 *
 * @param {object} [options]
 * @param {string | undefined} [options.address] the engine's; default as Pulumi was told on the command line
 * @param {() => void} [options.end] default: at once
 */
export function endWithEngine({ address = findAddress(), end = () => process.exit(1) } = {}) {
  const shared = /** @type {Record<symbol, boolean>} */ (/** @type {unknown} */ (globalThis));
  if (shared[isWatched]) return;
  shared[isWatched] = true;
  // The reader of this process's output is the engine or a host that it started; only the engine writes to its standard input.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", end);
  if (isPipe(0)) process.stdin.on("end", end).on("error", end).resume().unref();
  if (address !== undefined) hold(address, end);
}

/**
 * @param {string} address
 * @param {() => void} end
 */
function hold(address, end) {
  let isRefused = false;
  const session = connect(`http://${address}`);
  session.unref();
  session.on("error", (error) => {
    isRefused = "code" in error && error.code === "ECONNREFUSED";
  });
  session.on("close", () => {
    // The connection was closed, but the engine may still be there; then it accepts another one.
    if (isRefused) end();
    else setTimeout(() => hold(address, end), pauseMilliseconds).unref();
  });
}

/** @param {number} descriptor */
function isPipe(descriptor) {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
}

/** Pulumi's SDK takes the address out of the arguments before it runs a program or a policy pack, and leaves a program's in a variable. */
function findAddress() {
  const option = process.argv.indexOf("--engine");
  return [
    option < 0 ? undefined : process.argv[option + 1],
    process.env.PULUMI_NODEJS_ENGINE,
    ...(isPolicyPack ? givenArguments() : []),
  ].find((text) => text !== undefined && /^[^:/]+:\d+$/.test(text));
}

/** Those that the system knows, on Linux; elsewhere the standard input has to do. */
function givenArguments() {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0");
  } catch {
    return [];
  }
}

if (sdkScript !== undefined) endWithEngine();
