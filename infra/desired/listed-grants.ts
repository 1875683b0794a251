import { ownEntry } from "../values/properties.ts";
import { type Grants, grantOption } from "./grants.ts";

/**
 * Sorted privileges by role, on objects whose columns have none. A privilege with the grant option ends in ` with grant
 * option`, and is listed only in that form.
 */
export type ListedGrants = { readonly [role: string]: readonly string[] };

export function normaliseListedGrants(grants: ListedGrants): ListedGrants {
  const filled = Object.entries(grants).flatMap(([role, listed]) => {
    const privileges = listed.filter((each) => !listed.includes(each + grantOption));
    return privileges.length === 0 ? [] : [[role, [...new Set(privileges)].sort()] as const];
  });
  return Object.fromEntries(filled.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Each privilege of a role, and whether it has the grant option. */
export function readPrivileges(grants: ListedGrants | undefined, role: string): ReadonlyMap<string, boolean> {
  const listed = ownEntry(grants, role) ?? [];
  return new Map(listed.map((privilege) => [privilege.replace(grantOption, ""), privilege.endsWith(grantOption)]));
}

/** The same grants in the form of those on tables. */
export function toGrants(grants: ListedGrants): Grants {
  const entries = Object.entries(grants).map(
    ([role, listed]) => [role, Object.fromEntries(listed.map((privilege) => [privilege, true as const]))] as const,
  );
  return Object.fromEntries(entries);
}

/** The privileges in both, with the grant option only if both have it. */
export function commonGrants(left: ListedGrants, right: ListedGrants): ListedGrants {
  const entries = Object.keys(left).map((role) => {
    const [own, others] = [readPrivileges(left, role), readPrivileges(right, role)];
    const common = [...own].filter(([privilege]) => others.has(privilege));
    return [
      role,
      common.map(([privilege, isGrantable]) =>
        isGrantable && others.get(privilege) ? privilege + grantOption : privilege,
      ),
    ] as const;
  });
  return normaliseListedGrants(Object.fromEntries(entries));
}
