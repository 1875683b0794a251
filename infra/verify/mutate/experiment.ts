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
  /** What everybody tries where nothing is changed, and what becomes of it. */
  readonly attempts: readonly Attempt[];
  readonly base: Outcomes;
  /** What is seen of rows by counting them. */
  readonly counted: readonly Outcome[];
  readonly accepted: Findings | undefined;
  /** The attempts that showed something lately, by the object that was mutated: they go first. */
  readonly telling: Map<string, readonly Attempt[]>;
}

/** Changes one thing, looks whether verifying fails by it, and takes it back. */
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

/** What is likely to show it first, for most of what matters is seen at once; all that it can concern before it counts as unnoticed. */
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
  // What is expected of one object doesn't depend on what becomes of others.
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
  // Whose privilege is taken has nothing to try any more.
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

/** A privilege decides which statements are tried at all. */
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

/** One round trip each, larger and larger. Attempts that share a statement stay together. */
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

/** What fails, in words. */
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

/** Who can do what they could not, or the reverse, without anybody having said something of it. */
function changesIn(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [
    ...[...after].filter((words) => !before.has(words)).map((words) => `${words}: let through`),
    ...[...before].filter((words) => !after.has(words)).map((words) => `${words}: refused`),
  ];
}
