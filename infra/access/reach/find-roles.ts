import { apiLogin, isUsualMembership, requestRoles, serverRole } from "./baseline.ts";
import { closeAttribute, closeMembership } from "./close.ts";
import type { Finding, IsDeclared } from "./finding.ts";
import type { Membership, Reachable, RequestRole } from "./reachable.ts";

/** Attributes and memberships that allow requests more than the grants and policies of their role. */
export function findRoles(reachable: Reachable, isDeclared: IsDeclared): readonly Finding[] {
  const requested = requestRoles(reachable);
  return [...requested, apiLogin, serverRole].flatMap((name) => {
    const role = reachable.roles.get(name);
    if (role === undefined) return [];
    const found = [...findAttributes(role), ...findMemberships(role, requested, reachable)];
    return found.filter(({ object }) => !isDeclared(object));
  });
}

function findAttributes(role: RequestRole): readonly Finding[] {
  const passes = role.isSuperuser || role.bypassesRowSecurity;
  const attributes = [
    ...(role.isSuperuser ? ["SUPERUSER"] : []),
    ...(role.bypassesRowSecurity && !role.isSuperuser && role.name !== serverRole ? ["BYPASSRLS"] : []),
    ...(role.createsRoles ? ["CREATEROLE"] : []),
    ...(role.createsDatabases ? ["CREATEDB"] : []),
    ...(role.replicates ? ["REPLICATION"] : []),
    ...(role.logsIn && role.name !== apiLogin ? ["LOGIN"] : []),
  ];
  return attributes.map((attribute) => ({
    roles: [role.name],
    object: { kind: "attribute", id: `${role.name} ${attribute}` },
    severity: passes && ["SUPERUSER", "BYPASSRLS"].includes(attribute) ? "bypass" : "acts for others",
    text: `has ${attribute}: ${meaningOf[attribute]}`,
    remedy: closeAttribute(role.name, attribute),
  }));
}

const meaningOf: Readonly<Record<string, string>> = {
  SUPERUSER: "it may do everything",
  BYPASSRLS: "row-level security does not apply to it",
  CREATEROLE: "it may make roles and give them away",
  CREATEDB: "it may make databases",
  REPLICATION: "it may read every change of every table",
  LOGIN: "it may connect by itself, past the API",
};

function findMemberships(role: RequestRole, requested: readonly string[], { roles }: Reachable): readonly Finding[] {
  return role.memberships
    .filter((membership) => !isUsualMembership(role.name, membership, requested))
    .map((membership) => {
      const held = roles.get(membership.role);
      const passes = held !== undefined && (held.isSuperuser || held.bypassesRowSecurity);
      return {
        roles: [role.name],
        object: { kind: "membership", id: `${role.name} in ${membership.role}` },
        ...(membership.grantor ? { owner: membership.grantor } : {}),
        severity: passes ? "bypass" : "acts for others",
        text: `${actsAs(membership)} ${membership.role}, as its member${passes ? `; ${membership.role} bypasses row-level security` : ""}`,
        remedy: closeMembership(role.name, membership.role),
      };
    });
}

function actsAs({ inherits, sets }: Membership): string {
  if (inherits && sets) return "has the rights of, and may become,";
  return inherits ? "has the rights of" : sets ? "may become" : "may hand on";
}
