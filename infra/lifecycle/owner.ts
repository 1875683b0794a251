import { type Roles, rightsOf } from "../access/roles.ts";
import type { Catalog, Server } from "../catalog/catalog.ts";
import { InputError, type Problem } from "../errors/errors.ts";
import { formatName } from "../sql/names.ts";
import { isPlatformSchema } from "../sql/platform-schemas.ts";
import { nameProblem, quoteIdentifier } from "../sql/quote.ts";
import type { Path, Properties } from "../values/properties.ts";
import type { Operation } from "./operation.ts";

/**
 * The object's required owner, in normal form. An owner may do everything with an object, regardless of grants and
 * (unless forced) policies, and a SECURITY DEFINER function has its owner's rights. So a changed owner is drift like
 * any other.
 */
export function normaliseOwner(declared: string | undefined, server: Server): string {
  return declared ?? server.user;
}

/** Problems of the owner by itself, and of grants to the same role, which have no effect and would not be read back. */
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

interface Ownership {
  readonly id: string;
  readonly live: { readonly owner: string } | undefined;
  readonly desired: { readonly owner: string };
  readonly operation: Operation;
  readonly report: (message: string, severity?: "info" | "warning") => void;
  /**
   * Where the new owner has to be allowed to create objects. For a schema, PostgreSQL requires that of the role that
   * changes its owner (`creator`).
   */
  readonly home: { readonly schema: string } | "database" | "creator";
}

/**
 * Only its owner may alter an object, and may give it only to a role that it can SET ROLE to and that could create such
 * an object itself. PostgreSQL would report that only half-way through.
 * @throws {InputError} if the deploying role lacks these rights
 * @see https://www.postgresql.org/docs/current/sql-altertable.html (to alter the owner …)
 */
export async function refuseForeignOwner({ id, live, desired, operation, report, home }: Ownership): Promise<void> {
  const { user, actsAs, isSuperuser } = (await operation.snapshot()).server;
  if (live !== undefined && !actsAs.includes(live.owner)) {
    throw new InputError({
      path: ["owner"],
      message: `${id} belongs to ${live.owner}, and only that role may change it. Have ${live.owner} give it to ${user} ("alter … owner to ${user}"), or connect as a role that may act as ${live.owner}`,
    });
  }
  const { owner } = desired;
  if (isSuperuser || owner === (live?.owner ?? user)) return;
  const { roles } = await operation.liveSchema();
  if (!actsAs.includes(owner) || roles.get(owner)?.mayBecome === false) {
    throw new InputError({
      path: ["owner"],
      message: `${user} may not act as ${owner}, so it can't make ${owner} the owner of ${id}. ${adviceOn(owner, user, roles)}`,
    });
  }
  const lack = await lackOf(owner, user, home, operation, roles);
  if (lack === undefined) return;
  const message = `${lack.role} may not create in ${lack.place}, and PostgreSQL lets only a role that may own ${id} ("permission denied for ${lack.place}"). Leave owner out, or ${lack.advice}`;
  const pending = operation.pending.untried;
  if (pending.length === 0) throw new InputError({ path: ["owner"], message });
  report(`owner: ${message}, unless the pending migrations ${pending.join(", ")} do`, "warning");
}

function adviceOn(owner: string, user: string, roles: Roles): string {
  const leaveOut = "Leave owner out, or";
  if (isSelf(owner)) return `${leaveOut} write the name of the role itself, such as ${user}`;
  if (roles.has(owner)) return `${leaveOut} run "grant ${formatName(owner)} to ${formatName(user)}" first`;
  const alike = [...roles.keys()].filter((name) => name.toLowerCase() === owner.toLowerCase());
  const instead = alike.length === 0 ? "" : `; perhaps you meant ${alike.join(" or ")}`;
  return `There is no such role${instead}. ${leaveOut} have the role made first, with "grant ${formatName(owner)} to ${formatName(user)}"`;
}

/** Keywords that GRANT resolves to the current role. */
function isSelf(name: string): boolean {
  return ["current_user", "current_role", "session_user"].includes(name.toLowerCase());
}

/**
 * Why the new owner can't own the object; undefined if it can. For a schema, its declaration takes precedence over the
 * live one.
 */
async function lackOf(owner: string, user: string, home: Ownership["home"], operation: Operation, roles: Roles) {
  if (home === "database" || home === "creator") {
    const role = home === "database" ? owner : user;
    if (roles.get(role)?.mayCreateInDatabase !== false) return undefined;
    const place = "the database";
    return { role, place, advice: `run "grant create on database … to ${formatName(role)}" first` };
  }
  const { schemas } = await operation.snapshot();
  const schema = operation.declarations.access.schemas.get(home.schema) ?? schemas.get(home.schema);
  const rights = rightsOf(owner, roles);
  if (schema === undefined || roles.get(owner)?.isSuperuser || rights.has(schema.owner)) return undefined;
  const mayCreate = Object.entries(schema.grants).some(
    ([role, privileges]) => rights.has(role) && privileges.some((privilege) => privilege.startsWith("create")),
  );
  if (mayCreate) return undefined;
  const grant = `run "grant create on schema ${formatName(home.schema)} to ${formatName(owner)}" first`;
  const declare = `, or declare it: new Schema(${JSON.stringify(home.schema)}, { grants: { ${JSON.stringify(owner)}: ["create"] } })`;
  return { role: owner, place: `schema ${home.schema}`, advice: grant + declare };
}

/**
 * Refuses a table that a resource would need the owner's rights on. The platform's own tables are exempt: its extension
 * handles them.
 * @throws {InputError} if the deploying role lacks those rights
 */
export function refuseForeignTable(table: string, path: Path, { tables, server }: Catalog): void {
  const found = tables.get(table);
  if (found === undefined || isPlatformSchema(found.schema) || server.actsAs.includes(found.owner)) return;
  throw new InputError({ path, message: foreignTable(table, found.owner, server) });
}

export function foreignTable(table: string, owner: string, { user }: Server): string {
  return `${table} belongs to ${owner}, and only its owner may do this. Have ${owner} give it to ${user} ("alter table ${table} owner to ${user}"), or connect as a role that may act as ${owner}`;
}

/** The part of a normal form that this file handles. */
export type Owned = Properties & { readonly owner: string };
