import type { PassedOnGrant } from "../catalog/grants.ts";

export interface PassedOn {
  readonly grantor: string;
  readonly revoke: readonly string[];
}

/**
 * What takes grants away that were passed on: everybody on the way from the owner to them loses the grant option, with all that hangs on it.
 * @param all every grant of the object that was passed on
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

/** Who made the grant, and who gave them the right to. */
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
