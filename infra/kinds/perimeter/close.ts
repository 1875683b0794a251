import { describeFinding, type Finding, formatObject } from "../../access/reach/finding.ts";
import type { Session } from "../../database/database.ts";
import { isLockFailure } from "../../database/lock-wait.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { describeError, sqlStateOf } from "../../errors/errors.ts";

/** An undeclared access that stays open, and why. */
export interface Open {
  readonly finding: Finding;
  readonly because: string;
}

/**
 * Closes undeclared accesses in the caller's transaction, each completely or not at all.
 * @param look reads the remaining undeclared accesses
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

/** Any error of the server except for lock failures and time-outs, after which everything is retried. */
function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && !isLockFailure(error) && state !== "57014";
}

function whoCan({ advice, owner }: Finding): string {
  if (advice !== undefined) return advice;
  return `the role that deploys may not close it${owner === undefined ? "" : `; ${owner} can`}`;
}
