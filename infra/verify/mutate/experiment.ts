import type { Session } from "../../database/database.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { type AcceptedDifference, compareAccepted } from "../accepted.ts";
import { type Attempt, type Outcome, relationOf, relationWords } from "../attempt.ts";
import { outcomesOfCounting } from "../counting.ts";
import { judgeAll } from "../expectations.ts";
import { readCalledFunctions } from "../function-attempts.ts";
import { groupBy } from "../group-by.ts";
import type { Judged } from "../judge.ts";
import { type Findings, findingsOf } from "../report.ts";
import { ReachableRights } from "../rights.ts";
import { joinFindings, standingAccess } from "../standing-access.ts";
import { apiRoles, attemptsOf, type Trial } from "../trial.ts";
import { tryAttempts } from "../try-attempts.ts";
import { type Concerns, spread } from "./concern.ts";
import type { Mutation } from "./mutation.ts";
import type { MutationResult } from "./mutation-report.ts";
import { Outcomes } from "./outcomes.ts";

export interface ExperimentContext {
  readonly session: Session;
  readonly trial: Trial;
  readonly concerns: Concerns;
  /** All attempts and their outcomes without any mutation. */
  readonly attempts: readonly Attempt[];
  readonly base: Outcomes;
  /** What counting reveals of rows that can't be seen. */
  readonly counted: readonly Outcome[];
  readonly accepted: Findings | undefined;
  /** The attempts that recently noticed a mutation, by the mutated object. They are tried first. */
  readonly telling: Map<string, readonly Attempt[]>;
}

/** Applies one mutation, checks whether verification notices it, and undoes it. */
export async function experiment(mutation: Mutation, context: ExperimentContext): Promise<MutationResult> {
  const { session } = context;
  const { name, object, kind } = mutation;
  const base = { name, object, kind };
  await session.run("savepoint palisade_mutation");
  try {
    const made = await inSavepoint(
      session,
      () => session.run(mutation.statements.join(";\n")),
      () => true,
    );
    if (!made.isDone) {
      const { error } = made;
      return { ...base, outcome: "impossible", because: error instanceof Error ? error.message : String(error) };
    }
    return { ...base, ...(await look(mutation, context)) };
  } finally {
    await session.run("rollback to savepoint palisade_mutation; release savepoint palisade_mutation");
  }
}

/**
 * Tries the likeliest attempts first, since most mutations are noticed at once. A mutation counts as unnoticed only
 * after every attempt that it can affect.
 */
async function look(
  mutation: Mutation,
  context: ExperimentContext,
): Promise<Pick<MutationResult, "outcome" | "by" | "unnoticed">> {
  const { session, base, accepted, attempts: usual, telling } = context;
  const { attempts, trial } = await trialAfter(mutation, context);
  const ordered = context.concerns.inOrder(mutation, attempts);
  const isOrdered = new Set(ordered);
  const told = (telling.get(mutation.object) ?? []).filter((attempt) => isOrdered.has(attempt));
  const seen = new Outcomes([], base);
  const concerned = new Set<string>();
  const standing = standingAccess(mutation.reachable);
  // The expectation for one object does not depend on the outcomes for others.
  const noticedAt = (objects: ReadonlySet<string>, counted: readonly Outcome[]) => {
    const outcomes = [
      ...seen.of(attempts.filter(({ object }) => objects.has(object))),
      ...counted.filter(({ attempt }) => objects.has(attempt.object)),
    ];
    const judged = judgeAll(outcomes);
    const found = joinFindings(findingsOf(judged), pick(standing, objects));
    return noticedBy(judged, found, accepted && pick(accepted, objects));
  };
  for (const wanted of inParts([...told, ...ordered])) {
    seen.add(await tryAttempts(session, wanted));
    for (const { object } of wanted) concerned.add(object);
    const differing = seen.differingIn(wanted);
    if (differing.length === 0) continue;
    const by = noticedAt(new Set(differing.map(({ object }) => object)), context.counted);
    if (by === undefined) continue;
    telling.set(mutation.object, [...new Set([...spread(differing).slice(0, 3), ...told])].slice(0, 24));
    return { outcome: "noticed", by };
  }
  // If its privilege is revoked, a role has no attempts left on the object.
  concerned.add(mutation.object);
  const isCounting = trial.called.some(({ signature }) => concerned.has(signature));
  const counted =
    isCounting || context.counted.length > 0
      ? await outcomesOfCounting(session, trial, seen.of(attempts))
      : context.counted;
  const by = noticedAt(concerned, counted);
  if (by !== undefined) return { outcome: "noticed", by };
  const isConcerned = ({ object }: Attempt) => concerned.has(object);
  const wordsBefore = wordsFor(base.of(usual.filter(isConcerned)));
  return { outcome: "survived", unnoticed: changesIn(wordsBefore, wordsFor(seen.of(attempts.filter(isConcerned)))) };
}

function pick(accepted: Findings, objects: ReadonlySet<string>): Findings {
  return Object.fromEntries(Object.entries(accepted).filter(([object]) => objects.has(object)));
}

/** Privileges decide which statements are tried at all, so the attempts are derived again. */
async function trialAfter(
  mutation: Mutation,
  { session, trial, attempts }: ExperimentContext,
): Promise<{ readonly trial: Trial; readonly attempts: readonly Attempt[] }> {
  const { kind, object, reachable } = mutation;
  if (kind !== "privilege") return { trial, attempts };
  const rights = new ReachableRights(reachable);
  const isFunction = reachable.functions.has(object);
  const called = isFunction ? await readCalledFunctions(session, rights, apiRoles) : trial.called;
  const after = { ...trial, rights, called };
  const others = attempts.filter((attempt) => attempt.object !== object);
  return { trial: after, attempts: [...others, ...attemptsOf(after, (each) => each === object)] };
}

/** Batches of growing size, one round trip each. Attempts that share a statement stay together. */
function inParts(attempts: readonly Attempt[]): readonly (readonly Attempt[])[] {
  const groups = [...groupBy([...new Set(attempts)], ({ statement, after }) => after ?? statement).values()];
  const parts: Attempt[][] = [];
  for (let [start, size] = [0, smallest]; start < groups.length; size *= 2) {
    parts.push(groups.slice(start, start + size).flat());
    start += size;
  }
  return parts;
}

const smallest = 16;

/** The failures, in words. */
function noticedBy(judged: readonly Judged[], found: Findings, accepted: Findings | undefined): string | undefined {
  const failed = judged.find(({ verdict }) => verdict === "failed");
  if (failed !== undefined) return wordsOf(failed);
  const [difference] = accepted === undefined ? [] : compareAccepted(accepted, found);
  return difference && acceptedWords(difference);
}

function acceptedWords({ object, kind, line }: AcceptedDifference): string {
  return `${kind}: ${line} on ${object}`;
}

/** `MEMBER: update (title) on public.tasks, their tenant's` */
function wordsOf({ attempt }: { readonly attempt: Attempt }): string {
  const { person, command, object, what, row } = attempt;
  return `${person.kind}: ${command}${what === undefined ? "" : ` (${what})`} on ${object}, ${relationWords[relationOf(person, row)]}`;
}

function wordsFor(outcomes: readonly Outcome[]): ReadonlySet<string> {
  return new Set(outcomes.filter(({ isReached }) => isReached).map(wordsOf));
}

/** Whose access changed although nothing is declared about it. */
function changesIn(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [
    ...[...after].filter((words) => !before.has(words)).map((words) => `${words}: let through`),
    ...[...before].filter((words) => !after.has(words)).map((words) => `${words}: refused`),
  ];
}
