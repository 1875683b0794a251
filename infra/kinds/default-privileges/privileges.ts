import { grantOption } from "../../desired/grants.ts";

/**
 * Sorted privileges by role. One with the grant option ends in ` with grant option`, and is listed only in that form.
 */
export type Grants = { readonly [role: string]: readonly string[] };

export function normaliseGrants(grants: Grants): Grants {
  const filled = Object.entries(grants).flatMap(([role, listed]) => {
    const privileges = listed.filter((each) => !listed.includes(each + grantOption));
    return privileges.length === 0 ? [] : [[role, [...new Set(privileges)].sort()] as const];
  });
  return Object.fromEntries(filled.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The privileges in both, with the grant option only if both have it. */
export function commonGrants(left: Grants, right: Grants): Grants {
  const plain = (privileges: readonly string[] = []) => privileges.map((each) => each.replace(grantOption, ""));
  const entries = Object.entries(left).map(([role, privileges]) => {
    const others = Object.hasOwn(right, role) ? right[role] : undefined;
    const common = plain(privileges).filter((each) => plain(others).includes(each));
    return [
      role,
      common.map((each) => (hasOption(privileges, each) && hasOption(others, each) ? each + grantOption : each)),
    ] as const;
  });
  return normaliseGrants(Object.fromEntries(entries));
}

function hasOption(privileges: readonly string[] | undefined, name: string): boolean {
  return privileges?.includes(name + grantOption) === true;
}
