import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { debuglog } from "node:util";
import { describeMistakes } from "./describe-mistakes.mjs";

/**
 * What is made into one file of JavaScript: an ES module, or CommonJS where the settings say so.
 *
 * @typedef {object} BundleOptions
 * @property {string} entry the file of the module that is imported
 * @property {string} folder where the bundle is kept; what it does not hold is looked for from there
 * @property {string} root the project's folder
 * @property {readonly string[]} around files beside the sources on which the bundle depends, from the project's folder
 * @property {(source: string) => string | undefined} [refuse] why a source of the project's own can't be in a bundle
 * @property {(mistakes: string) => void} [onMistakes] receives what keeps Node.js as well from loading the sources
 * @property {import("esbuild").BuildOptions} settings
 */

/**
 * What a bundle was made of: each source, from the project's folder, with its size and time.
 *
 * @typedef {{ readonly bundle: string, readonly sources: Readonly<Record<string, string>> }} BundleRecord
 */

/**
 * Finds the bundle of a module and its imports, or makes it anew if a source has changed. Finding and translating a thousand files would
 * take four times as long as reading this one.
 *
 * @param {BundleOptions} options
 * @returns {Promise<string | undefined>} its URL; undefined where none can be made: a folder that can't be written to, or a source with a
 *   mistake. NODE_DEBUG=palisade says which
 */
export async function findOrMakeBundle(options) {
  const { entry, folder, root, around, onMistakes } = options;
  const name = createHash("sha256").update(entry).digest("hex").slice(0, 12);
  const recordFile = join(folder, `${name}.json`);
  try {
    const known = readRecord(recordFile);
    if (known && isFresh(known, root) && existsSync(join(folder, known.bundle))) return urlOf(folder, known.bundle);
    const began = Date.now();
    const { text, map, inputs } = await bundle(options);
    const extension = extensionOf(options);
    const made = `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}${extension}`;
    mkdirSync(folder, { recursive: true });
    if (map !== undefined) replaceFile(join(folder, `${made}.map`), map);
    replaceFile(join(folder, made), map === undefined ? text : `${text}\n//# sourceMappingURL=${made}.map\n`);
    const sources = [...inputs, ...around, relative(root, fileURLToPath(import.meta.url))];
    // If a source was written while the bundle was made, the bundle may hold an older version of it; then it is not recorded as current.
    if (sources.every((source) => modified(source, root) < began)) {
      const described = Object.fromEntries(sources.map((source) => [source, describe(source, root)]));
      replaceFile(recordFile, JSON.stringify({ bundle: made, sources: described }));
    }
    removeOldBundles(folder);
    return urlOf(folder, made);
  } catch (error) {
    const mistakes = describeMistakes(error);
    if (mistakes !== undefined) onMistakes?.(mistakes);
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ");
    debug("no bundle of %s, so it is translated file by file: %s", entry, reason);
    return undefined;
  }
}

const debug = debuglog("palisade");

/** @param {BundleOptions} options */
function extensionOf({ settings }) {
  return settings.format === "cjs" ? ".cjs" : ".mjs";
}

/**
 * What keeps the sources of a module from being loaded.
 *
 * @param {BundleOptions} options
 * @returns {Promise<string | undefined>} undefined where nothing is found
 */
export async function findMistakes(options) {
  return await bundle(options).then(() => undefined, describeMistakes);
}

/** @param {BundleOptions} options */
async function bundle(options) {
  const { entry, folder, root, refuse, settings } = options;
  const { plugins = [] } = settings;
  const extension = extensionOf(options);
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    format: "esm",
    ...settings,
    entryPoints: [entry],
    outfile: join(folder, `bundle${extension}`),
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    logLevel: "silent",
    platform: "node",
    target: "node20",
    plugins: [...plugins, { name: "keep-places", setup: (build) => keepPlaces(build, refuse) }],
  });
  await esbuild.stop();
  const inputs = Object.keys(metafile.inputs).filter((source) => !source.includes("node_modules/"));
  const map = outputFiles.find(({ path }) => path.endsWith(".map"))?.text;
  return { text: outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? "", map, inputs };
}

/**
 * Replaces `import.meta.url` and its like by the place of the source, because the bundle lies elsewhere.
 *
 * @param {import("esbuild").PluginBuild} build
 * @param {BundleOptions["refuse"]} refuse
 */
function keepPlaces(build, refuse) {
  build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
    if (path.includes("node_modules")) return undefined;
    const source = readFileSync(path, "utf8");
    const reason = refuse?.(source);
    if (reason !== undefined) return { errors: [{ text: reason }] };
    const places = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
    const contents = Object.entries(places).reduce(
      (text, [name, place]) => text.replaceAll(`import.meta.${name}`, () => JSON.stringify(place)),
      source,
    );
    const [loader] = /[jt]sx?$/.exec(path) ?? [];
    return { contents, loader: /** @type {import("esbuild").Loader} */ (loader) };
  });
}

/**
 * @param {string} file
 * @returns {BundleRecord | undefined}
 */
function readRecord(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // none yet, or what a full disk has left of one
  }
}

/**
 * @param {BundleRecord} record
 * @param {string} root
 */
function isFresh({ sources }, root) {
  return Object.entries(sources).every(([source, was]) => describe(source, root) === was);
}

/**
 * @param {string} source
 * @param {string} root
 */
function describe(source, root) {
  const { size, mtimeMs } = statSync(join(root, source), { throwIfNoEntry: false }) ?? {};
  return `${size} ${mtimeMs}`;
}

/**
 * @param {string} source
 * @param {string} root
 */
function modified(source, root) {
  return statSync(join(root, source), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Replaces the file in one step, because another process may read it at this moment.
 *
 * @param {string} file
 * @param {string} text
 */
function replaceFile(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/**
 * Removes bundles only after a day, because another process may be about to read one that was current a moment ago.
 *
 * @param {string} folder
 */
function removeOldBundles(folder) {
  const dayAgo = Date.now() - 24 * 60 * 60 * 1000;
  const files = readdirSync(folder);
  const records = files.filter((file) => file.endsWith(".json")).map((file) => readRecord(join(folder, file)));
  const used = new Set(records.flatMap((record) => record && [record.bundle, `${record.bundle}.map`]));
  for (const file of files.filter((name) => !name.endsWith(".json") && !used.has(name))) {
    const path = join(folder, file);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < dayAgo) rmSync(path, { force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
function urlOf(folder, file) {
  return pathToFileURL(join(folder, file)).href;
}
