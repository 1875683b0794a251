import type { z } from "zod";
import type { MembershipRow } from "../../catalog/roles.ts";
import type { PassedOn } from "../../desired/passed-on.ts";
import type { Problem } from "../../errors/errors.ts";
import { nameProblem, quoteIdentifier } from "../../sql/quote.ts";
import { isEqual, ownEntry } from "../../values/properties.ts";
import { membershipArgs, type roleArgs } from "./args.ts";

type Membership = { readonly admin: boolean; readonly inherit?: boolean; readonly set?: boolean };

/** By the role whose member it is. */
export type Memberships = { readonly [role: string]: Membership };

type DeclaredMemberships = NonNullable<z.output<typeof roleArgs>["memberOf"]>;

/** The version of PostgreSQL in which memberships got options of their own. */
const withOptions = 160_000;

/** @param inherits the default of `inherit`: the member's own attribute */
export function normaliseMemberships(declared: DeclaredMemberships, inherits: boolean, version: number): Memberships {
  return sorted(
    listed(declared).map(([role, { admin, inherit = inherits, set }]) => [
      role,
      version < withOptions ? { admin } : { admin, inherit, set },
    ]),
  );
}

export function membershipProblems(
  name: string,
  declared: DeclaredMemberships,
  inherits: boolean,
  version: number,
): Problem[] {
  return listed(declared).flatMap(([role, { inherit = inherits, set }]) => {
    const report = (message: string, ...key: string[]) => [{ path: ["memberOf", role, ...key], message }];
    const wrong = nameProblem(role) ?? (role === "public" ? "everybody is no role that has members" : undefined);
    if (wrong !== undefined) return report(wrong);
    if (role === name) return report("a role can't be a member of itself");
    if (version >= withOptions) return [];
    const since = "PostgreSQL has this option of a membership from version 16 on";
    if (inherit !== inherits) return report(`${since}; leave it out, and set inherit of the role itself`, "inherit");
    return set ? [] : report(`${since}; before, every member may become the other role`, "set");
  });
}

/** Combines all grants of the same membership. */
export function readMemberships(rows: readonly MembershipRow[]): Memberships {
  const found = new Map<string, Membership>();
  for (const { role, admin, inherit, set } of rows) {
    const known = found.get(role);
    found.set(role, {
      admin: admin || known?.admin === true,
      ...(inherit === undefined ? {} : { inherit: inherit || known?.inherit === true }),
      ...(set === undefined ? {} : { set: set || known?.set === true }),
    });
  }
  return sorted([...found]);
}

/**
 * Statements, each with the role whose membership it changes. A member with the admin option may have granted the
 * membership to others, so those grants are revoked too.
 */
export function planMemberships(
  member: string,
  live: Memberships,
  desired: Memberships,
): readonly (readonly [role: string, statement: string])[] {
  const name = quoteIdentifier(member);
  return Object.keys({ ...live, ...desired }).flatMap((role): readonly (readonly [string, string])[] => {
    const [before, after] = [ownEntry(live, role), ownEntry(desired, role)];
    const held = quoteIdentifier(role);
    if (isEqual(before, after)) return [];
    if (after === undefined) return [[role, `revoke ${held} from ${name}${before?.admin ? " cascade" : ""}`]];
    const losesAdmin = before?.admin === true && !after.admin;
    // Only CASCADE also revokes the memberships granted through the option. Before PostgreSQL 16 there are no other
    // options.
    const revoke = losesAdmin ? [`revoke admin option for ${held} from ${name} cascade`] : [];
    const options = after.admin ? " with admin option" : "";
    const newOptions = ` with admin ${after.admin}, inherit ${after.inherit}, set ${after.set}`;
    const isOld = after.set === undefined;
    const grant = isOld && losesAdmin ? [] : [`grant ${held} to ${name}${isOld ? options : newOptions}`];
    return [...revoke, ...grant].map((statement) => [role, statement] as const);
  });
}

/**
 * Grants of a membership that exceed the declaration and were made by other roles: a REVOKE by the deploying role does
 * not affect them.
 */
export function othersGrants(
  member: string,
  rows: readonly MembershipRow[],
  desired: Memberships,
  user: string,
): readonly PassedOn[] {
  return undeclaredBy(rows, desired)
    .filter(({ grantor }) => grantor !== user)
    .map(({ role, grantor }) => ({
      grantor,
      revoke: [
        `revoke ${quoteIdentifier(role)} from ${quoteIdentifier(member)} granted by ${quoteIdentifier(grantor)} cascade`,
      ],
    }));
}

/** The grants that exceed the declaration. */
export function undeclaredBy(rows: readonly MembershipRow[], desired: Memberships): readonly MembershipRow[] {
  return rows.filter((row) => {
    const wanted = ownEntry(desired, row.role);
    return (
      wanted === undefined ||
      (row.admin && !wanted.admin) ||
      (row.inherit === true && wanted.inherit === false) ||
      (row.set === true && wanted.set === false)
    );
  });
}

function listed(declared: DeclaredMemberships): readonly (readonly [string, z.output<typeof membershipArgs>])[] {
  return Array.isArray(declared)
    ? declared.map((role) => [role, membershipArgs.parse({})] as const)
    : Object.entries(declared);
}

function sorted(entries: readonly (readonly [string, Membership])[]): Memberships {
  return Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));
}
