import type { Reachable } from "../access/reach/reachable.ts";
import { readReachable } from "../access/reach/read.ts";
import type { Database, Session } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import { type Attempt, type Outcome, outcomeOf } from "./attempt.ts";
import { outcomesBehind } from "./behind.ts";
import { castOf, tenantNames } from "./cast.ts";
import { channelAttempts } from "./channel-attempts.ts";
import type { Verification } from "./declaration.ts";
import { judgeAll } from "./expectations.ts";
import { fileAttempts, type MadeFile, makeFiles } from "./file-attempts.ts";
import { type CalledFunction, functionAttempts, readCalledFunctions } from "./function-attempts.ts";
import { Marks } from "./marks.ts";
import { findOutside, type LiveTrigger, type RunText, readParsedBodies, readTriggers, textsIn } from "./outside.ts";
import { planOf } from "./plan.ts";
import type { Report } from "./report.ts";
import { reportOf } from "./report-of.ts";
import { ReachableRights } from "./rights.ts";
import { rowRequestOf } from "./row-request.ts";
import { makeRows } from "./rows/make-rows.ts";
import { planRows } from "./rows/plan-rows.ts";
import { readSchema } from "./rows/read-schema.ts";
import { runTries, type Statement, timedOut } from "./run-tries.ts";
import { tableAttempts } from "./table-attempts.ts";
import { reachedViews, unfilledViews, viewAttempts } from "./view-attempts.ts";
import { tablesWithEffects } from "./watch.ts";
import { World } from "./world.ts";

export interface VerifyOptions {
  /** Whether triggers and functions that reach outside the database may run. Default: nothing is tried then. */
  readonly allowOutside?: boolean;
  /** Where a statement that is to be pasted finds the rows that were made. Default: it does without them. */
  readonly rowsFile?: string;
}

/** Tries what the verification is about on the live database, in one transaction that is rolled back. */
export async function verify(
  database: Database,
  verification: Verification,
  options: VerifyOptions = {},
): Promise<Report> {
  return await database.look((session) => verifyIn(session, verification, options));
}

async function verifyIn(session: Session, verification: Verification, options: VerifyOptions): Promise<Report> {
  const facts = await readSchema(session);
  const reachable = await readReachable(session);
  const rights = new ReachableRights(reachable);
  const triggers = await readTriggers(session);
  const called = await readCalledFunctions(session, rights, apiRoles);
  const texts = [...textsIn(reachable, facts), ...(await readParsedBodies(session))];
  if (!options.allowOutside) refuseOutside(reachable, triggers, called, texts);
  const plan = planOf(verification, facts, (table) => isTried(table, reachable));
  const cast = castOf(verification.people, plan.subject);
  const made = await makeRows(session, planRows(facts, rowRequestOf(plan, cast)));
  const effects = tablesWithEffects(facts, new Set(triggers.map(({ table }) => table)));
  const world = new World(plan, cast, made, new Set([...effects, ...called.map(({ signature }) => signature)]));
  const files = await makeFiles(session, world, bucketsOf(reachable));
  const attempts = attemptsIn(world, rights, called, files);
  const tried = await compareWithOwner(session, await tryAll(session, attempts));
  const judged = judgeAll([...tried, ...(await outcomesBehind(session, tried))]);
  const notTried = unfilledViews(reachedViews(rights, apiRoles));
  return await reportOf(session, judged, { world, rights, triggers, files, notTried, ...options });
}

/** The roles that requests act as. */
const apiRoles = ["anon", "authenticated", "service_role"];

/** Everything that everybody tries. */
function attemptsIn(
  world: World,
  rights: ReachableRights,
  called: readonly CalledFunction[],
  files: readonly MadeFile[],
): readonly Attempt[] {
  const { plan, cast } = world;
  const { verification } = plan;
  const marks = new Marks(world, tenantNames);
  const buckets = bucketsOf(rights.reachable);
  const views = reachedViews(rights, apiRoles).filter(({ kind }) => kind === "v");
  return cast
    .filter(({ isSilent }) => !isSilent)
    .flatMap((person) => [
      ...plan.tables.flatMap((table) => tableAttempts(table, person, world, rights)),
      ...views.flatMap((view) => {
        const rules = { may: plan.mayOf(formatQualified(view)), stays: true };
        return viewAttempts(view, person, { world, rights, marks, rules });
      }),
      ...called.flatMap((each) => functionAttempts(each, person, { world, marks })),
      ...buckets.flatMap((bucket) => fileAttempts(bucket, person, { world, files, rules: verification.files ?? [] })),
      ...(verification.channels ?? []).flatMap((channel) => channelAttempts(channel, person, world)),
    ]);
}

function bucketsOf({ buckets = [] }: Reachable): readonly string[] {
  return buckets.map(({ id }) => id);
}

/** Tables of the project's own; those of extensions and of the platform are others' to prove. */
function isTried(table: { readonly schema: string; readonly name: string }, { relations }: Reachable): boolean {
  const relation = relations.get(formatQualified(table));
  return relation !== undefined && !relation.isExtension && !isMadeByPlatform(table.schema);
}

/** @throws {InputError} naming what would reach outside the database, where a rollback takes nothing back */
function refuseOutside(
  reachable: Reachable,
  triggers: readonly LiveTrigger[],
  called: readonly CalledFunction[],
  texts: readonly RunText[],
): void {
  const names = new Set(called.map(({ schema, name }) => `${schema}.${name}`));
  const found = findOutside(reachable, triggers, names, texts);
  if (found.length === 0) return;
  throw new InputError(
    `nothing was tried, because something would reach outside the database, and a rollback doesn't take that back: ${listWords(found, 10)}; if that does no harm, say --allow-outside`,
  );
}

async function tryAll(session: Session, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const statements = [...new Set(attempts.map(({ statement }) => statement))];
  const answers = await runTries(session, statements);
  const answerTo = new Map(statements.map((statement, index) => [statement, answers[index]]));
  return attempts.map((attempt) => outcomeOf(attempt, answerTo.get(attempt.statement) ?? {}));
}

/**
 * What a constraint or a trigger refused tells of access only if somebody without limits could have done it: so the same is tried with the
 * rights of the owner, and the same claims. Claims that can't be read are a refusal by themselves.
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
  return outcomes.map((outcome) => {
    const { code = "", message } = outcome.answer;
    const reason = interruptions.includes(code) ? message : reasons.get(outcome);
    return reason === undefined ? outcome : { ...outcome, notTried: reason };
  });
}

/** Text that is no JSON, or no uuid. */
const unreadable = "22P02";

/** A time-out, a lock that could not be had, a deadlock, a serialization failure. */
const interruptions: readonly string[] = [timedOut, "55P03", "40P01", "40001"];
