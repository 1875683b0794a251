import { z } from "zod";
import type { Catalog, Server } from "../catalog/catalog.ts";
import { InputError, type Problem } from "../provider/errors.ts";
import { isPlatformSchema } from "./platform-schemas.ts";
import { formatPath, type Path, type Properties } from "./properties.ts";
import { formatName } from "./sql/names.ts";
import { nameProblem, quoteIdentifier } from "./sql/quote.ts";

/**
 * An owner may do everything with an object, past every grant and (unless forced) every policy, and a SECURITY DEFINER function has its
 * owner's rights: so an owner that changed is drift like any other.
 */
export const ownerInput = z
  .string()
  .optional()
  .describe("The role that owns it and may do everything with it. Default: the role that deploys.");

/** Who must own the object, in normal form. */
export function normaliseOwner(declared: string | undefined, server: Server): string {
  return declared ?? server.user;
}

/** What is wrong with the owner by itself, or beside grants to the same role, which mean nothing and would never be seen again. */
export function ownerProblems(owner: string, grantees: readonly string[], grants: readonly string[]): Problem[] {
  const problem = nameProblem(owner);
  const granted = grantees.filter((role) => role === owner);
  return [
    ...(problem === undefined ? [] : [{ path: ["owner"], message: problem }]),
    ...granted.map((role) => ({
      path: grants,
      message: `${role} is the owner and may do everything already; leave its grants out`,
    })),
  ];
}

/** @param object such as `table "public"."tasks"` */
export function planOwner(object: string, live: string, desired: string): string[] {
  return live === desired ? [] : [`alter ${object} owner to ${quoteIdentifier(desired)}`];
}

/**
 * Only its owner may change an object, and only to a role it may act as; PostgreSQL would say so half-way.
 * @throws {InputError} where the role that deploys may not
 */
export function refuseForeignOwner(
  id: string,
  live: { readonly owner: string } | undefined,
  desired: { readonly owner: string },
  { user, actsAs }: Server,
): void {
  if (live !== undefined && !actsAs.includes(live.owner)) {
    throw new InputError(
      `owner: ${id} belongs to ${live.owner}, and only that role may change it. Have ${live.owner} give it to ${user} ("alter … owner to ${user}"), or connect as a role that may act as ${live.owner}`,
    );
  }
  if (!actsAs.includes(desired.owner)) {
    throw new InputError(
      `owner: ${user} may not act as ${desired.owner}, so it can't make ${desired.owner} the owner of ${id}. Leave owner out, or run "grant ${formatName(desired.owner)} to ${formatName(user)}" first, if there is such a role`,
    );
  }
}

/**
 * A table that a resource needs the rights of the owner on, without owning it. The platform's own are left to its extension.
 * @throws {InputError} where the role that deploys has not those rights
 */
export function refuseForeignTable(table: string, path: Path, { tables, server }: Catalog): void {
  const found = tables.get(table);
  if (found === undefined || isPlatformSchema(found.schema) || server.actsAs.includes(found.owner)) return;
  throw new InputError(`${formatPath(path)}: ${foreignTable(table, found.owner, server)}`);
}

export function foreignTable(table: string, owner: string, { user }: Server): string {
  return `${table} belongs to ${owner}, and only its owner may do this. Have ${owner} give it to ${user} ("alter table ${table} owner to ${user}"), or connect as a role that may act as ${owner}`;
}

/** The part of a normal form that this file is about. */
export type Owned = Properties & { readonly owner: string };
