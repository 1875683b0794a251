import { rightsOf } from "../roles.ts";
import type { Privilege, Reachable } from "./reachable.ts";

/** What a privilege is held on: the whole object, or these columns. */
export type Held = true | readonly string[];

/**
 * What one role may do by its own and inherited privileges, without SET ROLE, as in a request.
 * @see https://www.postgresql.org/docs/current/role-membership.html
 */
export class Rights {
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  /** The role itself, those whose rights it inherits, and `public`. */
  readonly roles: ReadonlySet<string>;
  readonly #reachable: Reachable;

  constructor(role: string, reachable: Reachable) {
    this.role = role;
    this.#reachable = reachable;
    this.roles = rightsOf(role, reachable.roles);
    // Attributes are not inherited through memberships.
    this.isSuperuser = reachable.roles.get(role)?.isSuperuser ?? false;
    this.bypassesRowSecurity = reachable.roles.get(role)?.bypassesRowSecurity ?? false;
  }

  /** Whether the role has the owner's rights. */
  owns(owner: string): boolean {
    return this.isSuperuser || this.roles.has(owner);
  }

  /** Undefined: the privilege is not held. */
  holds(
    { owner, privileges }: { readonly owner: string; readonly privileges: readonly Privilege[] },
    privilege: string,
  ): Held | undefined {
    if (this.owns(owner) || this.#holdsEverywhere(privilege)) return true;
    const held = privileges.filter((each) => each.privilege === privilege && this.roles.has(each.role));
    if (held.length === 0) return undefined;
    const columns = held.flatMap(({ column }) => column ?? []);
    return columns.length < held.length ? true : [...new Set(columns)].sort();
  }

  /** Whether it has USAGE on the schema. */
  enters(schema: string): boolean {
    const found = this.#reachable.schemas.get(schema);
    if (this.isSuperuser || this.roles.has("pg_read_all_data") || this.roles.has("pg_write_all_data")) return true;
    return found === undefined || this.holds(found, "usage") !== undefined;
  }

  /** @see https://www.postgresql.org/docs/current/predefined-roles.html */
  #holdsEverywhere(privilege: string): boolean {
    if (privilege === "select") return this.roles.has("pg_read_all_data");
    if (privilege === "maintain") return this.roles.has("pg_maintain");
    return ["insert", "update", "delete"].includes(privilege) && this.roles.has("pg_write_all_data");
  }
}
