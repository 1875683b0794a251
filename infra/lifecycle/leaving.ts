import { type Impact, impactBetween } from "../access/impact/notes.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { loadParser } from "../sql/parser.ts";
import type { Properties } from "../values/properties.ts";
import { declarationsOf } from "./declarations-of.ts";
import { withDeclaredSchemas } from "./impact.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** A resource of the stack's state that the program declares no longer. */
interface Leaving {
  readonly urn: string;
  readonly kind: Kind;
  readonly id: string;
  readonly inputs: Properties;
}

/**
 * Who gains and who loses what by the resources that have left the program, by their URNs. The engine calls no provider before it deletes,
 * so what a preview can say of a deletion is found here: from what was read of the stack's state, once the program is known whole.
 */
export async function impactOfLeaving(operation: Operation): Promise<ReadonlyMap<string, Impact>> {
  const leaving = findLeaving(operation);
  if (leaving.length === 0) return new Map();
  await loadParser();
  const live = withDeclaredSchemas(await operation.reachable(), operation);
  const impacts = await Promise.all(
    leaving.map(async (resource) => [resource.urn, await impactOfOne(resource, live, operation)] as const),
  );
  return new Map(impacts);
}

function findLeaving(operation: Operation): readonly Leaving[] {
  const declared = operation.declarations.all();
  return operation.managed.all().flatMap(({ kind: name, id, state, found }) => {
    const kind = operation.kindNamed(name);
    if (kind?.foresee === undefined || state === undefined || found === undefined) return [];
    // A resource of another name may have taken the object over, and one that is replaced tells of both its objects itself.
    const stays = declared.some((other) => other.urn === state.urn || (other.kind === name && other.id === id));
    return stays ? [] : [{ urn: state.urn, kind, id, inputs: found.inputs }];
  });
}

async function impactOfOne({ kind, id, inputs }: Leaving, live: Reachable, operation: Operation): Promise<Impact> {
  // A policy may have moved into its table's resource.
  const declare = await declarationsOf(id, operation);
  const without = kind.foresee?.(live, inputs, "removed") ?? live;
  return impactBetween(declare(live), declare(without), kind.answersFor?.(inputs) ?? []);
}
