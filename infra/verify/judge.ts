import { InputError } from "../errors/errors.ts";
import { type Attempt, type Outcome, relationOf } from "./attempt.ts";
import type { Allows, Who } from "./declaration.ts";
import { asRulesSee, type Person, type Row } from "./who.ts";

/** What an attempt should result in, and where that expectation comes from. */
export interface Expectation {
  /** Undefined: nothing is declared. */
  readonly may: boolean | undefined;
  readonly by: "declaration" | "tenancy" | "nothing";
}

/** `failed`: not as expected. `found`: nothing is declared. `not tried`: the attempt proves nothing. */
type Verdict = "as expected" | "failed" | "found" | "not tried";

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
  // A refusal for any reason other than access proves nothing.
  const isUnproven = notTried !== undefined && expected.may === false;
  return { ...outcome, expected, verdict: isUnproven ? "not tried" : verdict };
}

/** A declaration wins. Otherwise, nobody may reach a row of another tenant. */
export function expectationOf(attempt: Attempt): Expectation {
  const { person, row, command, rules } = attempt;
  const isMoved = command === "move" || command === "point";
  const stated = rules.may[isMoved ? "update" : command];
  if (person.databaseRole === "service_role" || rules.isUnstated) return { may: undefined, by: "nothing" };
  // A move has to be allowed both for the row's current place and for its new one.
  if (command === "move" && rules.moves !== undefined) {
    const { moves } = rules;
    return { may: placesOf(attempt).every((place) => says(moves, attempt, place)), by: "declaration" };
  }
  // Whoever changes it, a row stays in its tenant and points to no row of another one.
  if (rules.stays && isMoved) return { may: false, by: "tenancy" };
  if (stated !== undefined) return { may: says(stated, attempt, row), by: "declaration" };
  if (placesOf(attempt).some((place) => relationOf(person, place) === "other")) return { may: false, by: "tenancy" };
  return { may: undefined, by: "nothing" };
}

/** The row before and, for a move, after it. */
function placesOf({ row, to }: Attempt): readonly Row[] {
  return to === undefined ? [row] : [row, to];
}

/** @throws {InputError} if a rule throws, naming the object, the command and the person */
function says(who: Who, { person, object, command, written = {} }: Attempt, row: Row): boolean {
  const seen = asRulesSee(person, row);
  const refuse = (problem: string): never => {
    throw new InputError(`verification of ${object}, ${command}: the rule ${problem} for ${person.name}`);
  };
  const answerOf = (allows: Allows, somebody: Person, theirs: Row): unknown => {
    try {
      return allows(somebody, theirs, written);
    } catch (error) {
      return refuse(`throws (${error instanceof Error ? error.message : error})`);
    }
  };
  return [who].flat().some((allows) =>
    seen.some(([somebody, theirs]) => {
      const answer = answerOf(allows, somebody, theirs);
      // A rule that returns a promise has not answered yet, and a promise counts as true.
      return typeof answer === "boolean"
        ? answer
        : refuse(`answers ${answer instanceof Promise ? "a promise" : String(answer)}, not true or false,`);
    }),
  );
}
