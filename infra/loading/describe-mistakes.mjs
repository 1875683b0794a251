/**
 * Describes what keeps a program's sources from being loaded: a syntax error, an import of what a module does not export, or of a file that
 * is not there.
 *
 * @param {unknown} error esbuild's
 * @returns {string | undefined} undefined where the cause is another one, so that Node.js might load the sources all the same
 */
export function describeMistakes(error) {
  const { errors = [] } = /** @type {Partial<import("esbuild").BuildFailure>} */ (error);
  const isMistake = (/** @type {import("esbuild").Message} */ { pluginName, location, text }) =>
    pluginName === "" && location !== null && !text.startsWith("No loader is configured") && !isCalled(location);
  if (errors.length === 0 || !errors.every(isMistake)) return undefined;
  return [...errors.map(describeMistake), "Correct this, and run the command again."].join("\n\n");
}

/**
 * Whether a file is loaded by a call, `require("./local.js")`, which a program may never come to.
 *
 * @param {import("esbuild").Location} location
 */
function isCalled({ lineText, column }) {
  return /\b(require|import)\s*\(\s*$/.test(Buffer.from(lineText).subarray(0, column).toString());
}

/** @param {import("esbuild").Message} message */
function describeMistake({ text, location, notes }) {
  const { file = "", line = 0, column = 0, lineText = "" } = location ?? {};
  const start = Buffer.from(lineText).subarray(0, column).toString();
  return [
    `${file}:${line}:${start.length + 1}: ${text}`,
    `    ${lineText}`,
    `    ${start.replace(/[^\t]/g, " ")}^`,
    ...notes.map((note) => note.text),
  ].join("\n");
}
