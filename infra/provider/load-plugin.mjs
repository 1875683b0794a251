import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOrMakeBundle } from "../loading/bundle.mjs";

const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Imports a TypeScript module with all that it imports, packages too, from one file of JavaScript. The engine starts a provider two to four
 * times a command.
 *
 * @param {URL} entry
 */
export async function loadPlugin(entry) {
  const bundle = isDebugged()
    ? undefined
    : await findOrMakeBundle({
        entry: fileURLToPath(entry),
        folder: join(projectDirectory, ".palisade", "plugin"),
        root: projectDirectory,
        around: ["node_modules/.package-lock.json", "package.json", "tsconfig.json"],
        settings: {
          minifyWhitespace: true,
          minifySyntax: true,
          // They load WebAssembly, and programs, that lie beside them; and of the driver Prisma must find the very same.
          external: ["libpg-query", "@prisma/*", "prisma", "pg"],
          banner: { js: 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);' },
        },
      });
  return await import(bundle ?? (await registerTypeScript(entry)));
}

/** Whether Node.js was started for a debugger, whose breakpoints are in the sources. */
function isDebugged() {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ""].some((options) => /(^|\s)--inspect/.test(options));
}

/** @param {URL} entry */
async function registerTypeScript(entry) {
  const { register } = await import("tsx/esm/api");
  register();
  return entry.href;
}
