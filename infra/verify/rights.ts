import type { Reachable } from "../access/reach/reachable.ts";
import { Rights } from "../access/reach/rights.ts";

/** What privileges alone allow the API's roles to do. */
export class ReachableRights {
  readonly reachable: Reachable;
  readonly #rights = new Map<string, Rights>();

  constructor(reachable: Reachable) {
    this.reachable = reachable;
  }

  of(role: string): Rights {
    const known = this.#rights.get(role) ?? new Rights(role, this.reachable);
    this.#rights.set(role, known);
    return known;
  }

  /** The columns on which a role holds a privilege; none if it has no USAGE on the schema. True: all columns. */
  columns(role: string, table: string, privilege: string): true | readonly string[] {
    const relation = this.reachable.relations.get(table);
    if (relation === undefined || !this.of(role).enters(relation.schema)) return [];
    return this.of(role).holds(relation, privilege) ?? [];
  }
}
