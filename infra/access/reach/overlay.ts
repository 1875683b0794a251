import type { PolicyRow } from "../../catalog/tables.ts";
import { type Grants, grantOption } from "../../desired/grants.ts";
import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import type {
  DefaultPrivilege,
  Privilege,
  Reachable,
  ReachableBucket,
  ReachableFunction,
  ReachablePublication,
  ReachableSchema,
  Relation,
  RequestRole,
} from "./reachable.ts";

/** Whether a declaration is applied or removed. */
export type Becoming = "declared" | "removed";

/**
 * The same database with a relation changed. A relation that does not exist yet starts as a table without any
 * privileges.
 */
export function withRelation(
  reachable: Reachable,
  name: QualifiedName,
  change: (relation: Relation) => Partial<Relation>,
): Reachable {
  const id = formatQualified(name);
  const before = reachable.relations.get(id) ?? newTable(name);
  return { ...reachable, relations: new Map(reachable.relations).set(id, { ...before, ...change(before) }) };
}

function newTable({ schema, name }: QualifiedName): Relation {
  return {
    ...{ schema, name, kind: "r", owner: "", privileges: [], columns: [] },
    ...{ rowSecurity: false, forceRowSecurity: false, policies: [] },
    ...{
      isExtension: false,
      isInvoker: false,
      hasRules: false,
      writes: [],
      reads: [],
      ownedBy: undefined,
      parents: [],
    },
  };
}

/** The same database with this function, replacing the one with its signature. */
export function withFunction(reachable: Reachable, called: ReachableFunction): Reachable {
  return { ...reachable, functions: new Map(reachable.functions).set(called.signature, called) };
}

export function withoutFunction(reachable: Reachable, signature: string): Reachable {
  const functions = new Map(reachable.functions);
  functions.delete(signature);
  return { ...reachable, functions };
}

export function withSchema(reachable: Reachable, schema: ReachableSchema): Reachable {
  return { ...reachable, schemas: new Map(reachable.schemas).set(schema.name, schema) };
}

/** A schema, with grants in the form of a declaration. */
export function schemaOf(
  name: string,
  owner: string,
  grants: Readonly<Record<string, readonly string[]>>,
): ReachableSchema {
  const privileges = Object.entries(grants).flatMap(([role, list]) =>
    list.map((written) => privilegeOf(role, written)),
  );
  return { name, owner, privileges };
}

/** Undefined: the bucket is removed. */
export function withBucket(reachable: Reachable, id: string, bucket: ReachableBucket | undefined): Reachable {
  const others = (reachable.buckets ?? []).filter((other) => other.id !== id);
  return { ...reachable, buckets: [...others, ...(bucket === undefined ? [] : [bucket])] };
}

/** Undefined: the publication is removed. */
export function withPublication(
  reachable: Reachable,
  name: string,
  publication: ReachablePublication | undefined,
): Reachable {
  const others = reachable.publications.filter((other) => other.name !== name);
  return { ...reachable, publications: [...others, ...(publication === undefined ? [] : [publication])] };
}

/**
 * The same database with a role changed. A role that does not exist yet starts without any rights. Undefined: the role
 * is removed.
 */
export function withRole(
  reachable: Reachable,
  name: string,
  change: ((role: RequestRole) => Partial<RequestRole>) | undefined,
): Reachable {
  const roles = new Map(reachable.roles);
  if (change === undefined) {
    roles.delete(name);
    return { ...reachable, roles };
  }
  const before = roles.get(name) ?? newRole(name);
  const after = { ...before, ...change(before) };
  const isOwner = before.inherits.includes(databaseOwner);
  const inherits = after.memberships.filter((membership) => membership.inherits).map(({ role }) => role);
  return {
    ...reachable,
    roles: roles.set(name, { ...after, inherits: isOwner ? [...inherits, databaseOwner] : inherits }),
  };
}

/** The database's owner is its implicit member, which no membership row says. */
const databaseOwner = "pg_database_owner";

function newRole(name: string): RequestRole {
  return {
    ...{ name, isSuperuser: false, bypassesRowSecurity: false, createsRoles: false, createsDatabases: false },
    ...{ replicates: false, logsIn: false, memberships: [], inherits: [] },
  };
}

/**
 * The same database with this entry, replacing the one for the same objects. An empty entry revokes PostgreSQL's
 * built-in default privileges.
 */
export function withDefaultPrivileges(reachable: Reachable, entry: DefaultPrivilege): Reachable {
  const others = reachable.defaultPrivileges.filter(
    ({ owner, schema, objects }) => owner !== entry.owner || schema !== entry.schema || objects !== entry.objects,
  );
  return { ...reachable, defaultPrivileges: [...others, entry] };
}

/** A declaration's table grants as catalog entries. */
export function privilegesOf(grants: Grants): readonly Privilege[] {
  return Object.entries(grants).flatMap(([role, privileges]) =>
    Object.entries(privileges).flatMap(([key, targets]) =>
      (targets === true ? [true as const] : targets).map((target) => ({
        ...privilegeOf(role, key),
        ...(target === true ? {} : { column: target }),
      })),
    ),
  );
}

/** `usage`, `select with grant option` */
export function privilegeOf(role: string, written: string): Privilege {
  const isGrantable = written.endsWith(grantOption);
  return { role, privilege: written.replace(grantOption, ""), ...(isGrantable ? { isGrantable } : {}) };
}

/** A declared policy as a catalog row. */
export function policyRowOf(name: string, { command, roles, as, using, withCheck }: PolicyDefinition): PolicyRow {
  return {
    ...{ name, command, roles, permissive: as === "permissive" },
    ...(using === undefined ? {} : { using }),
    ...(withCheck === undefined ? {} : { withCheck }),
  };
}
