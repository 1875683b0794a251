import { DesiredSchema } from "../access/recursion/desired-schema.ts";
import type { Condition } from "../access/recursion/live-schema.ts";
import { describeShadowing } from "../access/shadowing/describe.ts";
import { namesIn } from "../access/shadowing/names.ts";
import { type Root, type Shadowed, ShadowSearch } from "../access/shadowing/search.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { readFunctionText } from "../sql/function-text.ts";
import { loadParser } from "../sql/parser.ts";
import { splitSignature } from "../sql/signature.ts";

/**
 * Warns about names in a function that a caller's temporary objects can shadow, if the function is SECURITY DEFINER, or
 * such a function or a policy calls it. Each function is reported once per operation.
 */
export async function findShadowing(operation: Operation, signature: string): Promise<readonly string[]> {
  if (operation.options.warns === false) return [];
  await loadParser();
  const declared = operation.declarations.access.functions.get(signature);
  if (declared === undefined) return [];
  const text = readFunctionText(declared.definition);
  const { server } = await operation.snapshot();
  const { unqualified, calls, implicit } = namesIn(text, server.version);
  if (unqualified.length === 0 && (calls.length + implicit.length === 0 || !text.isSecurityDefiner)) return [];
  const desired = await desiredSchemaOf(operation);
  if (desired === undefined) return [];
  const search = new ShadowSearch(desired);
  const own = desired.functionOf(signature);
  if (own === undefined) return [];
  if (text.isSecurityDefiner) return tellOnce(operation, search.from({ kind: "function", found: own }));
  const found = rootsOf(desired, signature)
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
  if (policies.length === 0 || operation.options.warns === false) return [];
  await loadParser();
  const desired = await desiredSchemaOf(operation);
  if (desired === undefined) return [];
  const search = new ShadowSearch(desired);
  const roots = policyRoots(desired, table).filter(({ policy }) => policies.includes(policy));
  return tellOnce(
    operation,
    roots.flatMap((root) => search.from(root)),
  );
}

async function desiredSchemaOf(operation: Operation): Promise<DesiredSchema | undefined> {
  const liveSchema = await operation.liveSchema();
  return liveSchema.isTemporaryOpen ? new DesiredSchema(liveSchema, operation.declarations.access) : undefined;
}

/** What may call the function. */
function rootsOf(desired: DesiredSchema, signature: string): readonly Root[] {
  const mentions = desired.mentions(splitSignature(signature).name, ...desired.implicitNamesOf(signature));
  const functions = desired.functionSignatures.flatMap((each): Root[] => {
    const found = desired.functionOf(each);
    return found?.text.isSecurityDefiner && mentions(found.definition) ? [{ kind: "function", found }] : [];
  });
  const policies = desired.guardedTables.flatMap((table) => policyRoots(desired, table, mentions));
  return [...functions, ...policies];
}

function policyRoots(desired: DesiredSchema, table: string, isWanted: (sql: string) => boolean = () => true) {
  return Object.entries(desired.table(table)?.policies ?? {}).map(([policy, { using, withCheck }]) => ({
    kind: "policy" as const,
    policy,
    table,
    uses: usesOf(
      [using, withCheck].flatMap((sql) => (sql === undefined || !isWanted(sql) ? [] : desired.condition(sql))),
    ),
  }));
}

function usesOf(conditions: readonly Condition[]) {
  return {
    calls: conditions.flatMap(({ functions }) => functions),
    implicit: conditions.flatMap(({ implicit }) => implicit),
  };
}

function tellOnce({ reported }: Operation, found: readonly Shadowed[]): readonly string[] {
  return found.filter((shadowed) => reported.noteFirst("shadowed", shadowed.found.signature)).map(describeShadowing);
}
