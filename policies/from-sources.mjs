// A hook of Node.js's module loader: in this repository the package runs from its sources.
// https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks

/** @type {import("node:module").ResolveHook} */
export function resolve(specifier, context, next) {
  return next(specifier, { ...context, conditions: [...context.conditions, "palisade-source"] });
}
