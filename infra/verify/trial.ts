import type { Reachable } from "../access/reach/reachable.ts";
import { readReachable } from "../access/reach/read.ts";
import type { Session } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import { actorsOf, tenantNames } from "./actors.ts";
import type { Attempt } from "./attempt.ts";
import { channelAttempts, channelOf } from "./channel-attempts.ts";
import type { Verification } from "./declaration.ts";
import {
  findExternalEffects,
  type LiveTrigger,
  type RunText,
  readParsedTexts,
  readTriggers,
  textsIn,
} from "./external-effects.ts";
import { fileAttempts, filesIn } from "./file-attempts.ts";
import { FilledViews, readLargeViews, unfilledViews } from "./filled-views.ts";
import { uncalledFunctions } from "./function-arguments.ts";
import { type CalledFunction, functionAttempts, readCalledFunctions, untriedProcedures } from "./function-attempts.ts";
import { refuseHeldRole } from "./held-tables.ts";
import { type MadeFile, makeFiles } from "./made-files.ts";
import { Marks } from "./marks.ts";
import { planOf } from "./plan.ts";
import type { NotTried } from "./report.ts";
import { type RewriteRule, readRewriteRules } from "./rewrite-rules.ts";
import { ReachableRights } from "./rights.ts";
import { rowRequestOf } from "./row-request.ts";
import { makeRows } from "./rows/make-rows.ts";
import { planRows } from "./rows/plan-rows.ts";
import { readSchema } from "./rows/read-schema.ts";
import { refuseUnknownNames } from "./stated-names.ts";
import { tableAttempts } from "./table-attempts.ts";
import { TestData } from "./test-data.ts";
import { reachedViews, viewAttempts } from "./view-attempts.ts";
import { tablesWithEffects } from "./watch.ts";

/** The facts and rows that all attempts share. */
export interface Trial {
  readonly testData: TestData;
  readonly marks: Marks;
  readonly rights: ReachableRights;
  readonly triggers: readonly LiveTrigger[];
  readonly rewrites: readonly RewriteRule[];
  readonly called: readonly CalledFunction[];
  readonly files: readonly MadeFile[];
  /** The materialised views that are too large to be refreshed. */
  readonly largeViews: ReadonlySet<string>;
  /** What could be ruled out before the first attempt. */
  readonly notTried: readonly NotTried[];
}

/**
 * Reads the schema and the rights, and makes the people and the rows, which exist until the transaction is rolled back.
 * @throws {InputError} naming what would have effects outside the database, what the declaration names but the database
 * lacks, or why the role can't make rows
 */
export async function prepareTrial(
  session: Session,
  verification: Verification,
  { allowExternalEffects = false }: { readonly allowExternalEffects?: boolean },
): Promise<Trial> {
  const facts = await readSchema(session);
  const reachable = await readReachable(session);
  const rights = new ReachableRights(reachable);
  const triggers = await readTriggers(session);
  const rewrites = await readRewriteRules(session);
  const called = await readCalledFunctions(session, rights, apiRoles);
  const views = reachedViews(rights, apiRoles);
  const reached = new Set(views.map(formatQualified));
  const parsed = (await readParsedTexts(session)).filter(({ view }) => view === undefined || reached.has(view));
  const texts = [...textsIn(reachable, facts, rewrites), ...parsed];
  if (!allowExternalEffects) refuseExternalEffects(reachable, triggers, called, texts);
  const plan = planOf(verification, facts, (table) => isTried(table, reachable));
  refuseUnknownNames(plan, reachable);
  await refuseHeldRole(
    session,
    plan.tables.map(({ id }) => id),
  );
  const actors = actorsOf(verification.people, plan.subject);
  const made = await makeRows(session, planRows(facts, rowRequestOf(plan, actors, reachable.relations)));
  const effects = tablesWithEffects(facts, triggers, rewrites, reachable.functions);
  const functions = called.map(({ signature }) => [signature, "whatever is reached"] as const);
  const testData = new TestData(plan, actors, made, new Map([...effects, ...functions]));
  const marks = new Marks(testData, tenantNames);
  await marks.send(session);
  const files = await makeFiles(session, testData, bucketsOf(reachable));
  const largeViews = await readLargeViews(session, views);
  const uncalled = uncalledFunctions(called, tenantNames, testData);
  const notTried = [...unfilledViews(largeViews), ...untriedProcedures(called), ...uncalled];
  return { testData, marks, rights, triggers, rewrites, called, files, largeViews, notTried };
}

/** The database roles of requests. */
export const apiRoles = ["anon", "authenticated", "service_role"];

/** The attempts of all people, or only those on some of the tables, views and functions. */
export function attemptsOf(
  { testData, marks, rights, called, files, largeViews }: Trial,
  isWanted: (object: string) => boolean = () => true,
): readonly Attempt[] {
  const { plan, actors } = testData;
  const { verification } = plan;
  const buckets = bucketsOf(rights.reachable).filter((bucket) => isWanted(filesIn(bucket)));
  const channels = (verification.channels ?? []).filter((channel) => isWanted(channelOf(channel)));
  const views = reachedViews(rights, apiRoles)
    .map((view) => ({ view, name: formatQualified(view) }))
    .filter(({ name }) => !largeViews.has(name) && isWanted(name))
    .map(({ view }) => view);
  const filled = new FilledViews(testData, rights, marks);
  return actors
    .filter(({ isSilent }) => !isSilent)
    .flatMap((person) => [
      ...plan.tables
        .filter(({ id }) => isWanted(id))
        .flatMap((table) => tableAttempts(table, person, testData, rights)),
      ...views.flatMap((view) => {
        const rules = { may: plan.mayOf(formatQualified(view)), stays: true };
        return view.kind === "m"
          ? filled.attempts(view, person, rules)
          : viewAttempts(view, person, { testData, rights, marks, rules });
      }),
      ...called
        .filter(({ signature }) => isWanted(signature))
        .flatMap((each) => functionAttempts(each, person, { testData, marks })),
      ...buckets.flatMap((bucket) =>
        fileAttempts(bucket, person, { testData, files, rules: verification.files ?? [] }),
      ),
      ...channels.flatMap((channel) => channelAttempts(channel, person, testData)),
    ]);
}

function bucketsOf({ buckets = [] }: Reachable): readonly string[] {
  return buckets.map(({ id }) => id);
}

/** Whether a table is the project's own. Those of extensions and of the platform are not its to prove. */
function isTried(table: { readonly schema: string; readonly name: string }, { relations }: Reachable): boolean {
  const relation = relations.get(formatQualified(table));
  return relation !== undefined && !relation.isExtension && !isMadeByPlatform(table.schema);
}

/** @throws {InputError} naming what has effects outside the database, which a rollback does not undo */
function refuseExternalEffects(
  reachable: Reachable,
  triggers: readonly LiveTrigger[],
  called: readonly CalledFunction[],
  texts: readonly RunText[],
): void {
  const names = new Set(called.map(({ schema, name }) => `${schema}.${name}`));
  const found = findExternalEffects(reachable, triggers, names, texts);
  if (found.length === 0) return;
  throw new InputError(
    `nothing was tried, because something would reach outside the database, and a rollback doesn't take that back: ${listWords(found, 10)}; if that does no harm, say --allow-outside`,
  );
}
