import type { Catalog } from "../catalog/catalog.ts";
import { readSnapshot } from "../catalog/read.ts";
import { describeError, formatProblems, InputError } from "../errors/errors.ts";
import { type Adoptable, classNameOf } from "../lifecycle/adoptable.ts";
import { check, refusals } from "../lifecycle/check.ts";
import type { Kind } from "../lifecycle/kind.ts";
import { normalise, withoutProperties } from "../lifecycle/normalise.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { previewCreate } from "../lifecycle/preview.ts";
import { PreviewedStates } from "../lifecycle/previewed-states.ts";
import { onlySettings, relate } from "../lifecycle/recognition.ts";
import { loadParser } from "../sql/parser.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import { suggestSimilar } from "../values/similar-name.ts";
import { typeToken } from "../values/urn.ts";
import { tableColumns } from "./columns.ts";
import {
  type AdoptableKind,
  describeParts,
  findSame,
  findUndeclarable,
  type LeftOut,
  objectKey,
  onePerObject,
  ownClaim,
  type Refused,
  refusalOf,
  withoutTaken,
} from "./left-out.ts";
import type { ObjectFilter } from "./object-filter.ts";
import { withPlainLiterals } from "./plain-literals.ts";
import type { RefusedResource } from "./preview-program.ts";
import { type NamedIn, ResourceNames } from "./resource-names.ts";
import { undeclarableObjects } from "./undeclarable.ts";
import { withoutDefaults } from "./without-defaults.ts";

/** An object of the live database that a program should declare. */
export interface LiveObject {
  readonly kind: Kind & { readonly adoptable: Adoptable };
  readonly id: string;
  readonly resourceName: string;
  /** In normal form. */
  readonly args: Properties;
  /** As a person would write it, without what is implied. */
  readonly input: Properties;
}

export interface LiveObjects {
  readonly catalog: Catalog;
  readonly objects: readonly LiveObject[];
  readonly leftOut: readonly LeftOut[];
  /** Whether these are all objects, rather than a selection. */
  readonly isWhole: boolean;
}

/**
 * Finds the objects of a live database that a program can declare and that are not declared yet. Each is read as by an
 * import, and checked as by a preview. Objects that a preview would refuse are left out, with the reason.
 * @param operation its declarations are those of the existing program
 * @param known what a preview of the written program has refused, by `objectKey`, with the reason
 */
export async function findLiveObjects(
  operation: Operation,
  filter: ObjectFilter,
  taken: Iterable<NamedIn>,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<LiveObjects> {
  await loadParser();
  const kinds = operation.options.kinds.filter(isAdoptable);
  const parts = [
    ...operation.parts,
    undeclarableObjects,
    tableColumns,
    ...kinds.flatMap(({ adoptable }) => adoptable.reads ?? []),
  ];
  const catalog = await readSnapshot(await operation.database(), [...new Set(parts)]);
  refuseUnknown(kinds, catalog, filter);
  const names = new ResourceNames(taken);
  const objects: LiveObject[] = [];
  const refused: Refused[] = [];
  const conflicting: Refused[] = [];
  const parted: Pick<LiveObject, "kind" | "args">[] = [];
  for (const kind of kinds) {
    const whole = [...parted, ...refused, ...conflicting];
    const parts = whole.flatMap((one) => kind.adoptable.partsOf?.(one.kind, one.args, catalog) ?? []);
    const ids = new Set([...kind.adoptable.list(catalog), ...parts].sort());
    const found = await Promise.all([...ids].map((id) => findObject(kind, id, { catalog, operation, filter, known })));
    for (const one of found) {
      if (one === undefined) continue;
      if ("isParted" in one) parted.push(one);
      else if ("reason" in one) refused.push(one);
      // Two objects may have the same claim, such as two records of the database's migrations.
      else if (operation.declarations.claims.find(ownClaim(kind, one.args)) !== undefined)
        refused.push(refusalOf(kind, one.id, one.args, ""));
      else {
        const declared = await declare(one, catalog, operation, names);
        if ("reason" in declared) conflicting.push(declared);
        else objects.push(declared);
      }
    }
  }
  const leftOut = onePerObject([...refused.flatMap((one) => withoutTaken(one, operation)), ...conflicting]);
  const told = describeParts(leftOut, kinds, catalog, operation);
  const written = await withPlainLiterals(objects, operation);
  return {
    catalog,
    objects: written,
    leftOut: [...told, ...findUndeclarable(catalog, filter)],
    isWhole: filter.isWhole,
  };
}

function isAdoptable(kind: Kind): kind is AdoptableKind {
  return kind.adoptable !== undefined;
}

/**
 * Checks that the filter selects objects.
 * @throws {InputError} if the filter names something unknown or excludes everything: the resulting program would look
 * as if there were nothing to declare
 */
function refuseUnknown(kinds: readonly AdoptableKind[], catalog: Catalog, filter: ObjectFilter): void {
  const ids = kinds.flatMap((kind) => kind.adoptable.list(catalog).map((id) => ({ kind, id })));
  const found = ids.flatMap(({ kind, id }) => {
    const live = kind.find(catalog, id);
    return live === undefined ? [] : [{ kind: kind.name, place: kind.adoptable.place?.(live) }];
  });
  const [unknown] = filter.unknown([...kinds.map(({ name }) => ({ kind: name })), ...found]);
  if (unknown === undefined) {
    if (found.length === 0 || found.some(({ kind, place }) => filter.includes(kind, place))) return;
    throw new InputError("--only and --without together leave nothing of what the database has; take one of them back");
  }
  const [, word = unknown] = /^schema (.*)$/s.exec(unknown) ?? [];
  const namesake = ids.find(({ id }) => id === word);
  const classes = kinds.map(classNameOf);
  const instead =
    namesake === undefined
      ? `${suggestSimilar(word, classes)}. Write a schema (public), a table (public.tasks) or a kind (${classes.join(", ")})`
      : `. The ${classNameOf(namesake.kind)} of that name is meant by its kind, with all others of it: ${classNameOf(namesake.kind)}`;
  const what = word === unknown ? `table ${word}` : unknown;
  throw new InputError(`the database has no ${what} that a program could declare${instead}`);
}

type Found = Pick<LiveObject, "kind" | "id" | "args">;

/** An object that can't be declared as a whole, because the program declares parts of it. */
type Parted = Pick<LiveObject, "kind" | "args"> & { readonly isParted: true };

interface Search {
  readonly catalog: Catalog;
  readonly operation: Operation;
  readonly filter: ObjectFilter;
  readonly known: ReadonlyMap<string, string>;
}

/** The objects that a preview has refused, as they were written into the program. */
export function findRefused(
  objects: readonly LiveObject[],
  refused: readonly RefusedResource[],
): readonly { readonly key: string; readonly reason: string }[] {
  return objects.flatMap((object) => {
    const found = refused.find(({ kind, name }) => kind === object.kind.name && name === object.resourceName);
    return found === undefined ? [] : [{ key: objectKey(object), reason: found.reason }];
  });
}

/** Undefined: the object is filtered out, or declared already. */
async function findObject(
  kind: AdoptableKind,
  id: string,
  { catalog, operation, filter, known }: Search,
): Promise<Found | Refused | Parted | undefined> {
  const live = kind.find(catalog, id);
  if (live === undefined) return undefined;
  const related = relate(kind, live, undefined);
  const declarable = withoutProperties(related, kind.liveOnly);
  const refuse = (reason: string) => refusalOf(kind, id, related, reason);
  if (!filter.includes(kind.name, kind.adoptable.place?.(related))) return undefined;
  if (operation.declarations.find(kind.name, id) !== undefined) return undefined;
  const { claims } = operation.declarations;
  const [own] = ownClaim(kind, related);
  if (own !== undefined && claims.has(own.on))
    return findSame(kind, own, operation.declarations) === undefined ? undefined : refuse("");
  const beyond = Object.keys(related).filter((key) => kind.liveOnly?.includes(key));
  const meanings = beyond.map((key) => kind.adoptable.undeclarable?.[key] ?? `it has ${key}`);
  const args = await normalise(kind, declarable, { server: catalog.server, operation, old: undefined });
  if (Array.isArray(args)) return refuse(formatProblems(args));
  const normal = { ...onlySettings(kind, args as Properties), ...(args as Properties) };
  const declared = kind.identify(normal);
  if (declared !== id) return refuse(`in this project it would be a declaration of ${declared}`);
  const objection = known.get(objectKey({ kind, id })) ?? kind.adoptable.refuse?.(related);
  if (objection !== undefined) return refuse(objection);
  if (beyond.length > 0) return refuse(`${meanings.join(", and ")}, which no resource declares`);
  const refusal = await previewRefusal(kind, id, normal, operation);
  if (refusal !== undefined) return refuse(refusal);
  return {
    kind,
    id,
    args: normal,
    ...(own !== undefined && claims.find([own]) !== undefined ? { isParted: true } : {}),
  };
}

/** Why a preview would refuse the declaration, or show a difference. */
async function previewRefusal(
  kind: Kind,
  id: string,
  args: Properties,
  operation: Operation,
): Promise<string | undefined> {
  const context = { operation, urn: urnOf(kind, id), previewed: new PreviewedStates(), report: () => undefined };
  try {
    const isAdopted = await previewCreate(kind, args, context);
    if (!isAdopted) return "an update would change it";
    // The program's wording differs from the server's, and a preview would try it.
    const problems = kind.texts(args).length > 0 ? await refusals(kind.probes(args), operation) : [];
    return problems.length > 0 ? formatProblems(problems) : undefined;
  } catch (error) {
    if (error instanceof InputError) return describeError(error);
    throw error;
  }
}

/**
 * Records the object as declared, so that nothing else declares it too, and names its resource. An object that
 * conflicts with another one is refused.
 */
async function declare(
  { kind, id, args }: Found,
  catalog: Catalog,
  operation: Operation,
  names: ResourceNames,
): Promise<LiveObject | Refused> {
  const context = { server: catalog.server, operation, old: undefined };
  const written = kind.adoptable.write?.(args, catalog) ?? args;
  const asWritten = await normalise(kind, written, context);
  const resourceName = names.take(kind.name, kind.adoptable.resourceNames(args));
  const problems = await check(kind, args, context, urnOf(kind, resourceName));
  if (Array.isArray(problems)) return refusalOf(kind, id, args, formatProblems(problems));
  const isSame = !Array.isArray(asWritten) && isEqual(asWritten as Properties, args);
  const input = await withoutDefaults(kind, isSame ? written : args, context, resourceName);
  return { kind, id, resourceName, args, input };
}

function urnOf(kind: Kind, name: string): string {
  return `urn:pulumi:adopt::adopt::${typeToken(kind.name)}::${name}`;
}
