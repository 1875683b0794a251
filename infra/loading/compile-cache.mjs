import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";

/**
 * Where a module's compiled code lies in the cache, and the hash of its source.
 *
 * @typedef {{ readonly hash: string, readonly start: number, readonly end: number }} Entry
 * @typedef {{ readonly entries: ReadonlyMap<string, Entry>, read(entry: Entry): Buffer }} Kept
 * @typedef {NodeJS.Module & { _compile(content: string, filename: string, format?: string): unknown }} CommonJsModule
 */

/** What of Node.js's module loader has no types. */
const loader =
  /** @type {{ wrapper: [string, string], prototype: CommonJsModule, _extensions: unknown, _cache: unknown, _resolveFilename: Function, _resolveLookupPaths: Function }} */ (
    /** @type {unknown} */ (Module)
  );

/**
 * Keeps the compiled code of CommonJS modules for the next process: compiling Pulumi's SDK or the provider takes longer than running it.
 *
 * Node.js has `module.enableCompileCache` for this, but not in version 20. There, each process writes what it has compiled when it ends, so a
 * provider that was started and never used would leave a cache without most of the functions.
 *
 * Under a debugger, and when coverage is measured, modules are loaded without the cache.
 *
 * @param {string} folder where the code is kept; where it can't be written to, each process compiles for itself
 * @returns {() => void} keeps what this process has compiled, and the functions that have run by then
 */
export function useCompileCache(folder) {
  if (isObserved()) return () => undefined;
  // V8 rejects code that was made by another version or with other flags.
  const file = join(folder, `compiled-${cachedDataVersionTag()}`);
  const kept = readCache(file);
  /** @type {Map<string, { readonly hash: string, readonly script: Script }>} */
  const used = new Map();
  let isComplete = true;
  const compileWithoutCache = loader.prototype._compile;
  /** @this {CommonJsModule} @type {CommonJsModule["_compile"]} */
  loader.prototype._compile = function (content, filename, format) {
    const hash = createHash("sha1").update(content).digest("base64");
    const entry = kept.entries.get(filename);
    const cachedData = entry?.hash === hash ? kept.read(entry) : undefined;
    const script = isPlain(content, format) ? compile(content, filename, cachedData) : undefined;
    if (script === undefined) return compileWithoutCache.call(this, content, filename, format);
    if (cachedData === undefined || script.cachedDataRejected === true) isComplete = false;
    used.set(filename, { hash, script });
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };
  return () => {
    if (!isComplete) writeCache(file, kept, used);
  };
}

function isObserved() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  return process.env.NODE_V8_COVERAGE !== undefined || given.some((option) => option.includes("--inspect"));
}

/**
 * A module with `import()` is not cached, because cached code can't resolve it.
 *
 * @param {string} content
 * @param {string | undefined} format
 */
function isPlain(content, format) {
  return (format === undefined || format === "commonjs") && !/\bimport\s*\(/.test(content);
}

/**
 * @param {string} content
 * @param {string} filename
 * @param {Buffer | undefined} cachedData
 * @returns {Script | undefined} undefined where it is no CommonJS, or has a mistake that Node.js tells better
 */
function compile(content, filename, cachedData) {
  const [head, tail] = loader.wrapper;
  try {
    return new Script(`${head}${content}${tail}`, {
      filename,
      columnOffset: -head.length,
      cachedData,
    });
  } catch {
    return undefined;
  }
}

/**
 * The `require` that Node.js gives a module.
 *
 * @param {CommonJsModule} module
 */
function requireOf(module) {
  return Object.assign((/** @type {string} */ id) => module.require(id), {
    resolve: Object.assign(
      (/** @type {string} */ request, /** @type {object | undefined} */ options) =>
        loader._resolveFilename(request, module, false, options),
      { paths: (/** @type {string} */ request) => loader._resolveLookupPaths(request, module) },
    ),
    main: process.mainModule,
    extensions: loader._extensions,
    cache: loader._cache,
  });
}

/**
 * The file stays open: each module's code is read when the module is loaded, and the memory for it is free again once V8 has taken it.
 *
 * @param {string} file
 * @returns {Kept}
 */
function readCache(file) {
  /** @type {number | undefined} */
  let descriptor;
  try {
    descriptor = openSync(file, "r");
    const opened = descriptor;
    const headLength = Number(readBytes(opened, 0, lengthWidth).toString());
    const head = readBytes(opened, lengthWidth, headLength).toString();
    const read = (/** @type {Entry} */ { start, end }) =>
      readBytes(opened, lengthWidth + headLength + start, end - start);
    return { entries: new Map(Object.entries(JSON.parse(head))), read };
  } catch {
    // There is none yet, or it was cut off.
    if (descriptor !== undefined) closeSync(descriptor);
    return { entries: new Map(), read: () => Buffer.alloc(0) };
  }
}

/** How many characters at the start of the file tell the length of the list of entries, which follows. */
const lengthWidth = 16;

/**
 * Shorter than asked for where the file is cut off; V8 then rejects the code.
 *
 * @param {number} file
 * @param {number} position
 * @param {number} length
 */
function readBytes(file, position, length) {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/**
 * Keeps the entries of modules that only other commands load. Written by one rename, because another process may read it at this moment.
 *
 * @param {string} file
 * @param {Kept} kept
 * @param {ReadonlyMap<string, { readonly hash: string, readonly script: Script }>} used
 */
function writeCache(file, kept, used) {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  /** @type {Buffer[]} */
  const parts = [];
  let length = 0;
  const add = (/** @type {string} */ filename, /** @type {string} */ hash, /** @type {Buffer} */ code) => {
    entries.set(filename, { hash, start: length, end: length + code.length });
    length += code.length;
    parts.push(code);
  };
  try {
    for (const [filename, { hash, script }] of used) add(filename, hash, script.createCachedData());
    for (const [filename, entry] of kept.entries)
      if (!used.has(filename) && existsSync(filename)) add(filename, entry.hash, kept.read(entry));
    const head = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, Buffer.concat([Buffer.from(String(head.length).padEnd(lengthWidth)), head, ...parts]));
    renameSync(temporary, file);
  } catch {
    // The cache is optional; the next process tries again.
  }
}
