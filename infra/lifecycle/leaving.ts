import { type Impact, impactBetween } from "../access/impact/notes.ts";
import { loadParser } from "../sql/parser.ts";
import type { Properties } from "../values/properties.ts";
import { declarationsOf } from "./declarations-of.ts";
import { withDeclaredSchemas } from "./impact.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** A resource in the stack's state that the program no longer declares. */
interface Leaving {
  readonly urn: string;
  readonly kind: Kind;
  readonly id: string;
  readonly inputs: Properties;
}

/**
 * Who gains and loses which access, and other notes, by the URN of each resource that has left the program. The engine
 * calls no provider before it deletes a resource, so whatever a preview can say about a deletion is found here: from
 * the stack's state, once the whole program is known.
 */
export async function impactOfLeaving(operation: Operation): Promise<ReadonlyMap<string, Impact>> {
  const leaving = findLeaving(operation);
  if (leaving.length === 0) return new Map();
  await loadParser();
  const impacts = new Map<string, Impact>();
  let state = withDeclaredSchemas(await operation.reachable(), operation);
  // One after the other: if two of them grant the same access, it is lost with the second one.
  for (const { urn, kind, id, inputs } of leaving) {
    // A policy may have moved into its table's resource.
    const declare = await declarationsOf(id, operation);
    const after = declare(kind.reachAfter?.(state, inputs, "removed") ?? state);
    const impact = impactBetween(declare(state), after, kind.answersFor?.(inputs) ?? []);
    const further = (await kind.leavingNotes?.(inputs, operation)) ?? [];
    impacts.set(urn, { ...impact, notes: [...impact.notes, ...further] });
    state = after;
  }
  return impacts;
}

function findLeaving(operation: Operation): readonly Leaving[] {
  const declared = operation.declarations.all();
  const leaving = operation.managed.all().flatMap(({ kind: name, id, state, found }) => {
    const kind = operation.kindNamed(name);
    const tells = kind?.reachAfter !== undefined || kind?.leavingNotes !== undefined;
    if (kind === undefined || !tells || state === undefined || found === undefined) return [];
    // A resource of another name may have taken the object over. A resource that is replaced reports both of its
    // objects itself.
    const stays = declared.some((other) => other.urn === state.urn || (other.kind === name && other.id === id));
    return stays ? [] : [{ urn: state.urn, kind, id, inputs: found.inputs }];
  });
  return leaving.sort((left, right) => (left.urn < right.urn ? -1 : 1));
}
