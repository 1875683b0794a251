import type { NotCopied } from "../../scratch/copy-items.ts";
import type { NotTried } from "../../verify/report.ts";

/** Objects that a scratch database lacks can't be tried there. */
export function notTriedOf(notCopied: readonly NotCopied[]): readonly NotTried[] {
  return notCopied.map(({ object, reason }) => ({
    object,
    reason: `not in the scratch database: ${reason}`,
    count: 1,
  }));
}
