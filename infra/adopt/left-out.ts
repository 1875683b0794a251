import type { Catalog } from "../catalog/catalog.ts";
import type { Claim } from "../desired/claims.ts";
import type { Kind } from "../lifecycle/kind.ts";
import type { Operation } from "../lifecycle/operation.ts";
import type { Properties } from "../values/properties.ts";
import type { LiveObject } from "./live-objects.ts";
import type { ObjectFilter } from "./object-filter.ts";
import { nameOf, undeclarableObjects } from "./undeclarable.ts";

export type AdoptableKind = LiveObject["kind"];

/** An object that no program can declare as it is. */
export interface LeftOut {
  /** What it is, and its id: `TableAccess public.tasks`. */
  readonly name: string;
  /** The file that it would have stood in; undefined: the program's. */
  readonly module: string | undefined;
  readonly reason: string;
}

export type Refused = LeftOut & Pick<LiveObject, "kind" | "id" | "args">;

export function refusalOf(kind: AdoptableKind, id: string, args: Properties, reason: string): Refused {
  return { name: `${classNameOf(kind)} ${id}`, module: kind.adoptable.module(args), reason, kind, id, args };
}

/** What another kind has taken is not left out. Of what one of the same kind stands for, such as a second record of migrations, that is the reason. */
export function withoutTaken(one: Refused, { declarations }: Operation): readonly Refused[] {
  const { kind, args } = one;
  const [own] = ownClaim(kind, args);
  if (own === undefined || !declarations.claims.has(own.on)) return [one];
  const same = findSame(kind, own, declarations);
  return same === undefined ? [] : [{ ...one, reason: `the program declares ${own.description} once, as ${same.id}` }];
}

/** The resource of the same kind that declares the same, by another id perhaps. */
export function findSame(kind: AdoptableKind, own: Claim, declarations: Operation["declarations"]) {
  return declarations.ofKind(kind.name).find(({ inputs }) => ownClaim(kind, inputs)[0]?.on === own.on);
}

/** Says of what is left out whether its parts are declared, and is silent about the parts where none is. */
export function describeParts(
  refused: readonly Refused[],
  kinds: readonly AdoptableKind[],
  catalog: Catalog,
  { declarations }: Operation,
): readonly LeftOut[] {
  const silent = new Set<string>();
  const told = refused.map((one) => {
    const parts = kinds.flatMap((kind) =>
      (kind.adoptable.partsOf?.(one.kind.name, one.args, catalog) ?? []).map((id) => ({ kind, id })),
    );
    const isDeclared = parts.some(({ kind, id }) => declarations.find(kind.name, id) !== undefined);
    if (!isDeclared) for (const part of parts) silent.add(objectKey(part));
    const { besides, holds } = one.kind.adoptable;
    const more = isDeclared ? besides : holds?.(one.args);
    return { ...one, reason: more === undefined ? one.reason : `${one.reason}; ${more}` };
  });
  return told.filter((one) => !silent.has(objectKey(one)));
}

/** The object itself, without what it decides about others: what only that keeps out is to be named. */
export function ownClaim(kind: Kind, args: Properties): readonly Claim[] {
  return kind.claims(args).slice(0, 1);
}

/** What several kinds refuse is told by the first. */
export function onePerObject(refused: readonly Refused[]): readonly Refused[] {
  const seen = new Set<string>();
  return refused.filter(({ kind, args }) => {
    const claims = ownClaim(kind, args).map(({ on }) => on);
    if (claims.some((claim) => seen.has(claim))) return false;
    for (const claim of claims) seen.add(claim);
    return true;
  });
}

/** Of everything, unless something is asked for by name. */
export function findUndeclarable(catalog: Catalog, filter: ObjectFilter): readonly LeftOut[] {
  const reason = "no resource declares it; it stays as it is, and a migration's to change";
  return catalog.of(undeclarableObjects).flatMap((object) => {
    const { type, table } = object;
    const isWanted = filter.includes(type, table && { schema: table.schema, table });
    return isWanted ? [{ name: `${type} ${nameOf(object)}`, module: undefined, reason }] : [];
  });
}

/** As a program constructs it. */
export function classNameOf({ name, adoptable }: AdoptableKind): string {
  return adoptable.className ?? name;
}

/** An object among all that may be adopted. */
export function objectKey({ kind, id }: Pick<LiveObject, "kind" | "id">): string {
  return `${kind.name} ${id}`;
}
