import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { isOpenByDesign, isPlatformFunction, requestRoles, withoutAttributes } from "./baseline.ts";
import { findFunction, findReplacedFunction } from "./find-functions.ts";
import {
  defaultOf,
  findBucket,
  findDatabase,
  findDefault,
  findPlatformPolicies,
  findPublication,
  findSchema,
} from "./find-rest.ts";
import { findRoles } from "./find-roles.ts";
import { findExtensionRelation, findInheritance, findPlatformTable, findRelation, findRules } from "./find-tables.ts";
import { compareFindings, type Finding, type IsDeclared } from "./finding.ts";
import { kindOf, type Reachable } from "./reachable.ts";
import { Rights } from "./rights.ts";

/**
 * Every way for a request to reach something that no resource of the program declares, the worst first. Declared
 * objects are left to their resources: an undeclared grant on a declared table is drift of that table, and is not
 * reported here.
 */
export function findUndeclared(live: Reachable, isDeclared: IsDeclared): readonly Finding[] {
  const roles = requestRoles(live);
  const reachable = withoutAttributes(live, roles, isDeclared);
  const rights = roles.map((role) => new Rights(role, reachable));
  const found: (Finding | undefined)[] = [];
  for (const [id, relation] of reachable.relations) {
    if (relation.isExtension) {
      if (isDeclared({ kind: kindOf(relation), id })) continue;
      for (const each of rights) found.push(findExtensionRelation(relation, each, reachable));
      continue;
    }
    const isPlatform = isMadeByPlatform(relation.schema);
    for (const each of rights) found.push(...findInheritance(relation, each, reachable));
    if (!isDeclared({ kind: "rules", id })) for (const each of rights) found.push(findRules(relation, each));
    if (isPlatform ? isOpenByDesign(id) : isDeclared({ kind: kindOf(relation), id })) continue;
    // A sequence that belongs to a column is covered by its table.
    if (relation.ownedBy !== undefined) continue;
    for (const each of rights) {
      found.push(isPlatform ? findPlatformTable(relation, each) : findRelation(relation, each, reachable));
    }
  }
  for (const [id, called] of reachable.functions) {
    if (!called.isExtension) found.push(findReplacedFunction(called));
    if (called.isExtension || isPlatformFunction(called) || isDeclared({ kind: "function", id })) continue;
    for (const each of rights) found.push(findFunction(called, each, reachable));
  }
  for (const [name, schema] of reachable.schemas) {
    if (isDeclared({ kind: "schema", id: name })) continue;
    for (const each of rights) found.push(findSchema(schema, each));
  }
  const { database } = reachable;
  if (database !== undefined) for (const each of rights) found.push(findDatabase(database, each));
  for (const entry of reachable.defaultPrivileges) {
    if (isDeclared(defaultOf(entry))) continue;
    for (const role of [...roles, "public"]) found.push(findDefault(entry, role));
  }
  for (const bucket of reachable.buckets ?? []) {
    if (!isDeclared({ kind: "bucket", id: bucket.id })) found.push(findBucket(bucket));
  }
  for (const publication of reachable.publications) {
    if (!isDeclared({ kind: "publication", id: publication.name })) found.push(findPublication(publication));
  }
  found.push(...findRoles(live, isDeclared));
  found.push(...findPlatformPolicies(reachable, rights, isDeclared));
  return mergeRoles(found.filter((finding) => finding !== undefined)).sort(compareFindings);
}

/** Merges the findings of roles that reach the same object in the same way. */
function mergeRoles(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.object, finding.severity, finding.text]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? finding : join(known, finding));
  }
  return [...merged.values()];
}

function join(left: Finding, right: Finding): Finding {
  const roles = [...new Set([...left.roles, ...right.roles])];
  return { ...left, roles, remedy: [...new Set([...left.remedy, ...right.remedy])] };
}
