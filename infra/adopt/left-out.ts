import type { Catalog } from "../catalog/catalog.ts";
import type { Claim } from "../desired/claims.ts";
import { classNameOf } from "../lifecycle/adoptable.ts";
import type { Kind } from "../lifecycle/kind.ts";
import type { Operation } from "../lifecycle/operation.ts";
import type { Properties } from "../values/properties.ts";
import type { LiveObject } from "./live-objects.ts";
import type { ObjectFilter } from "./object-filter.ts";
import { nameOf, undeclarableObjects } from "./undeclarable.ts";

export type AdoptableKind = LiveObject["kind"];

/** An object that no program can declare as it is. */
export interface LeftOut {
  /** Its kind and id: `TableAccess public.tasks`. */
  readonly name: string;
  /** The file that would have contained it. Undefined: the program's own file. */
  readonly module: string | undefined;
  readonly reason: string;
}

export type Refused = LeftOut & Pick<LiveObject, "kind" | "id" | "args">;

export function refusalOf(kind: AdoptableKind, id: string, args: Properties, reason: string): Refused {
  return { name: `${classNameOf(kind)} ${id}`, module: kind.adoptable.module(args), reason, kind, id, args };
}

/**
 * An object that another kind has claimed is not left out. If one of the same kind stands for it, such as a second
 * record of migrations, that is the reason for leaving it out.
 */
export function withoutTaken(one: Refused, { declarations }: Operation): readonly Refused[] {
  const { kind, args } = one;
  const [own] = ownClaim(kind, args);
  if (own === undefined || !declarations.claims.has(own.on)) return [one];
  const same = findSame(kind, own, declarations);
  return same === undefined ? [] : [{ ...one, reason: `the program declares ${own.description} once, as ${same.id}` }];
}

/** The resource of the same kind that has this claim, possibly with another id. */
export function findSame(kind: AdoptableKind, own: Claim, declarations: Operation["declarations"]) {
  return declarations.ofKind(kind.name).find(({ inputs }) => ownClaim(kind, inputs)[0]?.on === own.on);
}

/**
 * Adds to each object that is left out whether its parts are declared. Of an object without any declared part, the
 * parts are not mentioned.
 */
export function describeParts(
  refused: readonly Refused[],
  kinds: readonly AdoptableKind[],
  catalog: Catalog,
  { declarations }: Operation,
): readonly LeftOut[] {
  const silent = new Set<string>();
  const told = refused.map((one) => {
    const parts = kinds.flatMap((kind) =>
      (kind.adoptable.partsOf?.(one.kind, one.args, catalog) ?? []).map((id) => ({ kind, id })),
    );
    const isDeclared = parts.some(({ kind, id }) => declarations.find(kind.name, id) !== undefined);
    if (!isDeclared) for (const part of parts) silent.add(objectKey(part));
    const { besides, holds } = one.kind.adoptable;
    const more = isDeclared ? besides : holds?.(one.args);
    return { ...one, reason: more === undefined ? one.reason : `${one.reason}; ${more}` };
  });
  return told.filter((one) => !silent.has(objectKey(one)));
}

/**
 * The claim on the object itself, without those on objects that it also decides about. An object is reported only if
 * this one is the obstacle.
 */
export function ownClaim(kind: Kind, args: Properties): readonly Claim[] {
  return kind.claims(args).slice(0, 1);
}

/** If several kinds refuse an object, only the first one is reported. */
export function onePerObject(refused: readonly Refused[]): readonly Refused[] {
  const seen = new Set<string>();
  return refused.filter(({ kind, args }) => {
    const claims = ownClaim(kind, args).map(({ on }) => on);
    if (claims.some((claim) => seen.has(claim))) return false;
    for (const claim of claims) seen.add(claim);
    return true;
  });
}

/** The undeclarable objects. None if particular objects are requested by name. */
export function findUndeclarable(catalog: Catalog, filter: ObjectFilter): readonly LeftOut[] {
  const reason = "no resource declares it; it stays as it is, and a migration's to change";
  return catalog.of(undeclarableObjects).flatMap((object) => {
    const { type, table } = object;
    const isWanted = filter.includes(type, table && { schema: table.schema, table });
    return isWanted ? [{ name: `${type} ${nameOf(object)}`, module: undefined, reason }] : [];
  });
}

/** A key that identifies an object among all that may be adopted. */
export function objectKey({ kind, id }: { readonly kind: Pick<Kind, "name">; readonly id: string }): string {
  return `${kind.name} ${id}`;
}
