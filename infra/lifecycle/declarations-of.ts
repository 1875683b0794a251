import type { Reachable } from "../access/reach/reachable.ts";
import { withDeclarations } from "./normal-declarations.ts";
import type { Operation } from "./operation.ts";
import { askWords, inWordsOf } from "./words.ts";

/**
 * Returns a function that applies what the program's resources, of any kind, declare about one object. A policy counts
 * towards its table.
 */
export async function declarationsOf(id: string, operation: Operation): Promise<(reachable: Reachable) => Reachable> {
  const declared = operation.declarations.all().flatMap(({ kind: name, id: other, inputs }) => {
    const kind = operation.kindNamed(name);
    return kind?.reachAfter !== undefined && objectOf(other) === objectOf(id) ? [{ kind, inputs }] : [];
  });
  const worded = await Promise.all(
    declared.map(async ({ kind, inputs }) => ({
      kind,
      inputs: inWordsOf(kind, inputs, await askWords(kind, inputs, operation)),
    })),
  );
  return (reachable) => withDeclarations(reachable, worded);
}

/** The table of a policy's id, `public.tasks/tasks_select`. */
function objectOf(id: string): string {
  return id.split("/")[0] ?? id;
}
