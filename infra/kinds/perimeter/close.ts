import { describeFinding, type Finding, formatObject } from "../../access/reach/finding.ts";
import type { Session } from "../../database/database.ts";
import { isLockFailure } from "../../database/lock-wait.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { describeError, sqlStateOf } from "../../errors/errors.ts";

/** A way in that stays open, and why. */
export interface Open {
  readonly finding: Finding;
  readonly because: string;
}

/**
 * Closes ways in, within the caller's transaction, each wholly or not at all.
 * @param look reads the ways in that there are
 */
export async function closeWaysIn(
  findings: readonly Finding[],
  session: Session,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Open[]> {
  const refusals = new Map<string, string>();
  for (const finding of findings) {
    const outcome = await inSavepoint(session, () => session.run(finding.remedy.join("; ")), isRefusal);
    if (!outcome.isDone) refusals.set(describeFinding(finding), describeError(outcome.error));
  }
  const wanted = new Set(findings.map(({ object }) => formatObject(object)));
  const left = (await look()).filter(({ object }) => wanted.has(formatObject(object)));
  return left.map((finding) => ({ finding, because: refusals.get(describeFinding(finding)) ?? whoCan(finding) }));
}

export function describeOpen({ finding, because }: Open): string {
  return `${describeFinding(finding)}. It stays open: ${because}`;
}

/** Whatever the server says against it, but that it has to wait: then all is tried again. */
function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && !isLockFailure(error) && state !== "57014";
}

function whoCan({ advice, owner }: Finding): string {
  if (advice !== undefined) return advice;
  return `the role that deploys may not close it${owner === undefined ? "" : `; ${owner} can`}`;
}
