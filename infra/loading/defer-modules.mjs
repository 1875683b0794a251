import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * What Pulumi's SDK loads in every program and few programs use: it keeps functions as data (TypeScript, npm's tree of packages), runs
 * Pulumi from a program, and sends traces. Each is taken as a whole, and asked for a property when it is used.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/functions/function-serialization/
 * @see https://www.pulumi.com/docs/iac/automation-api/
 */
const seldomUsed = [
  "@npmcli/arborist",
  "../../typescript-shim.js",
  "../../automation/index.js",
  "@opentelemetry/exporter-zipkin",
  "@opentelemetry/instrumentation",
  "@opentelemetry/instrumentation-grpc",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace-base",
  "@opentelemetry/sdk-trace-node",
];

/**
 * Has modules loaded when a program first uses them: together they take longer than all others.
 *
 * @param {string} script the SDK's, cmd/run, which Node.js runs; what a later SDK does not have is left out
 */
export function deferUnusedModules(script) {
  const folder = /\.[cm]?js$/.test(script) ? dirname(script) : script;
  const require = createRequire(join(folder, "index.js"));
  for (const name of seldomUsed) deferModule(require, name);
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function deferModule(require, name) {
  let file = "";
  try {
    file = require.resolve(name);
  } catch {
    return;
  }
  if (require.cache[file] !== undefined) return;
  const load = () => {
    if (require.cache[file]?.exports === deferred) delete require.cache[file];
    return require(file);
  };
  /** @type {object} */
  const deferred = new Proxy(
    {},
    {
      // TypeScript's helpers ask this first, and copy everything out of a module that says no.
      get: (_, property) => (property === "__esModule" ? true : load()[property]),
      has: (_, property) => property in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor(_, property) {
        const descriptor = Reflect.getOwnPropertyDescriptor(load(), property);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
  require.cache[file] = Object.assign(new Module(file), { filename: file, loaded: true, exports: deferred });
}
