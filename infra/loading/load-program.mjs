// Makes a Pulumi program start quickly. It is loaded before Pulumi's SDK (Pulumi.yaml: `nodeargs: --import …`), in place of tsx. The program and
// the project's files that it imports become one JavaScript file, which is made anew whenever a source has changed.

import { realpathSync, statSync } from "node:fs";
import * as modules from "node:module";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { localFiles } from "../settings/local-files.mjs";
import { findProjectFile } from "../settings/project-file.mjs";
import "./end-with-engine.mjs";
import { findOrMakeBundle } from "./bundle.mjs";
import { useCompileCache } from "./compile-cache.mjs";
import { deferUnusedModules } from "./defer-modules.mjs";
import { isModule } from "./module-kind.mjs";
import { programBundle } from "./program-bundle.mjs";
import { nameSources } from "./stack-traces.mjs";

const [, script = "", ...scriptArguments] = process.argv;
if (/[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run([\\/]|$)/.test(script)) await prepare(scriptArguments);

/** @param {readonly string[]} args what Pulumi's SDK is told; the program comes last */
async function prepare(args) {
  const option = args.indexOf("--pwd");
  const folder = option < 0 ? process.cwd() : resolve(args[option + 1] ?? ".");
  const entry = findFile(resolve(folder, args.at(-1) ?? ""));
  // The SDK is given the program's folder, which may be a subfolder of the project's.
  const project = findProjectFile(folder);
  const root = project === undefined ? folder : dirname(project);
  const { program: kept } = localFiles(root);
  // The SDK sets this flag a little later, and V8 rejects cached code that was made under other flags.
  setFlagsFromString("--allow-natives-syntax");
  process.on("exit", useCompileCache(kept));
  /** @type {string | undefined} */
  let mistakes;
  const onMistakes = (/** @type {string} */ text) => {
    mistakes = text;
  };
  const made =
    entry === undefined ? undefined : await findOrMakeBundle({ ...programBundle(entry, root, kept), onMistakes });
  // What is CommonJS is bundled for its mistakes alone.
  const bundle = entry !== undefined && isModule(entry) ? made : undefined;
  deferUnusedModules(script);
  nameSources(script, bundle);
  if (entry !== undefined && mistakes !== undefined) failWith(mistakes, entry);
  else if (entry !== undefined && bundle !== undefined) redirect({ from: pathToFileURL(entry).href, to: bundle });
  else await translate();
}

/**
 * @param {string} path
 * @returns {string | undefined} the program's file as the SDK imports it; undefined where it is a folder
 */
function findFile(path) {
  try {
    const file = realpathSync(path);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Has the program fail, whether it is imported or required. Of an error with this mark, the SDK shows only the message.
 *
 * @param {string} message
 * @param {string} entry
 */
function failWith(message, entry) {
  const code = `throw Object.assign(new Error(${JSON.stringify(message)}), { __pulumiRunError: true, stack: "" });`;
  redirect({ from: pathToFileURL(entry).href, to: `data:text/javascript,${encodeURIComponent(code)}` });
  const { _extensions: loaders } = /** @type {{ _extensions: Record<string, unknown> }} */ (
    /** @type {unknown} */ (modules.default)
  );
  loaders[extname(entry)] = (/** @type {{ _compile(code: string, file: string): void }} */ module) =>
    module._compile(code, entry);
}

/** @param {{ readonly from: string, readonly to: string }} data URLs */
function redirect(data) {
  const { registerHooks } = /** @type {{ registerHooks?: (hooks: object) => void }} */ (modules);
  if (registerHooks === undefined) {
    modules.register("./redirect.mjs", import.meta.url, { data });
    return;
  }
  /** @type {(specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown) => unknown} */
  const resolve = (specifier, context, next) =>
    specifier === data.from ? { url: data.to, shortCircuit: true } : next(specifier, context);
  registerHooks({ resolve });
}

/** As tsx does it, file by file. */
async function translate() {
  const [{ register: registerModules }, { register: registerCommonJs }] = await Promise.all([
    import("tsx/esm/api"),
    import("tsx/cjs/api"),
  ]);
  registerModules();
  registerCommonJs();
}
