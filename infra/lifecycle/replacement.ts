import { InputError } from "../errors/errors.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind } from "./kind.ts";

/** What goes in this update for the sake of something else, and what has to be asked about again because of it. */
export class Replacements {
  readonly #successors = new Map<string, string>();
  readonly #affected = new Set<string>();

  /** Notes that an object goes in this update, for another one. */
  noteLeaving(kind: string, id: string, successor: string): void {
    this.#successors.set(`${kind} ${id}`, successor);
  }

  /** What comes instead of an object that goes in this update. */
  successorOf(kind: string, id: string): string | undefined {
    return this.#successors.get(`${kind} ${id}`);
  }

  /** Notes that an object's declaration has to be asked about although it does not change: what it uses is replaced. */
  markAffected(kind: string, id: string): void {
    this.#affected.add(`${kind} ${id}`);
  }

  isAffected(kind: string, id: string): boolean {
    return this.#affected.has(`${kind} ${id}`);
  }
}

/** The object that goes when a resource is replaced, as the state has it. */
interface Former {
  readonly id: string;
  readonly inputs: Properties;
}

/** Undefined where the resource is created for the first time, or for the object that it has already. */
function formerOf(kind: Kind, desired: Properties, context: Context): Former | undefined {
  const inputs =
    context.operation.declarations.notesOn(context.urn).former ?? abandonedOverload(kind, desired, context);
  if (inputs === undefined) return undefined;
  const id = kind.identify(inputs);
  return id === kind.identify(desired) ? undefined : { id, inputs };
}

/**
 * The function of the same name that the state still has under another resource, and the program declares no longer: the resource was
 * renamed together with the parameters. Both at once would make calls ambiguous, or leave them with the old one.
 */
function abandonedOverload(kind: Kind, desired: Properties, { operation, urn }: Context): Properties | undefined {
  const expected = operation.declarations.notesOn(urn).overloads;
  if (expected === undefined) return undefined;
  const isOverload = (args: Properties) => isEqual(nameOf(kind, args), nameOf(kind, desired));
  const declared = operation.declarations.ofKind(kind.name).filter(({ inputs }) => isOverload(inputs));
  // One that is still to come may be the very one.
  if (declared.length < expected) return undefined;
  const stays = new Set(declared.map(({ id }) => id));
  const abandoned = operation.managed
    .all()
    .flatMap(({ kind: name, id, state }) =>
      name === kind.name && state !== undefined && !stays.has(id) && isOverload(state.inputs) ? [state.inputs] : [],
    );
  return abandoned.length === 1 ? abandoned[0] : undefined;
}

function nameOf(kind: Kind, args: Properties): Properties {
  return { ...kind.makes?.(args) };
}

/**
 * The old object of a replacement is deleted at the end of the update; what would stand in the way then is told before anything is
 * changed. An object that another resource declares now stays, and nothing is in its way.
 * @returns the live object that goes; undefined where none does
 * @throws {InputError} naming what is in the way
 */
export async function refuseToReplace(
  kind: Kind,
  desired: Properties,
  context: Context,
): Promise<Properties | undefined> {
  const former = formerOf(kind, desired, context);
  if (former === undefined) return undefined;
  const { operation, urn } = context;
  const live = kind.find(await operation.snapshot(), former.id);
  if (live === undefined) return undefined;
  const { obstacles } = kind;
  const database = await operation.database();
  const found = obstacles ? await database.look((session) => obstacles(live, { session, operation })) : [];
  const successor = operation.declarations.find(kind.name, former.id);
  if (
    operation.declarations.claims.find(kind.claims(former.inputs), urn) !== undefined ||
    (successor && successor.urn !== urn)
  )
    return undefined;
  if (found.length === 0) {
    operation.replacements.noteLeaving(kind.name, former.id, kind.identify(desired));
    return live;
  }
  throw new InputError(
    `${former.id} can't be replaced by ${kind.identify(desired)}: ${found.join("; ")}. Nothing was changed`,
  );
}
