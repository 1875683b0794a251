import { formatQualified } from "../../sql/quote.ts";
import { repeatWhileSizeChanges } from "../../values/repeat.ts";
import { requestRoles, serverRole } from "../reach/baseline.ts";
import { defaultOf } from "../reach/find-rest.ts";
import type { ReachedObject } from "../reach/finding.ts";
import type { Privilege, Reachable, Relation } from "../reach/reachable.ts";

/** The roles and objects that a change may affect. */
export interface Scope {
  readonly roles: readonly string[];
  /** Those that requests act as. */
  readonly acting: readonly string[];
  readonly isConcerned: (object: ReachedObject) => boolean;
}

/**
 * Where two states differ, as far as a reviewer needs to know: objects whose value is different, objects in a schema
 * that is different, and views that read such tables. The roles are those that requests act as, and those that these
 * objects name.
 */
export function scopeOf(before: Reachable, after: Reachable): Scope {
  const schemas = changedIn(before.schemas, after.schemas);
  const inSchemas = ({ schema }: { readonly schema: string }) => schemas.has(schema);
  const relations = new Set([
    ...changedIn(before.relations, after.relations),
    ...[...after.relations].flatMap(([id, relation]) => (inSchemas(relation) ? [id] : [])),
  ]);
  addReaders(relations, after.relations);
  const functions = new Set([
    ...changedIn(before.functions, after.functions),
    ...[...after.functions].flatMap(([id, called]) => (inSchemas(called) ? [id] : [])),
  ]);
  const lists = {
    bucket: changedInLists(before.buckets ?? [], after.buckets ?? [], ({ id }) => id),
    publication: changedInLists(before.publications, after.publications, ({ name }) => name),
    "default privileges": changedInLists(
      before.defaultPrivileges,
      after.defaultPrivileges,
      (entry) => defaultOf(entry).id,
    ),
    role: changedIn(before.roles, after.roles),
    schema: schemas,
    function: functions,
  } as const;
  const named = [before, after].flatMap((reachable) => [
    ...[...schemas].flatMap((name) => rolesOf(reachable.schemas.get(name))),
    ...[...relations].flatMap((id) => rolesOf(reachable.relations.get(id))),
    ...[...functions].flatMap((id) => rolesOf(reachable.functions.get(id))),
  ]);
  const acting = [...requestRoles(before), ...requestRoles(after), serverRole];
  return {
    acting,
    roles: [...new Set(["public", ...acting, ...named, ...lists.role])].filter((role) => role !== "").sort(),
    isConcerned: ({ kind, id }) =>
      kind in lists ? (lists[kind as keyof typeof lists].has(id) ?? false) : relations.has(id),
  };
}

interface Named {
  readonly owner: string;
  readonly privileges: readonly Privilege[];
  readonly policies?: Relation["policies"];
}

function rolesOf(object: Named | undefined): readonly string[] {
  if (object === undefined) return [];
  const { owner, privileges, policies = [] } = object;
  return [owner, ...privileges.map(({ role }) => role), ...policies.flatMap(({ roles }) => roles)];
}

/**
 * Adds views, which show what their tables allow. The contents of a materialised view only change when it is refreshed.
 */
function addReaders(relations: Set<string>, all: Reachable["relations"]): void {
  const views = [...all].filter(([, { kind }]) => kind === "v");
  repeatWhileSizeChanges(relations, () => {
    for (const [id, { reads }] of views)
      if (reads.some((read) => relations.has(formatQualified(read)))) relations.add(id);
  });
}

function changedIn<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Set<string> {
  if (before === after) return new Set();
  return new Set([...before.keys(), ...after.keys()].filter((key) => before.get(key) !== after.get(key)));
}

function changedInLists<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Set<string> {
  const byKey = (items: readonly T[]) => new Map(items.map((item) => [keyOf(item), item]));
  return before === after ? new Set() : changedIn(byKey(before), byKey(after));
}
