import { type Attempt, type Outcome, relationOf } from "./attempt.ts";
import type { Who } from "./declaration.ts";

/** What is expected of an attempt, and who says so. */
export interface Expectation {
  /** Undefined: nobody says. */
  readonly may: boolean | undefined;
  readonly by: "declaration" | "tenancy" | "nothing";
}

/** `failed`: not as expected. `found`: nobody says what is expected. `not tried`: it tells nothing. */
export type Verdict = "as expected" | "failed" | "found" | "not tried";

export interface Judged extends Outcome {
  readonly expected: Expectation;
  readonly verdict: Verdict;
}

export function judge(outcome: Outcome, expected: Expectation): Judged {
  const { isReached, notTried } = outcome;
  const verdict =
    expected.may === undefined
      ? notTried === undefined
        ? "found"
        : "not tried"
      : isReached === expected.may
        ? "as expected"
        : notTried === undefined
          ? "failed"
          : "not tried";
  // What was refused for another reason than access proves nothing.
  const isUnproven = notTried !== undefined && expected.may === false;
  return { ...outcome, expected, verdict: isUnproven ? "not tried" : verdict };
}

/** That nobody of another tenant reaches a row needs no statement; a statement wins over it. */
export function expectationOf(attempt: Attempt): Expectation {
  const { person, row, command, rules } = attempt;
  const isMoved = command === "move" || command === "point";
  const stated = rules.may[isMoved ? "update" : command];
  if (person.databaseRole === "service_role") return { may: undefined, by: "nothing" };
  // A row stays with its tenant, and points to no row of another, whoever may change it.
  if (rules.stays && isMoved) return { may: false, by: "tenancy" };
  if (stated !== undefined) return { may: says(stated, attempt), by: "declaration" };
  if (relationOf(person, row) === "other") return { may: false, by: "tenancy" };
  return { may: undefined, by: "nothing" };
}

function says(who: Who, { person, row, written = {} }: Attempt): boolean {
  return [who].flat().some((allows) => allows(person, row, written));
}
