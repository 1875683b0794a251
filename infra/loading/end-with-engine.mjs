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
 * An engine that was killed says nothing. Nor does its language host, which is the parent of a program and goes on for five minutes. Pulumi's
 * SDK takes each failed write or call for an uncaught error and tells the engine about it, which is the next one, for ever and with a whole
 * processor. So a connection to the engine is held open: the system closes it with the engine's process, and nothing needs to be written
 * to notice.
 *
 * @param {object} [options]
 * @param {string | undefined} [options.address] the engine's; default as Pulumi was told on the command line
 * @param {() => void} [options.end] default: at once
 */
export function endWithEngine({ address = findAddress(), end = () => process.exit(1) } = {}) {
  const shared = /** @type {Record<symbol, boolean>} */ (/** @type {unknown} */ (globalThis));
  if (shared[isWatched]) return;
  shared[isWatched] = true;
  // Who reads what this process says is the engine, or a host that it started; who writes into its standard input, the engine alone.
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
    // Closed, but by whom? An engine that is still there takes another one.
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
