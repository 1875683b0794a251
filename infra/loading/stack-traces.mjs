import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Makes the stack traces of a bundled program name its sources, and those of Pulumi's SDK its own files.
 *
 * The SDK shows an error by `util.inspect` with colours, and its package source-map-support translates each place first. The SDK's own source
 * maps name files that do not exist (`node_modules/@pulumi/resource.ts`); on such a path some releases of Node.js (20.20 among them) look
 * for the end of the package's name for ever, which takes a minute and ends with an error that the SDK catches. And a path with a space is
 * not found at all.
 *
 * @param {string} sdk a file of the SDK's that runs in this process
 * @param {string} [bundle] the bundle's URL; its map lies beside it
 */
export function nameSources(sdk, bundle) {
  const maps = bundle === undefined ? noteMaps() : undefined;
  try {
    /** @type {{ install(options: { retrieveSourceMap(source: string): { url: string, map: string } | null }): void }} */
    const support = createRequire(sdk)("source-map-support");
    support.install({
      retrieveSourceMap(source) {
        if (source === bundle) return { url: source, map: readFileSync(`${fileURLToPath(source)}.map`, "utf8") };
        const translated = maps?.get(source);
        if (translated !== undefined) return { url: source, map: translated };
        return /[\\/]node_modules[\\/]@/.test(source) ? { url: source, map: nothing } : null;
      },
    });
    leaveOutUnreadTraces();
  } catch {
    // An SDK without that package needs none of this.
  }
}

/**
 * The source maps of CommonJS that is translated file by file: tsx hands each to Node.js at the end of the translated text.
 *
 * @returns {ReadonlyMap<string, string>} by the source's file
 */
function noteMaps() {
  /** @type {Map<string, string>} */
  const maps = new Map();
  const { prototype } =
    /** @type {{ prototype: { _compile(content: string, filename: string, format?: string): unknown } }} */ (
      /** @type {unknown} */ (Module)
    );
  const compile = prototype._compile;
  prototype._compile = function (content, filename, format) {
    const isOwn = !/[\\/]node_modules[\\/]/.test(filename);
    const [, map] =
      (isOwn && /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(content)) || [];
    if (map !== undefined) maps.set(filename, Buffer.from(map, "base64").toString());
    return compile.call(this, content, filename, format);
  };
  return maps;
}

const nothing = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });

/**
 * The SDK takes a stack trace for each promise, about a thousand in a program, and shows them only when it is asked to look for promises that
 * never settle. Translating them took a seventh of a program's time.
 */
function leaveOutUnreadTraces() {
  const translate = Error.prepareStackTrace;
  if (translate === undefined || process.env.PULUMI_DEBUG_PROMISE_LEAKS) return;
  Error.prepareStackTrace = (error, frames) =>
    /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]debuggable\.js$/.test(frames[0]?.getFileName() ?? "")
      ? String(error)
      : translate(error, frames);
}
