import { InputError } from "../errors/errors.ts";

/** A PostgreSQL major version: hosted projects run 15 or 17, and 18 is what comes next. */
export type Major = 15 | 17 | 18;

export const majors: readonly Major[] = [15, 17, 18];

/** The version of new hosted projects, which this package depends on. */
export const usualMajor: Major = 17;

/**
 * The major version to use: the requested one, or else the environment variable PALISADE_POSTGRES (15, 17 or 18), or
 * else the usual one.
 */
export function chooseMajor(asked?: Major, environment: NodeJS.ProcessEnv = process.env): Major {
  if (asked !== undefined) {
    return asked;
  }
  const named = environment.PALISADE_POSTGRES?.trim();
  if (named === undefined || named === "") {
    return usualMajor;
  }
  const major = majors.find((candidate) => String(candidate) === named);
  if (major === undefined) {
    throw new InputError(`PALISADE_POSTGRES is "${named}". Set it to 15, 17 or 18, or leave it out for 17.`);
  }
  return major;
}
