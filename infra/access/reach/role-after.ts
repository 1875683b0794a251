import type { Effect } from "../effects/effect.ts";
import type { Reachable, RequestRole } from "./reachable.ts";

/** Who reaches what after a statement about a role. */
export function roleAfter(reachable: Reachable, name: string, effect: Effect): Reachable {
  switch (effect.does) {
    case "creates the role":
      return { ...reachable, roles: new Map(reachable.roles).set(name, newRole(name)) };
    case "sets the attribute":
      return withRole(reachable, name, (role) =>
        effect.attribute === "SUPERUSER"
          ? { ...role, isSuperuser: effect.isOn, bypassesRowSecurity: effect.isOn || role.bypassesRowSecurity }
          : { ...role, [fieldOf[effect.attribute] ?? ""]: effect.isOn },
      );
    case "adds the member":
      return withRole(reachable, effect.member, (role) => ({
        ...role,
        memberships: [...role.memberships, { role: name, inherits: true, sets: true }],
        inherits: [...new Set([...role.inherits, name, ...(reachable.roles.get(name)?.inherits ?? [])])],
      }));
    case "ends the membership of":
      return withRole(reachable, effect.member, (role) => ({
        ...role,
        memberships: role.memberships.filter((membership) => membership.role !== name),
        inherits: role.inherits.filter((held) => held !== name),
      }));
    default:
      return reachable;
  }
}

const fieldOf: Readonly<Record<string, keyof RequestRole>> = {
  BYPASSRLS: "bypassesRowSecurity",
  CREATEROLE: "createsRoles",
  CREATEDB: "createsDatabases",
  REPLICATION: "replicates",
  LOGIN: "logsIn",
};

function newRole(name: string): RequestRole {
  return {
    ...{ name, isSuperuser: false, bypassesRowSecurity: false, createsRoles: false, createsDatabases: false },
    ...{ replicates: false, logsIn: false, memberships: [], inherits: [] },
  };
}

function withRole(reachable: Reachable, name: string, change: (role: RequestRole) => RequestRole): Reachable {
  const role = reachable.roles.get(name);
  if (role === undefined) return reachable;
  return { ...reachable, roles: new Map(reachable.roles).set(name, change(role)) };
}
