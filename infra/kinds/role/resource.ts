import type * as pulumi from "@pulumi/pulumi";
import type { ArgOf, ArgsOf } from "../../program/args.ts";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import type { Made } from "../../program/needs.ts";
import type { membershipArgs, roleArgs } from "./args.ts";
import { isShared } from "./shared-roles.ts";

/**
 * How a role is a member of another one.
 * @example
 * const mayBecome: MembershipArgs = { inherit: false, set: true };
 * @see https://www.postgresql.org/docs/current/sql-grant.html (GRANT on roles)
 */
export type MembershipArgs = ArgOf<typeof membershipArgs>;

/**
 * The arguments of a `Role`.
 * @example
 * const reporting: RoleArgs = { memberOf: ["pg_read_all_data"], settings: { statement_timeout: "30s" } };
 */
export interface RoleArgs extends ArgsOf<typeof roleArgs, "name"> {}

/**
 * A role with its attributes, its memberships and the settings of its sessions. Everything in the program that names
 * it, such as grants and policies, is created after it.
 *
 * A password is never declared, read or changed. Set it once, with psql's `\password`; until then the role can't log in
 * with one.
 *
 * For the roles that the platform creates (`anon`, `authenticated`, `service_role`, `authenticator`, `postgres`), only
 * `memberOf` and `settings` can be declared; whatever is left out stays as it is.
 *
 * Deleting the resource drops the role if the stack created it, but never what it owns: that is an error, which says
 * what the role owns and what to do. A role from before the stack, or of the platform, stays; its declared memberships
 * are revoked.
 *
 * Errors at preview: properties that the deploying role may not set; a setting or role that does not exist; the
 * platform's own roles, and superusers.
 *
 * @example
 * const analyst = new Role("analyst", { login: true, memberOf: ["pg_read_all_data"], connectionLimit: 5, settings: { statement_timeout: "60s" } });
 * @example
 * new Role("editor");
 * new Role("authenticator", { memberOf: { anon: {}, authenticated: {}, service_role: {}, editor: { inherit: false } } }); // requests may act as it
 * @see https://www.postgresql.org/docs/current/sql-createrole.html
 */
export class Role extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: RoleArgs = {}, options?: pulumi.CustomResourceOptions) {
    const given = { ...args, name: args.name ?? name };
    super({
      kind: "Role",
      name,
      args: given,
      options,
      describe: (known) => ({ makes: madeBy(known(given.name)) }),
    });
  }
}

/** Nothing waits for a role of the platform's, which is there already. */
function madeBy(name: string | undefined): Made | undefined {
  return name !== undefined && isShared(name) ? { identity: ["role", name] } : named("role", name);
}
