import { isEqual, ownEntry } from "../../values/properties.ts";
import type { Role } from "./kind.ts";
import { platformMemberships } from "./platform-roles.ts";
import { isShared } from "./shared-roles.ts";

/**
 * Whether it is a role that requests log in with or act as, with only the platform's memberships, all of which stay.
 * The deploying role's memberships are not the same in every project, and neither are a role's settings.
 */
export function isAsMade({ name, memberOf: live = {} }: Role, { memberOf, settings }: Role): boolean {
  if (!isShared(name) || name === "postgres" || settings !== undefined) return false;
  const made = platformMemberships(name);
  return (
    isEqual(Object.keys(live).sort(), [...made].sort()) &&
    made.every((held) => isEqual(ownEntry(live, held), ownEntry(memberOf, held)))
  );
}
