import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Modules that Pulumi's SDK loads in every program and few programs use: for serialising functions (TypeScript, npm's package tree), for the
 * automation API, and for tracing. The SDK imports each as a whole, and reads its properties only where it is used.
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
 * Loads these modules only when a program first uses them. Together they take longer to load than all others.
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
      // TypeScript's import helpers check this first, and would copy every property of a module without it.
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
