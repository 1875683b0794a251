import type { Operation } from "../../../provider/operation.ts";
import { declaredIn } from "../../policy/recursion/declared.ts";
import { surroundingsOf } from "../../policy/recursion/surroundings.ts";
import { World } from "../../policy/recursion/world.ts";
import { readFunctionText } from "../../sql/function-text.ts";
import { loadParser } from "../../sql/parser.ts";
import { splitSignature } from "../../sql/signature.ts";
import { describeShadowing } from "./describe.ts";
import { namesIn } from "./names.ts";
import { type Root, type Shadowed, ShadowSearch } from "./search.ts";

/**
 * What to warn of where somebody's temporary objects can take the place of what a function means: one that is SECURITY DEFINER, or one
 * that such a function or a policy calls. Each function is told once in an operation.
 */
export async function findShadowing(operation: Operation, signature: string): Promise<readonly string[]> {
  await loadParser();
  const declared = declaredIn(operation).functions.get(signature);
  if (declared === undefined) return [];
  const text = readFunctionText(declared.definition);
  const { server } = await operation.snapshot();
  const { unqualified, calls } = namesIn(text, server.version);
  if (unqualified.length === 0 && (calls.length === 0 || !text.isSecurityDefiner)) return [];
  const world = await worldOf(operation);
  if (world === undefined) return [];
  const search = new ShadowSearch(world, server.version);
  const own = world.functionOf(signature);
  if (own === undefined) return [];
  if (text.isSecurityDefiner) return tellOnce(operation, search.from({ kind: "function", found: own }));
  const found = rootsOf(world, signature)
    .flatMap((root) => search.from(root))
    .find((shadowed) => shadowed.found.signature === signature);
  return found === undefined ? [] : tellOnce(operation, [found]);
}

/** The same for the functions that policies call. */
export async function findShadowingBy(
  operation: Operation,
  table: string,
  policies: readonly string[],
): Promise<readonly string[]> {
  if (policies.length === 0) return [];
  await loadParser();
  const world = await worldOf(operation);
  if (world === undefined) return [];
  const { server } = await operation.snapshot();
  const search = new ShadowSearch(world, server.version);
  const roots = policyRoots(world, table).filter(({ policy }) => policies.includes(policy));
  return tellOnce(
    operation,
    roots.flatMap((root) => search.from(root)),
  );
}

async function worldOf(operation: Operation): Promise<World | undefined> {
  const surroundings = await surroundingsOf(operation);
  return surroundings.isTemporaryOpen ? new World(surroundings, declaredIn(operation)) : undefined;
}

/** What may lead to the function. */
function rootsOf(world: World, signature: string): readonly Root[] {
  const mentions = world.mentions(splitSignature(signature).name);
  const functions = world.functionSignatures.flatMap((each): Root[] => {
    const found = world.functionOf(each);
    return found?.text.isSecurityDefiner && mentions(found.definition) ? [{ kind: "function", found }] : [];
  });
  const policies = world.guardedTables.flatMap((table) => policyRoots(world, table, mentions));
  return [...functions, ...policies];
}

function policyRoots(world: World, table: string, isWanted: (sql: string) => boolean = () => true) {
  return Object.entries(world.table(table)?.policies ?? {}).map(([policy, { using, withCheck }]) => ({
    kind: "policy" as const,
    policy,
    table,
    calls: [using, withCheck].flatMap((sql) =>
      sql === undefined || !isWanted(sql) ? [] : world.condition(sql).functions,
    ),
  }));
}

const told = new WeakMap<Operation, Set<string>>();

function tellOnce(operation: Operation, found: readonly Shadowed[]): readonly string[] {
  const before = told.get(operation) ?? new Set<string>();
  told.set(operation, before);
  return found.flatMap((shadowed) => {
    const { signature } = shadowed.found;
    if (before.has(signature)) return [];
    before.add(signature);
    return [describeShadowing(shadowed)];
  });
}
