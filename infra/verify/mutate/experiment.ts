import type { Session } from "../../database/database.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { type AcceptedDifference, compareAccepted } from "../accepted.ts";
import { type Attempt, relationOf, relationWords } from "../attempt.ts";
import { judgeAll } from "../expectations.ts";
import { readCalledFunctions } from "../function-attempts.ts";
import type { Judged } from "../judge.ts";
import { type Findings, findingsOf } from "../report.ts";
import { ReachableRights } from "../rights.ts";
import { apiRoles, attemptsOf, type Trial } from "../trial.ts";
import { tryAttempts } from "../try-attempts.ts";
import { ringsOf } from "./concern.ts";
import type { Surroundings } from "./equivalence.ts";
import type { Mutation } from "./mutation.ts";
import type { MutationResult } from "./mutation-report.ts";
import { Outcomes } from "./outcomes.ts";

export interface Laboratory {
  readonly session: Session;
  readonly trial: Trial;
  readonly surroundings: Surroundings;
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
  const { session, base, accepted } = laboratory;
  const attempts = await attemptsAfter(mutation, laboratory);
  const seen = new Outcomes([], base);
  let judged: readonly Judged[] = [];
  for (const ring of ringsOf(mutation, attempts, laboratory.surroundings)) {
    for (const wanted of inParts(ring.filter((attempt) => !seen.has(attempt)))) {
      seen.add(await tryAttempts(session, wanted));
      judged = judgeAll(seen.of(attempts));
      const by = noticedBy(judged, accepted);
      if (by !== undefined) return { outcome: "noticed", by };
    }
  }
  return { outcome: "survived", unnoticed: changesIn(judged, base.of(attempts).filter(isReached).map(wordsOf)) };
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

/** One round trip each; attempts that share a statement stay together. */
function inParts(attempts: readonly Attempt[]): readonly (readonly Attempt[])[] {
  const parts: Attempt[][] = [];
  let statements = new Set<Attempt["statement"]>();
  for (const attempt of attempts) {
    if (parts.length === 0 || (statements.size >= part && !statements.has(attempt.statement))) {
      parts.push([]);
      statements = new Set();
    }
    parts.at(-1)?.push(attempt);
    statements.add(attempt.statement);
  }
  return parts;
}

const part = 150;

/** What fails, in words. */
function noticedBy(judged: readonly Judged[], accepted: Findings | undefined): string | undefined {
  const failed = judged.find(({ verdict }) => verdict === "failed");
  if (failed !== undefined) return wordsOf(failed);
  const [difference] = accepted === undefined ? [] : compareAccepted(accepted, findingsOf(judged));
  return difference && accepatedWords(difference);
}

function accepatedWords({ object, kind, line }: AcceptedDifference): string {
  return `${kind}: ${line} on ${object}`;
}

function isReached({ isReached }: { readonly isReached: boolean }): boolean {
  return isReached;
}

/** `MEMBER: update (title) on public.tasks, their tenant's` */
function wordsOf({ attempt }: { readonly attempt: Attempt }): string {
  const { person, command, object, what, row } = attempt;
  return `${person.kind}: ${command}${what === undefined ? "" : ` (${what})`} on ${object}, ${relationWords[relationOf(person, row)]}`;
}

/** Who can do what they could not, or the reverse, without anybody having said something of it. */
function changesIn(judged: readonly Judged[], before: readonly string[]): readonly string[] {
  const [then, now] = [new Set(before), new Set(judged.filter(isReached).map(wordsOf))];
  return [
    ...[...now].filter((words) => !then.has(words)).map((words) => `${words}: let through`),
    ...[...then].filter((words) => !now.has(words)).map((words) => `${words}: refused`),
  ];
}
