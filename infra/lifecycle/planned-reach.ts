import type { Reachable } from "../access/reach/reachable.ts";
import { loadParser } from "../sql/parser.ts";
import type { Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";
import { askWords, inWordsOf } from "./words.ts";

/**
 * Everybody's access once the whole program is deployed: the live state, overridden by what is declared. Objects that
 * the program no longer declares stay as they are.
 */
export async function plannedReach(
  declared: readonly { readonly kind: Kind; readonly inputs: Properties }[],
  operation: Operation,
): Promise<Reachable> {
  await loadParser();
  const live = await operation.reachable();
  return (await applyDeclared(declared, operation))(live);
}

/** Returns a function that applies what these resources declare to everybody's access. */
export async function applyDeclared(
  declared: readonly { readonly kind: Kind; readonly inputs: Properties }[],
  operation: Operation,
): Promise<(reachable: Reachable) => Reachable> {
  const worded = await Promise.all(
    declared
      .filter(({ kind }) => kind.reachAfter !== undefined)
      .map(async ({ kind, inputs }) => ({
        kind,
        inputs: inWordsOf(kind, inputs, await askWords(kind, inputs, operation)),
      })),
  );
  return (reachable) => withDeclared(reachable, worded);
}

/** Everybody's access after these are declared, with their texts as they are. */
export function withDeclared(
  reachable: Reachable,
  declared: readonly { readonly kind: Kind; readonly inputs: Properties }[],
): Reachable {
  return declared.reduce((found, { kind, inputs }) => kind.reachAfter?.(found, inputs, "declared") ?? found, reachable);
}
