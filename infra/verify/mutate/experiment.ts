import type { Session } from "../../database/database.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { type AcceptedDifference, compareAccepted } from "../accepted.ts";
import { type Attempt, type Outcome, relationOf, relationWords } from "../attempt.ts";
import { judgeAll } from "../expectations.ts";
import { readCalledFunctions } from "../function-attempts.ts";
import { groupBy } from "../group-by.ts";
import type { Judged } from "../judge.ts";
import { type Findings, findingsOf } from "../report.ts";
import { ReachableRights } from "../rights.ts";
import { apiRoles, attemptsOf, type Trial } from "../trial.ts";
import { tryAttempts } from "../try-attempts.ts";
import type { Concerns } from "./concern.ts";
import type { Mutation } from "./mutation.ts";
import type { MutationResult } from "./mutation-report.ts";
import { Outcomes } from "./outcomes.ts";

export interface Laboratory {
  readonly session: Session;
  readonly trial: Trial;
  readonly concerns: Concerns;
  /** What everybody tries where nothing is changed, and what becomes of it. */
  readonly attempts: readonly Attempt[];
  readonly base: Outcomes;
  readonly accepted: Findings | undefined;
}

/** Changes one thing, looks whether verifying fails by it, and takes it back. */
export async function experiment(mutation: Mutation, laboratory: Laboratory): Promise<MutationResult> {
  const { session } = laboratory;
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
    return { ...base, ...(await look(mutation, laboratory)) };
  } finally {
    await session.run("rollback to savepoint palisade_mutation; release savepoint palisade_mutation");
  }
}

/** What concerns it first, for most of what matters is seen at once. */
async function look(
  mutation: Mutation,
  laboratory: Laboratory,
): Promise<Pick<MutationResult, "outcome" | "by" | "unnoticed">> {
  const { session, base, accepted, attempts: usual } = laboratory;
  const attempts = await attemptsAfter(mutation, laboratory);
  const seen = new Outcomes([], base);
  const concerned = new Set<string>();
  for (const ring of laboratory.concerns.ringsOf(mutation, attempts)) {
    for (const wanted of inParts(ring.filter((attempt) => !seen.hasOwn(attempt)))) {
      seen.add(await tryAttempts(session, wanted));
      // What is expected of one object doesn't depend on what becomes of others.
      const objects = new Set(wanted.map(({ object }) => object));
      for (const object of objects) concerned.add(object);
      const judged = judgeAll(seen.of(attempts.filter(({ object }) => objects.has(object))));
      const by = noticedBy(judged, accepted && pick(accepted, objects));
      if (by !== undefined) return { outcome: "noticed", by };
    }
  }
  const isConcerned = ({ object }: Attempt) => concerned.has(object);
  const wordsBefore = wordsFor(base.of(usual.filter(isConcerned)));
  return { outcome: "survived", unnoticed: changesIn(wordsBefore, wordsFor(seen.of(attempts.filter(isConcerned)))) };
}

function pick(accepted: Findings, objects: ReadonlySet<string>): Findings {
  return Object.fromEntries(Object.entries(accepted).filter(([object]) => objects.has(object)));
}

/** A privilege decides which statements are tried at all. */
async function attemptsAfter(
  mutation: Mutation,
  { session, trial, attempts }: Laboratory,
): Promise<readonly Attempt[]> {
  const { kind, object, reachable } = mutation;
  if (kind !== "privilege") return attempts;
  const rights = new ReachableRights(reachable);
  const isFunction = reachable.functions.has(object);
  const called = isFunction ? await readCalledFunctions(session, rights, apiRoles) : trial.called;
  const others = attempts.filter((attempt) => attempt.object !== object);
  return [...others, ...attemptsOf({ ...trial, rights, called }, (each) => each === object)];
}

/** One round trip each, and each a cross-section of all. Attempts that share a statement stay together. */
function inParts(attempts: readonly Attempt[]): readonly (readonly Attempt[])[] {
  const groups = [...groupBy(attempts, ({ statement }) => statement).values()];
  const count = Math.ceil(groups.length / part);
  return Array.from({ length: count }, (_, place) => groups.filter((_, index) => index % count === place).flat());
}

const part = 100;

/** What fails, in words. */
function noticedBy(judged: readonly Judged[], accepted: Findings | undefined): string | undefined {
  const failed = judged.find(({ verdict }) => verdict === "failed");
  if (failed !== undefined) return wordsOf(failed);
  const [difference] = accepted === undefined ? [] : compareAccepted(accepted, findingsOf(judged));
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
