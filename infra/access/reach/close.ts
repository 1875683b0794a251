import { quoteIdentifier, quoteLiteral, quoteQualified, quoteRole } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { DefaultPrivilege, Privilege, ReachableFunction, Relation } from "./reachable.ts";

/**
 * Statements that revoke a role's access to a relation. They also enable row-level security, so that a later grant
 * opens nothing.
 */
export function closeRelation(relation: Relation, role: string): readonly string[] {
  const name = quoteQualified(relation);
  const isTable = relation.kind === "r" || relation.kind === "p";
  // An owner could grant itself whatever is revoked.
  if (relation.owner === role)
    return [
      `alter ${relation.kind in kinds ? kinds[relation.kind as keyof typeof kinds] : "table"} ${name} owner to current_user`,
    ];
  return [
    `revoke all on ${relation.kind === "S" ? "sequence " : ""}${name} from ${grantees(relation.privileges, role)} cascade`,
    ...(isTable && !relation.rowSecurity ? [`alter table ${name} enable row level security`] : []),
  ];
}

/** Revokes these privileges wherever the role has them from, and no others. */
export function closePrivileges(
  relation: Relation,
  privileges: readonly Privilege[],
  { roles }: { readonly roles: ReadonlySet<string> },
): readonly string[] {
  const kind = relation.kind === "S" ? "sequence " : "";
  return privileges
    .filter(({ role }) => roles.has(role))
    .map(({ role, privilege, column }) => {
      const what = column === undefined ? privilege : `${privilege} (${quoteIdentifier(column)})`;
      return `revoke ${what} on ${kind}${quoteQualified(relation)} from ${quoteRole(role)} cascade`;
    });
}

export function closeFunction(called: ReachableFunction, role: string): readonly string[] {
  const { argumentTypes } = splitSignature(called.signature);
  if (called.owner === role) return [`alter routine ${quoteQualified(called)}(${argumentTypes}) owner to current_user`];
  return [
    `revoke execute on routine ${quoteQualified(called)}(${argumentTypes}) from ${grantees(called.privileges, role)} cascade`,
  ];
}

export function closeSchema(
  schema: { readonly name: string; readonly owner: string; readonly privileges: readonly Privilege[] },
  role: string,
): readonly string[] {
  if (schema.owner === role) return [`alter schema ${quoteIdentifier(schema.name)} owner to current_user`];
  return [`revoke create on schema ${quoteIdentifier(schema.name)} from ${grantees(schema.privileges, role)} cascade`];
}

/** If the role owns the database, it could grant itself whatever is revoked, so the owner has to change. */
export function closeDatabase(
  database: { readonly name: string; readonly owner: string; readonly privileges: readonly Privilege[] },
  role: string,
): readonly string[] {
  if (database.owner === role) return [];
  const from = grantees(database.privileges, role);
  return [`revoke create on database ${quoteIdentifier(database.name)} from ${from} cascade`];
}

export function closeBucket(id: string): readonly string[] {
  return [`update storage.buckets set public = false, updated_at = now() where id = ${quoteLiteral(id)}`];
}

export function closeDefault(
  { owner, schema, objects }: DefaultPrivilege,
  privileges: readonly string[],
  role: string,
): readonly string[] {
  const where = schema === undefined ? "" : ` in schema ${quoteIdentifier(schema)}`;
  return [
    `alter default privileges for role ${quoteIdentifier(owner)}${where} revoke ${privileges.join(", ")} on ${objects} from ${quoteRole(role)}`,
  ];
}

export function closeAttribute(role: string, attribute: string): readonly string[] {
  return [`alter role ${quoteIdentifier(role)} no${attribute.toLowerCase()}`];
}

export function closeMembership(role: string, held: string): readonly string[] {
  return [`revoke ${quoteIdentifier(held)} from ${quoteIdentifier(role)}`];
}

const kinds = { v: "view", m: "materialized view", S: "sequence" } as const;

/** The role itself, and `public` if the role has the privilege through it. */
function grantees(privileges: readonly Privilege[], role: string): string {
  const isPublic = privileges.some((privilege) => privilege.role === "public");
  return [role, ...(isPublic ? ["public"] : [])].map(quoteRole).join(", ");
}
