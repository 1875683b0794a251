/** The release that this project is tested with. It is downloaded or built if none is installed. */
export const engineVersion = "3.220.0";

/** From this version on, `refreshBeforeUpdate` works, with which a plain preview compares with the live database. */
export const oldestUsableVersion = "3.178.0";

/** Whether an installed release can be used. The next major version is not accepted until it has been tried. */
export function isUsableVersion(version: string): boolean {
  const [major] = parseVersion(version) ?? [];
  return major === parseVersion(oldestUsableVersion)?.[0] && isAtLeast(version, oldestUsableVersion);
}

/**
 * Compares only the numbers: `3.178.0-alpha.1` counts as `3.178.0`, and a text that is not a version is older than any.
 */
export function isAtLeast(version: string, least: string): boolean {
  const actual = parseVersion(version);
  const wanted = parseVersion(least);
  if (actual === undefined || wanted === undefined) {
    return false;
  }
  const difference = actual.map((part, index) => part - (wanted[index] ?? 0)).find((part) => part !== 0);
  return (difference ?? 0) >= 0;
}

/** Finds the version in a program's output: `v3.220.0`, `go version go1.26 linux/amd64`. */
export function findVersion(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?/.exec(text)?.[0];
}

function parseVersion(version: string): readonly [number, number, number] | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor), Number(patch ?? 0)];
}
