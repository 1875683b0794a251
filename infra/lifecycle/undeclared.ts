import { afterEffects } from "../access/reach/after-effects.ts";
import { findUndeclared } from "../access/reach/find.ts";
import { type Finding, newFindings } from "../access/reach/finding.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { answeredFor } from "./answered-for.ts";
import type { Operation } from "./operation.ts";

/** Access that no resource of the program declares, the worst first. */
export interface UndeclaredReach {
  /** Access that the pending migrations leave in place. */
  readonly now: readonly Finding[];
  /** Access that the pending migrations are about to open. */
  readonly pending: readonly Finding[];
}

/** Finds access that is not declared. It changes nothing. */
export async function readUndeclaredReach(operation: Operation): Promise<UndeclaredReach> {
  const live = await operation.reachable();
  const now = findUndeclaredReach(live, operation);
  const { effects } = operation.pending;
  if (effects.length === 0) return { now, pending: [] };
  const { user } = (await operation.snapshot()).server;
  const later = findUndeclaredReach(afterEffects(live, effects, user), operation);
  const isLeft = (finding: Finding) => newFindings(later, [finding]).length === 0;
  return { now: now.filter(isLeft), pending: newFindings(now, later) };
}

export function findUndeclaredReach(reachable: Reachable, operation: Operation): readonly Finding[] {
  const declared = operation.declarations.all();
  return findUndeclared(
    reachable,
    answeredFor(declared.map(({ kind, inputs }) => ({ kind: operation.kindNamed(kind), inputs }))),
  );
}
