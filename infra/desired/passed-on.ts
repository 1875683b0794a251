import type { PassedOnGrant } from "../catalog/grants.ts";

export interface PassedOn {
  readonly grantor: string;
  readonly revoke: readonly string[];
}

/**
 * Statements that revoke grants which were passed on: every role between the owner and these grants loses the grant
 * option, with everything that depends on it.
 * @param all all grants on the object that were passed on
 * @see https://www.postgresql.org/docs/current/sql-revoke.html (CASCADE)
 */
export function planPassedOn(
  undeclared: readonly PassedOnGrant[],
  all: readonly PassedOnGrant[],
  revokeFrom: (grantor: string, grant: PassedOnGrant) => readonly string[],
): readonly PassedOn[] {
  const statements = new Set<string>();
  return undeclared.map((grant) => {
    const revoke = grantorsOf(grant, all)
      .flatMap((grantor) => revokeFrom(grantor, grant))
      .filter((statement) => !statements.has(statement));
    for (const statement of revoke) statements.add(statement);
    return { grantor: grant.grantor, revoke };
  });
}

/** The grantor of a grant, and the grantors of its own grant option. */
function grantorsOf({ grantor, privilege, column }: PassedOnGrant, all: readonly PassedOnGrant[]): readonly string[] {
  const found = new Set([grantor]);
  for (const each of found) {
    for (const other of all) {
      const isSource = other.grantable && other.privilege === privilege && other.column === column;
      if (isSource && other.role === each) found.add(other.grantor);
    }
  }
  return [...found];
}
