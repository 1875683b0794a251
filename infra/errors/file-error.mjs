/**
 * What a person can do about a file or folder that the system refuses us; undefined for any other error. The system's own words name
 * the call, which nobody needs.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function describeFileError(error) {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const advice = Object.hasOwn(advices, error.code) ? advices[error.code] : undefined;
  if (advice === undefined) return undefined;
  const place = "path" in error && typeof error.path === "string" ? error.path : "A file of this project's";
  return `${place} ${advice} (${error.code})`;
}

/** @type {Readonly<Record<string, string>>} */
const advices = {
  EACCES:
    "can't be read or written by this account: run the command as its owner, or have it given to this account (chown -R)",
  EPERM: "can't be changed by this account: run the command as its owner, or have it given to this account (chown -R)",
  EROFS: "lies on a disk that can only be read: move the project to where files can be written",
  ENOSPC: "can't be written, the disk is full: make room, and run the command again",
  EDQUOT: "can't be written, this account's share of the disk is used up: make room, and run the command again",
  ENOTDIR: "should be a folder, or lie in one, and there is a file instead: move the file away",
  EISDIR: "should be a file, and is a folder: move it away",
};
