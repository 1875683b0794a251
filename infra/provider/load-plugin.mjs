import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findOrMakeBundle } from "../loading/bundle.mjs";
import { useCompileCache } from "../loading/compile-cache.mjs";
import { localFiles } from "../settings/local-files.mjs";
import { findProjectFile } from "../settings/project-file.mjs";

const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** How a plugin becomes one file. @type {import("esbuild").BuildOptions} */
export const pluginSettings = {
  minifyWhitespace: true,
  minifySyntax: true,
  // Node.js shows the line of an error that nobody catches.
  lineLimit: 160,
  // They load WebAssembly, and programs, that lie beside them; and of the driver Prisma must find the very same.
  external: ["libpg-query", "@prisma/*", "prisma", "pg"],
  // Only code of CommonJS is kept compiled, and none that holds an `import()`.
  format: "cjs",
  supported: { "dynamic-import": false },
};

/** The plugin as it is published. */
const compiled = fileURLToPath(new URL("../dist/plugin.cjs", import.meta.url));

/**
 * Imports a TypeScript module with all that it imports, packages too, from one file of JavaScript. The engine starts a provider two to four
 * times a command.
 *
 * @param {URL} entry
 * @returns what it exports, and `keepCompiled`, which keeps the code that has run for the next process
 */
export async function loadPlugin(entry) {
  if (!existsSync(entry)) {
    const keepCompiled = useCompileCache(localFiles(dirname(findProjectFile(process.cwd()) ?? "x")).plugin);
    return { ...createRequire(compiled)(compiled), keepCompiled };
  }
  const { plugin: folder } = localFiles(projectDirectory);
  const bundle = isDebugged()
    ? undefined
    : await findOrMakeBundle({
        entry: fileURLToPath(entry),
        folder,
        root: projectDirectory,
        around: ["node_modules/.package-lock.json", "package.json", "tsconfig.json"],
        settings: pluginSettings,
      });
  if (bundle === undefined)
    return { ...(await import(await registerTypeScript(entry))), keepCompiled: () => undefined };
  const keepCompiled = useCompileCache(folder);
  return { ...createRequire(bundle)(fileURLToPath(bundle)), keepCompiled };
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
