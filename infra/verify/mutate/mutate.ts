import type { Database, Session } from "../../database/database.ts";
import { InputError } from "../../errors/errors.ts";
import { compareAccepted } from "../accepted.ts";
import { outcomesOfCounting } from "../counting.ts";
import type { Verification } from "../declaration.ts";
import { judgeAll } from "../expectations.ts";
import type { Judged } from "../judge.ts";
import { type Findings, findingsOf } from "../report.ts";
import { joinFindings, standingAccess } from "../standing-access.ts";
import { apiRoles, attemptsOf, prepareTrial } from "../trial.ts";
import { tryAttempts } from "../try-attempts.ts";
import { Concerns, type SchemaContext } from "./concern.ts";
import { Equivalences } from "./equivalence.ts";
import { experiment } from "./experiment.ts";
import { readHelpers, readTexts } from "./helpers.ts";
import { type MutationReport, type MutationResult, reportOfMutations } from "./mutation-report.ts";
import { mutationsOf } from "./mutations.ts";
import { Outcomes } from "./outcomes.ts";

export interface MutateOptions {
  readonly allowExternalEffects?: boolean;
  /** The findings that a reviewer has accepted. A mutation that changes them is noticed. */
  readonly accepted?: Findings;
  /** Makes only the mutations whose names contain this text. Default: all. */
  readonly only?: string;
  /** Receives progress messages. */
  readonly report?: (line: string) => void;
}

/**
 * Mutates everything that decides who may do what, one thing at a time, and checks whether verification notices. All of
 * it happens in one transaction that is rolled back. It locks what it changes, so it is for a database that nobody
 * uses.
 * @throws {InputError} if verification fails before any mutation
 */
export async function mutate(
  database: Database,
  verification: Verification,
  options: MutateOptions = {},
): Promise<MutationReport> {
  return await database.look((session) => mutateIn(session, verification, options));
}

async function mutateIn(session: Session, verification: Verification, options: MutateOptions): Promise<MutationReport> {
  const { report = () => undefined } = options;
  await session.run("set local idle_in_transaction_session_timeout = 0");
  const trial = await prepareTrial(session, verification, options);
  const { facts } = trial.testData.plan;
  const before = trial.rights.reachable;
  const helpers = await readHelpers(session, before);
  const owners = [
    ...helpers.map(({ called }) => called.owner),
    ...[...before.relations.values()]
      .filter(({ kind, isExtension }) => kind === "v" && !isExtension)
      .map(({ owner }) => owner),
  ];
  const schemaContext: SchemaContext = {
    ...{ before, helpers, triggers: trial.triggers, texts: await readTexts(session) },
    roles: [...new Set([...apiRoles, ...owners])],
  };
  const { mutations: all, unread } = mutationsOf(before, {
    facts,
    helpers,
    roles: verification.people.members?.roles ?? [],
  });
  const mutations = all.filter(({ name }) => name.includes(options.only ?? ""));
  const attempts = attemptsOf(trial);
  const base = new Outcomes(await tryAttempts(session, attempts));
  const counted = await outcomesOfCounting(session, trial, base.of(attempts));
  const judged = judgeAll([...base.of(attempts), ...counted]);
  refuseFailing(judged, joinFindings(findingsOf(judged), standingAccess(before)), options.accepted);
  const equivalences = new Equivalences(schemaContext);
  const proven = new Map(mutations.map((mutation) => [mutation, equivalences.why(mutation)]));
  const open = mutations.filter((mutation) => proven.get(mutation) === undefined).length;
  report(`${mutations.length} mutations, of which ${open} are tried with ${attempts.length} attempts`);
  const context = {
    session,
    trial,
    concerns: new Concerns(schemaContext),
    attempts,
    base,
    counted,
    telling: new Map(),
    accepted: options.accepted,
  };
  const results: MutationResult[] = [];
  for (const [index, mutation] of mutations.entries()) {
    if (index > 0 && index % 50 === 0) report(`${index} of ${mutations.length}`);
    const because = proven.get(mutation);
    const { name, object, kind } = mutation;
    const result =
      because === undefined
        ? await experiment(mutation, context)
        : ({ name, object, kind, outcome: "equivalent", because } as const);
    if (result.outcome === "survived") report(`nothing fails by it: ${name}`);
    results.push(result);
  }
  return reportOfMutations(results, unread, verification.equivalents ?? [], options.only !== undefined);
}

/** @throws {InputError} naming the unexpected outcomes */
function refuseFailing(judged: readonly Judged[], found: Findings, accepted: Findings | undefined): void {
  const [failed] = judged.filter(({ verdict }) => verdict === "failed");
  const [difference] = accepted === undefined ? [] : compareAccepted(accepted, found);
  if (failed === undefined && difference === undefined) return;
  const what =
    failed === undefined
      ? `${difference?.object}, ${difference?.kind}: ${difference?.line}, is not as it was accepted`
      : `${failed.attempt.person.name}: ${failed.attempt.command} on ${failed.attempt.object} is not as expected`;
  throw new InputError(`nothing was mutated, because verifying fails as it is (${what}); make it pass first`);
}
