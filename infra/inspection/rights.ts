import { DesiredSchema } from "../access/recursion/desired-schema.ts";
import { functionsLedTo, readableBodies } from "../access/rights/bodies.ts";
import {
  type Condition,
  conditionsCalling,
  conditionsLookingInto,
  conditionsOf,
  conditionsReading,
  mayNeedRights,
} from "../access/rights/conditions.ts";
import { describeUnanswerable } from "../access/rights/describe.ts";
import { isAsked, judge, type Unanswerable } from "../access/rights/judge.ts";
import { questionOnRights } from "../access/rights/rights-question.ts";
import type { DeclaredAccess } from "../desired/declared-access.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { orReplace } from "../sql/or-replace.ts";
import { loadParser } from "../sql/parser.ts";
import { isPlatformSchema } from "../sql/platform-schemas.ts";
import { parseQualified } from "../sql/quote.ts";
import { splitSignature } from "../sql/signature.ts";
import { formatPath, type Path } from "../values/properties.ts";

/** Shows a line under the resource, even after its own preview has ended. */
type Report = (message: string, severity: "warning") => void;

/**
 * Warns about a table's policies that can't be evaluated once everything is deployed. The querying role needs EXECUTE
 * on each function that a condition calls, and SELECT on each column that it reads in a sub-select; the same applies
 * within SECURITY INVOKER functions. Each is reported once per operation.
 */
export async function tellUnanswerable(
  operation: Operation,
  table: string,
  policies: readonly string[],
  pathOf: (policy: string, property: "using" | "withCheck") => Path,
  report: Report,
): Promise<void> {
  if (policies.length === 0) return;
  const choose = (desired: DesiredSchema) =>
    conditionsOf(desired, table).filter(({ policy }) => policies.includes(policy));
  await search(operation, choose, (found) =>
    tellOnce(operation, found, ({ policy, property }) => formatPath(pathOf(policy, property)), report),
  );
}

/** The same for policies of other tables that read this one. */
export async function tellUnanswerableReading(operation: Operation, table: string, report: Report): Promise<void> {
  await search(
    operation,
    (desired) => conditionsReading(desired, table),
    (found) => {
      const own = found.filter(({ missing }) => missing.object === table);
      tellOnce(operation, own, () => "grants", report);
    },
  );
}

/**
 * The same for the policies that call a function.
 * @param definition its new definition; undefined: it stays as it is
 */
export async function tellUnanswerableThrough(
  operation: Operation,
  { signature, definition }: { readonly signature: string; readonly definition: string | undefined },
  report: Report,
): Promise<void> {
  // Only a superuser may specify LEAKPROOF, which makes no difference to the privileges that the function needs.
  const changed = definition === undefined ? undefined : orReplace(withoutLeakproof(definition).sql);
  const choose = (desired: DesiredSchema) => conditionsCalling(desired, signature);
  const tell = (found: readonly Unanswerable[]) => {
    const own = found.filter(({ missing: { object, by } }) => object === signature || by !== undefined);
    tellOnce(operation, own, ({ missing }) => (missing.object === signature ? "execute" : "definition"), report);
  };
  await search(operation, choose, tell, changed);
}

/** The same for a function of which only the executing roles are declared. */
export async function tellUnanswerableCalling(operation: Operation, signature: string, report: Report): Promise<void> {
  await search(
    operation,
    (desired) => conditionsCalling(desired, signature),
    (found) => {
      const own = found.filter(({ missing }) => missing.object === signature);
      tellOnce(operation, own, () => "execute", report);
    },
  );
}

/** The same for the policies that call a function which uses a schema's objects. */
export async function tellUnanswerableInside(operation: Operation, schema: string, report: Report): Promise<void> {
  await search(
    operation,
    (desired) => conditionsLookingInto(desired, schema),
    (found) => {
      const own = found.filter(({ missing }) => missing.kind === "schema" && missing.object === schema);
      tellOnce(operation, own, () => "grants", report);
    },
  );
}

/**
 * Asks one question for all conditions, or none if there are none. A missing privilege that may still be granted is
 * reported once nothing more can be declared.
 */
async function search(
  operation: Operation,
  choose: (desired: DesiredSchema) => readonly Condition[],
  tell: (found: readonly Unanswerable[]) => void,
  definition?: string,
): Promise<void> {
  if (operation.options.warns === false) return;
  await loadParser();
  const liveSchema = await operation.liveSchema();
  const declared = operation.declarations.access;
  const desired = new DesiredSchema(liveSchema, declared);
  const conditions = choose(desired).filter(
    (condition) => mayNeedRights(desired, condition) && isAsked(desired, condition),
  );
  if (conditions.length === 0) return;
  const answers = await operation.questions.ask(
    conditions.map(({ table, sql }) =>
      questionOnRights({
        table: parseQualified(table),
        sql,
        bodies: readableBodies(functionsLedTo(desired, sql)),
        definition,
      }),
    ),
  );
  // If the server refuses a question, that is reported by the check of the condition itself.
  const needs = answers.map((answer) => (answer.ok ? answer.found : []));
  const find = () => {
    const now = new DesiredSchema(liveSchema, declared);
    return conditions.flatMap((condition, index) => judge(now, condition, needs[index] ?? []));
  };
  const found = find();
  const certain = found.filter((each) => isCertain(declared, each));
  tell(certain);
  if (certain.length < found.length) declared.onceComplete(() => tell(find()));
}

/** Whether no further declaration can affect the table, the missing privilege, or the function that needs it. */
function isCertain(
  { tables, views, functions, executors, schemas }: DeclaredAccess,
  { table, missing }: Unanswerable,
): boolean {
  const isKnownTable = (name: string) =>
    tables.has(name) || views.has(name) || isPlatformSchema(parseQualified(name).schema);
  const isKnownFunction = (name: string) =>
    functions.has(name) || executors.has(name) || isPlatformSchema(splitSignature(name).schema);
  const { kind, object, by } = missing;
  const isKnownSchema = (name: string) => schemas.has(name) || isPlatformSchema(name);
  const isKnown = { function: isKnownFunction, relation: isKnownTable, schema: isKnownSchema }[kind](object);
  // A declaration of a view's access does not change which privileges the view itself needs.
  const isKnownUser = by === undefined || !by.endsWith(")") || isKnownFunction(by);
  return isKnown && isKnownTable(table) && isKnownUser;
}

function tellOnce(
  { reported }: Operation,
  found: readonly Unanswerable[],
  pathOf: (found: Unanswerable) => string,
  report: Report,
): void {
  const groups = new Map<string, Unanswerable[]>();
  for (const each of found) {
    const key = JSON.stringify([each.table, each.policy, each.missing]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const messages = [...groups].flatMap(([key, [first, ...more]]) =>
    first !== undefined && reported.noteFirst("unanswerable", key)
      ? [`${pathOf(first)}: ${describeUnanswerable(first, more)}`]
      : [],
  );
  if (messages.length > 0) report(messages.join("\n"), "warning");
}
