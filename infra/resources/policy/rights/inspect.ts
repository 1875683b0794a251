import { setTimeout as pause } from "node:timers/promises";
import type { Operation } from "../../../provider/operation.ts";
import { orReplace } from "../../function/or-replace.ts";
import { isPlatformSchema } from "../../platform-schemas.ts";
import { formatPath, type Path } from "../../properties.ts";
import { withoutLeakproof } from "../../sql/leakproof.ts";
import { loadParser } from "../../sql/parser.ts";
import { parseQualified } from "../../sql/quote.ts";
import type { Need } from "../../sql/rights-probe.ts";
import { splitSignature } from "../../sql/signature.ts";
import { declaredIn } from "../recursion/declared.ts";
import { surroundingsOf } from "../recursion/surroundings.ts";
import { World } from "../recursion/world.ts";
import { functionsLedTo, readableBodies } from "./bodies.ts";
import { type Condition, conditionsCalling, conditionsOf, conditionsReading, mayNeedRights } from "./conditions.ts";
import { describeUnanswerable } from "./describe.ts";
import { isAsked, judge, type Unanswerable } from "./judge.ts";
import type { Missing } from "./missing.ts";

/**
 * Policies of a table that can't be asked, once everything is as declared: whoever queries needs EXECUTE on each function that a
 * condition calls, and SELECT on each column that it reads in a sub-select; so too in functions that run with the caller's rights. Each
 * is told once in an operation.
 */
export async function findUnanswerable(
  operation: Operation,
  table: string,
  policies: readonly string[],
  pathOf: (policy: string, property: "using" | "withCheck") => Path,
): Promise<readonly string[]> {
  if (policies.length === 0) return [];
  const found = await search(operation, (world) =>
    conditionsOf(world, table).filter(({ policy }) => policies.includes(policy)),
  );
  return tellOnce(operation, found, ({ policy, property }) => formatPath(pathOf(policy, property)));
}

/** The same for policies of other tables that read this one. */
export async function findUnanswerableReading(operation: Operation, table: string): Promise<readonly string[]> {
  const found = await search(operation, (world) => conditionsReading(world, table));
  return tellOnce(
    operation,
    found.filter(({ missing }) => missing.object === table),
    () => "grants",
  );
}

/** The same for the policies that lead to a function. */
export async function findUnanswerableThrough(
  operation: Operation,
  { signature, definition }: { readonly signature: string; readonly definition: string },
): Promise<readonly string[]> {
  // Only a superuser may say LEAKPROOF, and what the function needs does not depend on it.
  const changed = orReplace(withoutLeakproof(definition).sql);
  const found = await search(operation, (world, version) => conditionsCalling(world, signature, version), changed);
  const own = found.filter(({ missing: { object, by } }) => object === signature || by !== undefined);
  return tellOnce(operation, own, ({ missing }) => (missing.object === signature ? "execute" : "definition"));
}

/** One question to the server for all of them, and none where there are none. */
async function search(
  operation: Operation,
  choose: (world: World, serverVersion: number) => readonly Condition[],
  definition?: string,
): Promise<readonly Unanswerable[]> {
  await loadParser();
  const { server } = await operation.snapshot();
  const world = new World(await surroundingsOf(operation), declaredIn(operation));
  const conditions = choose(world, server.version).filter(
    (condition) => mayNeedRights(world, condition) && isAsked(world, condition),
  );
  if (conditions.length === 0) return [];
  const answers = await operation.ask(
    conditions.map(({ table, property, sql }) => ({
      kind: "rights" as const,
      path: [property],
      table: parseQualified(table),
      sql,
      bodies: readableBodies(functionsLedTo(world, sql, server.version)),
      definition,
    })),
  );
  // What the server refuses is told where it is asked for its own sake.
  const needs = answers.map((answer) => (answer.ok ? (JSON.parse(answer.canonical) as readonly Need[]) : []));
  const find = () => conditions.flatMap((condition, index) => judge(world, condition, needs[index] ?? []));
  const found = find();
  if (!found.some(({ missing }) => isOpen(operation, missing))) return found;
  await untilAllIsDeclared(operation);
  return find();
}

/** Whether somebody may still declare it, and grant what is missing. */
function isOpen(operation: Operation, missing: Missing): boolean {
  const { object } = missing;
  const { tables, functions } = declaredIn(operation);
  return !tables.has(object) && !functions.has(object) && !isPlatformSchema(schemaOf(missing));
}

function schemaOf({ kind, object }: Missing): string {
  return (kind === "function" ? splitSignature(object) : parseQualified(object)).schema;
}

/** Resources that don't wait for each other arrive one right after the other, in any order; how many there are nobody says. */
async function untilAllIsDeclared(operation: Operation): Promise<void> {
  const declared = declaredIn(operation);
  const count = () => declared.tables.size + declared.functions.size + declared.policies.size;
  for (let before = -1; before !== count(); ) {
    before = count();
    await pause(quiet);
  }
}

const quiet = 250;
const told = new WeakMap<Operation, Set<string>>();

function tellOnce(
  operation: Operation,
  found: readonly Unanswerable[],
  pathOf: (found: Unanswerable) => string,
): readonly string[] {
  const before = told.get(operation) ?? new Set<string>();
  told.set(operation, before);
  const groups = new Map<string, Unanswerable[]>();
  for (const each of found) {
    const key = JSON.stringify([each.table, each.policy, each.missing]);
    if (!before.has(key)) groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups].map(([key, [first, ...more]]) => {
    before.add(key);
    if (first === undefined) throw new Error("a group is empty");
    return `${pathOf(first)}: ${describeUnanswerable(first, more)}`;
  });
}
