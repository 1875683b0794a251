import { roles } from "../../catalog/roles.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import type { Role } from "./kind.ts";
import { isPlatformMembership, reservedRoleProblem } from "./platform-roles.ts";
import { isShared } from "./shared-roles.ts";

export const adoptable: Adoptable<Role> = {
  module: () => "roles",
  undeclarable: { databaseSettings: "it has settings for this database alone" },
  /** For a role of the platform: its memberships in addition to those of every project. */
  list: (catalog) =>
    [...catalog.of(roles).values()]
      .filter(
        ({ name, superuser, memberships }) =>
          !superuser &&
          reservedRoleProblem(name) === undefined &&
          (!isShared(name) || memberships.some(({ role }) => !isPlatformMembership(name, role))),
      )
      .map(({ name }) => name),
  resourceNames: ({ name }) => [name],
};
