import type { Reachable } from "../access/reach/reachable.ts";
import type { Operation } from "./operation.ts";
import { applyDeclared } from "./planned-reach.ts";

/**
 * Returns a function that applies what the program's resources, of any kind, declare about one object. A policy counts
 * towards its table.
 */
export async function declarationsOf(id: string, operation: Operation): Promise<(reachable: Reachable) => Reachable> {
  const declared = operation.declarations.all().flatMap(({ kind: name, id: other, inputs }) => {
    const kind = operation.kindNamed(name);
    return kind !== undefined && objectOf(other) === objectOf(id) ? [{ kind, inputs }] : [];
  });
  return await applyDeclared(declared, operation);
}

/** The table of a policy's id, `public.tasks/tasks_select`. */
function objectOf(id: string): string {
  return id.split("/")[0] ?? id;
}
