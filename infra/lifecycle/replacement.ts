import { InputError } from "../errors/errors.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind, MadeObject } from "./kind.ts";

/**
 * The objects that this update drops because they are replaced, and the declarations that have to be checked again
 * because of it.
 */
export class Replacements {
  /** By what the dropped object is to others. */
  readonly #successors = new Map<string, string>();
  readonly #affected = new Set<string>();

  /** Records that this update drops an object in favour of another one. */
  noteLeaving(former: MadeObject, successor: string): void {
    this.#successors.set(keyOf(former), successor);
  }

  /** The object that replaces one which this update drops. */
  successorOf(former: MadeObject): string | undefined {
    return this.#successors.get(keyOf(former));
  }

  /** Records that an object's unchanged declaration has to be checked, because something that it uses is replaced. */
  markAffected(kind: string, id: string): void {
    this.#affected.add(`${kind} ${id}`);
  }

  isAffected(kind: string, id: string): boolean {
    return this.#affected.has(`${kind} ${id}`);
  }
}

function keyOf({ schema, name }: MadeObject): string {
  return JSON.stringify([schema, name]);
}

/** The object that a replacement drops, as the state has it. */
interface Former {
  readonly id: string;
  readonly inputs: Properties;
}

/** Undefined: the resource is created for the first time, or for the object that it already has. */
function formerOf(kind: Kind, desired: Properties, context: Context): Former | undefined {
  const inputs =
    context.operation.declarations.notesOn(context.urn).former ?? abandonedOverload(kind, desired, context);
  if (inputs === undefined) return undefined;
  const id = kind.identify(inputs);
  return id === kind.identify(desired) ? undefined : { id, inputs };
}

/**
 * A function of the same name that the state has under another resource, and that the program no longer declares: the
 * resource was renamed and its parameters changed at once. Having both functions would make calls ambiguous, or resolve
 * them to the old one.
 */
function abandonedOverload(kind: Kind, desired: Properties, { operation, urn }: Context): Properties | undefined {
  const expected = operation.declarations.notesOn(urn).overloads;
  if (expected === undefined) return undefined;
  const isOverload = (args: Properties) => isEqual(nameOf(kind, args), nameOf(kind, desired));
  const declared = operation.declarations.ofKind(kind.name).filter(({ inputs }) => isOverload(inputs));
  // A resource that has not been declared yet may be the one.
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
 * The old object of a replacement is dropped at the end of the update; what would prevent that is reported before
 * anything is changed. An object that another resource now declares stays, so nothing can prevent it.
 * @returns the live object that will be dropped; undefined if there is none
 * @throws {InputError} naming what prevents it
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
    const made = kind.makes?.(former.inputs);
    if (made !== undefined) operation.replacements.noteLeaving(made, kind.identify(desired));
    return live;
  }
  throw new InputError(
    `${former.id} can't be replaced by ${kind.identify(desired)}: ${found.join("; ")}. Nothing was changed`,
  );
}
