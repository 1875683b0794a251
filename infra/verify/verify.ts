import type { Database, Session } from "../database/database.ts";
import { outcomesOfCounting } from "./counting.ts";
import type { Verification } from "./declaration.ts";
import { judgeAll } from "./expectations.ts";
import { findInconclusiveViews } from "./inconclusive-views.ts";
import type { NotTried, Report } from "./report.ts";
import { reportOf } from "./report-of.ts";
import { adviseOnSpeed } from "./speed/advise.ts";
import { attemptsOf, prepareTrial } from "./trial.ts";
import { tryAttempts } from "./try-attempts.ts";

export interface VerifyOptions {
  /**
   * Whether triggers and functions with effects outside the database may run. Default: no; nothing is tried if there
   * are any.
   */
  readonly allowExternalEffects?: boolean;
  /** The file of test rows that pasted statements refer to. Default: they refer to none. */
  readonly rowsFile?: string;
  /** What could be ruled out before the first attempt. It is listed and counted. */
  readonly notTried?: readonly NotTried[];
}

/** Tries everything that the declaration covers on the live database, in one transaction that is rolled back. */
export async function verify(
  database: Database,
  verification: Verification,
  options: VerifyOptions = {},
): Promise<Report> {
  return await database.look((session) => verifyIn(session, verification, options));
}

async function verifyIn(session: Session, verification: Verification, options: VerifyOptions): Promise<Report> {
  const trial = await prepareTrial(session, verification, options);
  const outcomes = await tryAttempts(session, attemptsOf(trial));
  const counted = await outcomesOfCounting(session, trial, outcomes);
  const judged = judgeAll([...outcomes, ...counted]);
  const inconclusive = await findInconclusiveViews(session, trial, [...outcomes, ...counted]);
  const advice = await adviseOnSpeed(session, trial);
  return await reportOf(session, judged, {
    ...trial,
    ...options,
    advice,
    notTried: [...(options.notTried ?? []), ...trial.notTried, ...inconclusive],
  });
}
