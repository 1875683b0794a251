import type { Reachable, Relation } from "../access/reach/reachable.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import type { Findings } from "./report.ts";

/**
 * Access that no attempt can show because no policy governs it: files of public buckets, published tables, and the
 * attributes and memberships of the roles of signed-in and anonymous requests. It is reported for a reviewer to accept.
 */
export function standingAccess(reachable: Reachable): Findings {
  const found: Record<string, Record<string, readonly string[]>> = {};
  for (const { id, public: isPublic } of reachable.buckets ?? []) {
    if (isPublic) found[`files in ${id}`] = { anonymous: ["read any by its address: the bucket is public"] };
  }
  for (const [id, relation] of reachable.relations) {
    const publishers = publishersOf(id, relation, reachable);
    if (publishers.length > 0) found[id] = { subscribers: publishers.map((name) => `published by ${name}`) };
  }
  for (const name of ["anon", "authenticated"]) {
    const { bypassesRowSecurity, isSuperuser, memberships = [] } = reachable.roles.get(name) ?? {};
    const lines = [
      ...(bypassesRowSecurity ? ["bypasses row-level security"] : []),
      ...(isSuperuser ? ["is a superuser"] : []),
      ...memberships.map(({ role }) => `is a member of ${role}`).sort(),
    ];
    if (lines.length > 0) found[`role ${name}`] = { [name]: lines };
  }
  return found;
}

function publishersOf(id: string, { schema, kind, isExtension }: Relation, { publications }: Reachable) {
  if (!["r", "p"].includes(kind) || isExtension || isMadeByPlatform(schema)) return [];
  return publications
    .filter(({ allTables, schemas, tables }) => allTables || schemas.includes(schema) || tables.includes(id))
    .map(({ name }) => name)
    .sort();
}

/** Merges both, by object and kind of person. */
export function joinFindings(one: Findings, other: Findings): Findings {
  const objects = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return Object.fromEntries(
    objects.map((object) => {
      const [kinds = {}, further = {}] = [one[object], other[object]];
      const names = [...new Set([...Object.keys(kinds), ...Object.keys(further)])].sort();
      return [
        object,
        Object.fromEntries(names.map((name) => [name, [...(kinds[name] ?? []), ...(further[name] ?? [])].sort()])),
      ];
    }),
  );
}
