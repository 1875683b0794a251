import type { Contradiction, Effect } from "../../access/effects/effect.ts";
import type { Declaration } from "../../desired/declarations.ts";
import type { Operation } from "../../lifecycle/operation.ts";

/** The statements of pending migrations that contradict a declaration, in the order of the scripts. */
export function contradictionsOf(
  effects: readonly Effect[],
  declaration: Declaration,
  operation: Pick<Operation, "kindNamed">,
): readonly Contradiction[] {
  return operation.kindNamed(declaration.kind)?.contradictions?.(effects, declaration) ?? [];
}
