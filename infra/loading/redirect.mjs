// A hook of Node.js's module loader: one file is imported in place of another.
// https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks

let from = "";
let to = "";

/** @param {{ readonly from: string, readonly to: string }} data */
export function initialize(data) {
  ({ from, to } = data);
}

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, next) {
  return specifier === from ? { url: to, shortCircuit: true } : await next(specifier, context);
}
