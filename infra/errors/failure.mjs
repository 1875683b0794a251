import { describeFileError } from "./file-error.mjs";

/**
 * What a command says when it fails. Errors for people say all in their message; only a mistake of ours needs its stack.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function describeFailure(error) {
  if (!(error instanceof Error)) return String(error);
  const isOurs = [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error instanceof kind);
  const file = describeFileError(error);
  if (file !== undefined) return file;
  return isOurs ? (error.stack ?? error.message) : error.message;
}
