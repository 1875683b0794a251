import type { Effect } from "../effects/effect.ts";
import { withRole } from "./overlay.ts";
import type { Reachable, RequestRole } from "./reachable.ts";

/** Everybody's access after a statement about a role. */
export function roleAfter(reachable: Reachable, name: string, effect: Effect): Reachable {
  switch (effect.does) {
    case "creates the role":
      return withRole(reachable, name, () => ({}));
    case "sets the attribute":
      return ofKnown(reachable, name, (role) =>
        effect.attribute === "SUPERUSER"
          ? { isSuperuser: effect.isOn, bypassesRowSecurity: effect.isOn || role.bypassesRowSecurity }
          : { [fieldOf[effect.attribute] ?? ""]: effect.isOn },
      );
    case "adds the member":
      return ofKnown(reachable, effect.member, ({ memberships }) => ({
        memberships: [...memberships, { role: name, inherits: true, sets: true }],
      }));
    case "ends the membership of":
      return ofKnown(reachable, effect.member, ({ memberships }) => ({
        memberships: memberships.filter((membership) => membership.role !== name),
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

function ofKnown(reachable: Reachable, name: string, change: (role: RequestRole) => Partial<RequestRole>): Reachable {
  return reachable.roles.has(name) ? withRole(reachable, name, change) : reachable;
}
