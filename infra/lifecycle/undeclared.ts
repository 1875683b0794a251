import { findUndeclared } from "../access/reach/find.ts";
import type { Finding } from "../access/reach/finding.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { answeredFor } from "./answered-for.ts";
import type { Operation } from "./operation.ts";

/** The ways in that no resource of the program declares, the worst first. */
export function findUndeclaredReach(reachable: Reachable, operation: Operation): readonly Finding[] {
  const declared = operation.declarations.all();
  return findUndeclared(
    reachable,
    answeredFor(declared.map(({ kind, inputs }) => ({ kind: operation.kindNamed(kind), inputs }))),
  );
}
