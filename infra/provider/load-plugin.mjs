import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Imports a TypeScript module, with all that it imports, from one file of JavaScript, which is made anew whenever a source
 * has changed. The engine starts a provider two to four times a command: to find and translate a thousand files, its own
 * and the packages', takes a provider four times as long as to read that one.
 *
 * @param {URL} entry
 */
export async function loadPlugin(entry) {
  return await import((await findOrMakeBundle(entry)) ?? (await registerTypeScript(entry)));
}

/**
 * What a bundle was made of: each source, from the project's folder, with its size and time.
 *
 * @typedef {{ readonly bundle: string, readonly sources: Readonly<Record<string, string>> }} BundleRecord
 */

/**
 * @param {URL} entry
 * @returns {Promise<string | undefined>} undefined where none can be made: a folder that can't be written to, or a source
 *   with a mistake
 */
async function findOrMakeBundle(entry) {
  const name = createHash("sha256").update(entry.href).digest("hex").slice(0, 12);
  const folder = join(projectDirectory, ".palisade", "plugin");
  const recordFile = join(folder, `${name}.json`);
  try {
    const known = readRecord(recordFile);
    if (known && isFresh(known) && existsSync(join(folder, known.bundle))) return urlOf(folder, known.bundle);
    const began = Date.now();
    const { text, sources } = await bundle(fileURLToPath(entry));
    const made = `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}.mjs`;
    mkdirSync(folder, { recursive: true });
    replaceFile(join(folder, made), text);
    // A source that was written while it was read may be newer than what the bundle has of it.
    if (sources.every((source) => modified(source) < began)) {
      const described = Object.fromEntries(sources.map((source) => [source, describe(source)]));
      replaceFile(recordFile, JSON.stringify({ bundle: made, sources: described }));
    }
    removeOldBundles(folder);
    return urlOf(folder, made);
  } catch {
    return undefined;
  }
}

/** @param {URL} entry */
async function registerTypeScript(entry) {
  const { register } = await import("tsx/esm/api");
  register();
  return entry.href;
}

/** @param {string} entry */
async function bundle(entry) {
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [entry],
    absWorkingDir: projectDirectory,
    bundle: true,
    write: false,
    metafile: true,
    logLevel: "silent",
    platform: "node",
    format: "esm",
    target: "node20",
    minifyWhitespace: true,
    minifySyntax: true,
    // They load WebAssembly, and programs, that lie beside them; and of the driver Prisma must find the very same.
    external: ["libpg-query", "@prisma/*", "prisma", "pg"],
    banner: { js: 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);' },
    plugins: [{ name: "keep-places", setup: keepPlaces }],
  });
  await esbuild.stop();
  const own = Object.keys(metafile.inputs).filter((source) => !source.includes("node_modules/"));
  const around = ["node_modules/.package-lock.json", "package.json", "tsconfig.json"];
  const loader = relative(projectDirectory, fileURLToPath(import.meta.url));
  return { text: outputFiles[0]?.text ?? "", sources: [...own, ...around, loader] };
}

/**
 * A module of ours finds files by where it lies itself, and that is not where the bundle lies.
 *
 * @param {import("esbuild").PluginBuild} build
 */
function keepPlaces(build) {
  build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
    if (path.includes("node_modules")) return undefined;
    const contents = readFileSync(path, "utf8")
      .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
      .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
    return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
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

/** @param {BundleRecord} record */
function isFresh({ sources }) {
  return Object.entries(sources).every(([source, was]) => describe(source) === was);
}

/** @param {string} source */
function describe(source) {
  const { size, mtimeMs } = statSync(join(projectDirectory, source), { throwIfNoEntry: false }) ?? {};
  return `${size} ${mtimeMs}`;
}

/** @param {string} source */
function modified(source) {
  return statSync(join(projectDirectory, source), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Whole or not at all: another provider may start at this moment.
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
 * Not at once: another provider may be about to read the one that was right a moment ago.
 *
 * @param {string} folder
 */
function removeOldBundles(folder) {
  const dayAgo = Date.now() - 24 * 60 * 60 * 1000;
  for (const file of readdirSync(folder).map((name) => join(folder, name))) {
    if ((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < dayAgo) rmSync(file, { force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
function urlOf(folder, file) {
  return pathToFileURL(join(folder, file)).href;
}
