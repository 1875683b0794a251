import type { Claim } from "../../desired/claims.ts";
import type { Problem } from "../../errors/errors.ts";
import { nameProblem, parseQualified, quoteIdentifier, quoteQualified } from "../../sql/quote.ts";
import { isEqual, ownEntry } from "../../values/properties.ts";
import type { PublicationRow } from "./catalog.ts";
import type { Member, Publication } from "./kind.ts";

/** What identifies a row in updates and deletes. @see https://www.postgresql.org/docs/current/sql-altertable.html (REPLICA IDENTITY) */
export type ReplicaIdentity = "default" | "full" | "nothing" | { readonly index: string };

type Tables = Publication["tables"];

/** PostgreSQL does not keep a dropped index as replica identity; nothing identifies the rows then. */
export function readIdentity({ replicaIdentity, identityIndex }: PublicationRow["tables"][number]): ReplicaIdentity {
  if (replicaIdentity !== "index") return replicaIdentity;
  return identityIndex === undefined ? "nothing" : { index: identityIndex };
}

export function identityProblems(table: string, { replicaIdentity }: Member): Problem[] {
  const message = typeof replicaIdentity === "object" ? nameProblem(replicaIdentity.index) : undefined;
  return message === undefined ? [] : [{ path: ["tables", table, "replicaIdentity"], message }];
}

/** Two publications may include the same table, but only one of them may set its replica identity. */
export function claimIdentities(tables: Tables): readonly Claim[] {
  return Object.entries(tables).flatMap(([table, { replicaIdentity }]) =>
    replicaIdentity === undefined
      ? []
      : [{ on: `replica identity ${table}`, description: `the replica identity of ${table}` }],
  );
}

/**
 * The live tables with only the declared replica identities; for an import, with those that differ from the default.
 */
export function relateIdentities(live: Tables, declared: Tables | undefined): Tables {
  const entries = Object.entries(live).map(([table, { replicaIdentity, ...member }]) => {
    const isTold =
      declared === undefined ? replicaIdentity !== "default" : ownEntry(declared, table)?.replicaIdentity !== undefined;
    return [table, isTold && replicaIdentity !== undefined ? { ...member, replicaIdentity } : member] as const;
  });
  return Object.fromEntries(entries) as Tables;
}

export function planIdentities(live: Tables, desired: Tables): readonly string[] {
  return Object.entries(desired).flatMap(([table, { replicaIdentity }]) => {
    const isSame = isEqual(ownEntry(live, table)?.replicaIdentity, replicaIdentity);
    if (replicaIdentity === undefined || isSame) return [];
    const words =
      typeof replicaIdentity === "object" ? `using index ${quoteIdentifier(replicaIdentity.index)}` : replicaIdentity;
    return [`alter table ${quoteQualified(parseQualified(table))} replica identity ${words}`];
  });
}

export function withoutIdentity(member: Member | undefined): Member | undefined {
  if (member === undefined) return undefined;
  const { replicaIdentity: _, ...rest } = member;
  return rest as Member;
}
