import type { Session } from "../database/database.ts";
import { type Attempt, type Outcome, outcomeOf } from "./attempt.ts";
import { groupBy } from "./group-by.ts";
import { type Answer, runTries, type Statement, timedOut } from "./run-tries.ts";
import { findSideEffects } from "./side-effects.ts";

/**
 * The outcomes of all attempts, and of the rows that a statement changed without naming them. Each attempt is undone
 * before the next.
 */
export async function tryAttempts(session: Session, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const tried = await compareWithOwner(session, await tryAll(session, attempts));
  return [...tried, ...(await findSideEffects(session, tried))];
}

async function tryAll(session: Session, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const first = await answersTo(
    session,
    attempts.filter(({ after }) => after === undefined),
  );
  const isHidden = ({ after }: Attempt) => after !== undefined && first.get(after)?.rows === 0;
  const further = await answersTo(
    session,
    attempts.filter((attempt) => attempt.after !== undefined && !isHidden(attempt)),
  );
  return attempts.map((attempt) => {
    const answer = isHidden(attempt) ? { rows: 0 } : (further.get(attempt.statement) ?? first.get(attempt.statement));
    return outcomeOf(attempt, answer ?? {});
  });
}

async function answersTo(session: Session, attempts: readonly Attempt[]): Promise<ReadonlyMap<Statement, Answer>> {
  const groups = new Map<Statement, string>();
  for (const { statement, person, object } of attempts) groups.set(statement, `${person.name} ${object}`);
  const inGroups = [...groupBy([...groups], ([, group]) => group).values()].flat();
  const answers = await runTries(
    session,
    inGroups.map(([statement, group], index) =>
      inGroups[index - 1]?.[1] === group ? statement : { ...statement, isFresh: true },
    ),
  );
  return new Map(inGroups.map(([statement], index) => [statement, answers[index] ?? {}]));
}

/**
 * A refusal by a constraint or trigger says something about access only if somebody with all rights would have
 * succeeded. So the same is tried with the owner's rights and the same claims. Claims that can't be parsed count as a
 * refusal.
 */
async function compareWithOwner(session: Session, outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  const unclear = outcomes.filter(
    ({ refusal, answer, attempt }) =>
      (refusal === "constraint" || refusal === "error") &&
      !interruptions.includes(answer.code ?? "") &&
      (attempt.person.isKnown || answer.code !== unreadable),
  );
  const statements = unclear.map(({ attempt: { statement } }): Statement => ({ ...statement, role: "none" }));
  const answers = await runTries(session, statements);
  const reasons = new Map(
    unclear.flatMap((outcome, index) => {
      const { code, message } = answers[index] ?? {};
      return code === undefined ? [] : [[outcome, message ?? code] as const];
    }),
  );
  return outcomes.flatMap((outcome) => {
    const { code = "", message } = outcome.answer;
    const isInterrupted = interruptions.includes(code);
    const reason = isInterrupted || outcome.answer.isUnprepared ? message : reasons.get(outcome);
    if (reason === undefined) return [outcome];
    return outcome.attempt.isOptional && !isInterrupted ? [] : [{ ...outcome, notTried: reason }];
  });
}

/** Text that is not valid JSON, or not a UUID. */
const unreadable = "22P02";

/** A time-out, a lock that could not be acquired, a deadlock, a serialization failure. */
const interruptions: readonly string[] = [timedOut, "55P03", "40P01", "40001"];
