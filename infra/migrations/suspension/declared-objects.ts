import type { Effect } from "../../access/effects/effect.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { type Scope, selectAll } from "../../catalog/part.ts";
import { readCatalog } from "../../catalog/read.ts";
import type { Session } from "../../database/database.ts";
import type { Declaration } from "../../desired/declarations.ts";
import { InputError } from "../../errors/errors.ts";
import { converge } from "../../lifecycle/apply.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { ManagedObject } from "../../lifecycle/managed-objects.ts";
import { lockObject } from "../../lifecycle/object-lock.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { recogniseByFingerprint, relate } from "../../lifecycle/recognition.ts";
import { isEqual, type Properties } from "../../values/properties.ts";
import { formats } from "../formats/registry.ts";
import { attempt } from "./attempt.ts";

/** An object that the program, or the stack's state, declares. */
export interface DeclaredObject {
  readonly kind: Kind;
  readonly id: string;
  /**
   * What it should be, best first: as the program declares it, if this run has checked the resource; then as in the
   * state.
   */
  readonly wanted: readonly Properties[];
  readonly urn: string | undefined;
  readonly state: ManagedObject["state"];
  readonly isDeclared: boolean;
}

/** The parts of the catalog that can contain declared objects. */
export function declaredScope({ parts }: Operation): Scope {
  return selectAll(parts.filter((part) => !formats.some(({ records }) => records.name === part.name)));
}

/**
 * All declared objects, of every kind: the program's declarations, as far as they are known, and otherwise those in the
 * stack's state.
 */
export class DeclaredObjects {
  readonly #objects: readonly DeclaredObject[];
  readonly #changing: readonly DeclaredObject[];

  constructor(operation: Operation) {
    const { declarations, managed } = operation;
    const states = new Map(managed.all().map((object) => [keyOf(object), object]));
    const declared = declarations.all().flatMap((declaration): DeclaredObject[] => {
      const kind = operation.kindNamed(declaration.kind);
      const state = states.get(keyOf(declaration))?.state;
      states.delete(keyOf(declaration));
      const { id, urn, inputs } = declaration;
      const wanted = [inputs, ...(state === undefined ? [] : [state.inputs])];
      return kind === undefined || kind.execute ? [] : [{ kind, id, urn, state, wanted, isDeclared: true }];
    });
    const known = [...states.values()].flatMap(({ kind: name, id, state }): DeclaredObject[] => {
      const kind = operation.kindNamed(name);
      if (kind === undefined || kind.execute !== undefined || state === undefined) return [];
      return [{ kind, id, urn: state.urn, state, wanted: [state.inputs], isDeclared: false }];
    });
    this.#objects = [...declared, ...known];
    const changing = new Set(
      declarations
        .all()
        .filter((declaration) => declarations.isChanging(declaration))
        .map(keyOf),
    );
    this.#changing = declared.filter(({ kind, id }) => changing.has(keyOf({ kind: kind.name, id })));
  }

  get isEmpty(): boolean {
    return this.#objects.length === 0;
  }

  get declarations(): readonly Declaration[] {
    return this.#objects.flatMap(({ kind, id, urn, wanted: [inputs] }) =>
      urn === undefined || inputs === undefined ? [] : [{ kind: kind.name, id, urn, inputs }],
    );
  }

  /** The objects that decide who may do what with a table. */
  ofTable(table: string): readonly DeclaredObject[] {
    return this.#objects.filter(({ kind, wanted: [inputs = {}] }) => kind.tableOf?.(inputs) === table);
  }

  /** The objects that differ between two snapshots. */
  changedBetween(before: Catalog, after: Catalog): readonly DeclaredObject[] {
    return this.#objects.filter(({ kind, id }) => !isEqual(kind.find(before, id), kind.find(after, id)));
  }

  /**
   * The functions that the update changes anyway. They count because policies call them, and PostgreSQL does not track
   * what most function bodies use.
   */
  get changingFunctions(): readonly DeclaredObject[] {
    return this.#changing.filter(({ kind }) => kind.isCalledByPolicies);
  }
}

/**
 * The objects as they may be declared before later scripts run, without those that are to be left alone. An object of
 * which nothing is postponed is the same one.
 */
export function postponeAll(
  objects: readonly DeclaredObject[],
  catalog: Catalog,
  later: readonly Effect[],
): readonly DeclaredObject[] {
  return objects.flatMap((object) => {
    const { kind, id, wanted } = object;
    const live = kind.find(catalog, id);
    const possible = wanted
      .map((inputs) => (kind.postpone === undefined ? inputs : kind.postpone(inputs, live, later)))
      .filter((inputs) => inputs !== undefined);
    if (isEqual(possible, wanted)) return [object];
    return possible.length < wanted.length ? [] : [{ ...object, wanted: possible }];
  });
}

/**
 * Restores objects to their declarations, in the order of their dependencies.
 * @returns the objects whose declaration needs something that does not exist yet
 */
export async function convergeAll(
  session: Session,
  objects: readonly DeclaredObject[],
): Promise<readonly DeclaredObject[]> {
  let left = objects;
  for (;;) {
    const failed: DeclaredObject[] = [];
    for (const object of left) {
      const { id, kind, isDeclared, wanted } = object;
      const tolerated = isDeclared && !kind.isCalledByPolicies ? "missing objects" : "every error";
      const isDone = await attempt(session, id, () => convergeTo(session, object, wanted[0] ?? {}), tolerated);
      if (!isDone) failed.push(object);
    }
    if (failed.length === 0 || failed.length === left.length) return failed;
    left = failed;
  }
}

/** Restores an object to its former declaration, as in the state. @returns whether that succeeded */
export async function convergeToFormer(session: Session, object: DeclaredObject): Promise<boolean> {
  const former = object.wanted[1];
  return (
    former !== undefined &&
    (await attempt(session, object.id, () => convergeTo(session, object, former), "every error"))
  );
}

/**
 * Keeps an object as it was until its resource is updated or, if that is impossible, makes it less open.
 * @throws {InputError} if it would remain more open
 */
export async function holdBack(
  session: Session,
  object: DeclaredObject,
  before: Properties | undefined,
): Promise<void> {
  const { kind, id } = object;
  if (before !== undefined && (await attempt(session, id, () => convergeTo(session, object, before), "every error"))) {
    return;
  }
  const live = kind.find(await readCatalog(session, kind.scope(id)), id);
  const reference = before ?? object.wanted[0];
  const narrowed = reference && kind.narrow?.(live, reference);
  if (narrowed === undefined || (await attempt(session, id, () => convergeTo(session, object, narrowed)))) return;
  throw new InputError(
    `${id} can't be kept as it is declared: something that it uses is not there after this migration`,
  );
}

async function convergeTo(session: Session, { kind, id, state }: DeclaredObject, wanted: Properties): Promise<void> {
  await session.run(lockObject(kind, id));
  const catalog = await readCatalog(session, kind.scope(id));
  const live = kind.find(catalog, id);
  // Texts that the server still stores unchanged are not written again.
  const known = live && state && recogniseByFingerprint(kind, live, state.inputs, state.kept);
  await converge(kind, id, session, known ?? (live && relate(kind, live, wanted)), wanted, catalog.server);
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}
