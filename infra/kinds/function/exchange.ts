import type { Catalog } from "../../catalog/catalog.ts";
import { select } from "../../catalog/part.ts";
import { readCatalog } from "../../catalog/read.ts";
import { tables } from "../../catalog/tables.ts";
import type { Session } from "../../database/database.ts";
import { scriptOf } from "../../database/platform-locks.ts";
import { inSavepoint } from "../../database/savepoint.ts";
import { closedPolicy, type PolicyDefinition, planPolicy, policyOf } from "../../desired/policy-definition.ts";
import { sqlStateOf } from "../../errors/errors.ts";
import { converge } from "../../lifecycle/apply.ts";
import { changedSincePreview } from "../../lifecycle/comparison.ts";
import { type Kind, type OwnChange, StillInUse } from "../../lifecycle/kind.ts";
import { lockObject } from "../../lifecycle/object-lock.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import {
  type DeclaringResource,
  isOfStack,
  policyResources,
  wholeTableResources,
} from "../../lifecycle/policy-resources.ts";
import { relate } from "../../lifecycle/recognition.ts";
import { orReplace } from "../../sql/or-replace.ts";
import { isPlatformSchema } from "../../sql/platform-schemas.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";
import { isEqual, type Properties } from "../../values/properties.ts";
import { type Dependent, findDependents } from "./dependents.ts";

interface Exchange {
  readonly session: Session;
  readonly operation: Operation;
  /** The signature of the successor, with its names quoted. Undefined: there is none. */
  readonly successor: string | undefined;
}

/** The kind whose `exchange` this is. */
export const functionKind = "Function";

type PolicyDependent = Extract<Dependent, { kind: "policy" }>;
type FunctionDependent = Extract<Dependent, { kind: "function" }>;

/**
 * Runs `work`, which drops a function, temporarily or for good, and moves those of its dependents that the stack
 * declares to its successor. Before that, policies are closed: their conditions become `false`, so that they depend on
 * nothing and allow nothing. Afterwards they get their conditions back. Functions with parsed bodies are emptied and
 * refilled in the same way. All of it is one transaction, so nobody ever sees a closed policy.
 * @param quoted the function's signature with its names quoted
 * @returns the changes to other objects
 * @throws {StillInUse} if a dependent can't be moved
 */
export async function exchangeFunction(
  exchange: Exchange,
  quoted: string,
  work: () => Promise<void>,
): Promise<readonly OwnChange[]> {
  const { session, operation } = exchange;
  if ((await inSavepoint(session, work, inUse)).isDone) return [];
  const dependents = await lockDependents(exchange, quoted);
  const foreign = dependents.filter((dependent) => !isOwn(dependent, operation));
  if (foreign.length > 0) throw new StillInUse(describeUse(foreign));
  const policies = dependents.filter((dependent) => dependent.kind === "policy");
  const functions = dependents.filter((dependent) => dependent.kind === "function");
  const policyTables = policies.map(({ table }) => table);
  const scope = [select(tables, policyTables)];
  const before = await readCatalog(session, scope);
  await refuseChangedPolicies(policies, before, operation);
  const closing = policies.flatMap((policy) => close(policy, before));
  await session.run(scriptOf([...functions.map(emptied), ...closing], policyTables));
  await work();
  for (const dependent of functions) await refill(exchange, dependent);
  const converged = new Set<string>();
  for (const policy of policies) {
    if (!converged.has(formatQualified(policy.table)) && (await reopen(exchange, policy, before)) === "whole table")
      converged.add(formatQualified(policy.table));
  }
  const after = await readCatalog(session, scope);
  return policies
    .flatMap((policy) => policyResources(operation, policy))
    .map(({ kind, id }) => ({ kind, id, before: kind.find(before, id), after: kind.find(after, id) }));
}

/** Whether a resource of the stack declares the dependent, or did until now. */
export function isOwn(dependent: Dependent, operation: Operation): boolean {
  return (
    dependent.kind !== "other" &&
    !(dependent.kind === "function" && dependent.emptied === undefined) &&
    isOfStack(resourcesFor(dependent, operation), operation)
  );
}

/** The resources that may declare a dependent. */
export function resourcesFor(
  dependent: PolicyDependent | FunctionDependent,
  operation: Operation,
): readonly { readonly kind: Pick<Kind, "name">; readonly id: string }[] {
  return dependent.kind === "function"
    ? [{ kind: { name: functionKind }, id: dependent.signature }]
    : policyResources(operation, dependent);
}

/** `it is used by the view public.open_tasks and the trigger touch on public.tasks` */
export function describeUse(dependents: readonly Dependent[]): string {
  const list = listWords(dependents.map((dependent) => dependent.words));
  return `it is used by ${list}, which the stack can't bring over to another function`;
}

function emptied({ emptied: statement = "" }: FunctionDependent): string {
  return `set local check_function_bodies = off; ${statement}; set local check_function_bodies = on`;
}

function close({ table, name }: PolicyDependent, catalog: Catalog): readonly string[] {
  const before = definitionIn(catalog, table, name);
  return before === undefined ? [] : planPolicy(table, name, before, closedPolicy(before));
}

/**
 * Another resource of the update may be changing a table right now, so dependents are read again once their tables are
 * locked.
 */
async function lockDependents({ session, operation }: Exchange, quoted: string): Promise<readonly Dependent[]> {
  const held = new Set<string>();
  for (;;) {
    const dependents = await findDependents(session, quoted);
    const tables = dependents.flatMap((dependent) => (dependent.kind === "policy" ? [dependent.table] : []));
    const free = inLockOrder(tables).filter((table) => !held.has(formatQualified(table)));
    if (free.length === 0) return dependents;
    for (const table of free) {
      for (const { kind, id } of wholeTableResources(operation, table)) await session.run(lockObject(kind, id));
      held.add(formatQualified(table));
    }
  }
}

/**
 * Tables in the order in which every transaction locks them, the platform's last: their locks involve a queue that
 * others wait in.
 */
function inLockOrder(tables: readonly QualifiedName[]): readonly QualifiedName[] {
  const byName = new Map(tables.map((table) => [formatQualified(table), table]));
  const sorted = [...byName].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, table]) => table);
  const isPlatforms = ({ schema }: QualifiedName) => isPlatformSchema(schema);
  return [...sorted.filter((table) => !isPlatforms(table)), ...sorted.filter(isPlatforms)];
}

function definitionIn(catalog: Catalog, table: PolicyDependent["table"], name: string): PolicyDefinition | undefined {
  const row = catalog.tables.get(formatQualified(table))?.policies.find((policy) => policy.name === name);
  return row && policyOf(row);
}

/** Refuses if somebody has changed a policy since the update began: it would not be moved without being reviewed. */
async function refuseChangedPolicies(
  policies: readonly PolicyDependent[],
  found: Catalog,
  operation: Operation,
): Promise<void> {
  const shown = await operation.snapshot();
  for (const policy of policies) {
    const { table, name } = policy;
    const [before, now] = [definitionIn(shown, table, name), definitionIn(found, table, name)];
    const isOurs = policyResources(operation, policy).some(({ kind, id }) => operation.changes.hasChanged(kind, id));
    if (isOurs || isEqual(before, now)) continue;
    throw changedSincePreview(formatQualified(table), `its policy ${name}`);
  }
}

/**
 * Gives a policy its conditions back, bound to the function's successor. They are the previous ones, so that the table
 * stays as it was until its own resource changes it. If they are no longer valid, what is declared for the policy is
 * applied.
 */
async function reopen(
  { session, operation, successor }: Exchange,
  policy: PolicyDependent,
  before: Catalog,
): Promise<"policy" | "whole table"> {
  const { table, name, words } = policy;
  const live = definitionIn(before, table, name);
  if (live === undefined) return "policy";
  const resources = policyResources(operation, policy);
  const definitionOf = ({ policies }: DeclaringResource, inputs: Properties | undefined) =>
    inputs && policies.find(inputs, name);
  const declaring = resources.find(({ kind, id }) => operation.declarations.find(kind.name, id) !== undefined);
  const declaration = declaring && operation.declarations.find(declaring.kind.name, declaring.id);
  const declared = declaring && definitionOf(declaring, declaration?.inputs);
  const [known = live] = resources.flatMap(
    (one) => definitionOf(one, operation.managed.find(one.kind.name, one.id)?.found?.inputs) ?? [],
  );
  const closed = closedPolicy(live);
  const isUnchanged = declared !== undefined && conditionsOf(declared) === conditionsOf(known);
  const asBefore = async () => {
    await session.run(
      planPolicy(table, name, closed, { ...live, ...conditionsAsWritten(known) }).join(";\n") || "select",
    );
    if (isUnchanged || successor === undefined) return;
    const users = await findDependents(session, successor);
    if (!users.some((user) => user.kind === "policy" && isSamePolicy(user, policy))) {
      throw new StillInUse(words);
    }
  };
  if ((await inSavepoint(session, asBefore, isRefusal)).isDone) return "policy";
  if (declaring !== undefined && declaration !== undefined && declared !== undefined) {
    const { kind } = declaring;
    const asDeclared = async () => {
      const catalog = await readCatalog(session, kind.scope(declaration.id));
      const found = kind.find(catalog, declaration.id);
      const known = found && relate(kind, found, declaration.inputs);
      await converge(kind, declaration.id, session, known, declaration.inputs, catalog.server);
    };
    if ((await inSavepoint(session, asDeclared, isRefusal)).isDone)
      return declaring.policies.areWholeTable ? "whole table" : "policy";
  }
  const advice =
    declared === undefined ? ". Run the update with its preview: that tells it what is declared there now" : "";
  throw new StillInUse(`it is used by ${words}, whose conditions do not hold without it${advice}`, {
    isByLeaving: declared === undefined && successor === undefined,
  });
}

function isSamePolicy(left: PolicyDependent, right: PolicyDependent): boolean {
  return formatQualified(left.table) === formatQualified(right.table) && left.name === right.name;
}

function conditionsOf({ using, withCheck }: PolicyDefinition): string {
  return JSON.stringify([using, withCheck]);
}

function conditionsAsWritten({ using, withCheck }: PolicyDefinition): Properties {
  return { ...(using === undefined ? {} : { using }), ...(withCheck === undefined ? {} : { withCheck }) };
}

async function refill(
  { session, operation, successor }: Exchange,
  { signature, words }: FunctionDependent,
): Promise<void> {
  const declared = operation.declarations.find(functionKind, signature)?.inputs;
  const definitions = [operation.managed.find(functionKind, signature)?.found?.inputs, declared];
  for (const definition of definitions.map((inputs) => inputs?.definition)) {
    if (typeof definition !== "string") continue;
    if ((await inSavepoint(session, async () => void (await session.run(orReplace(definition))), isRefusal)).isDone)
      return;
  }
  throw new StillInUse(`it is used by ${words}, whose body does not hold without it`, {
    isByLeaving: declared === undefined && successor === undefined,
  });
}

/** dependent_objects_still_exist */
const inUse = (error: unknown) => sqlStateOf(error) === "2BP01";

/** The errors for an invalid text: a missing or ambiguous function, a constant of the wrong type. */
const isRefusal = (error: unknown) => error instanceof StillInUse || /^(42|22)/.test(sqlStateOf(error) ?? "");
