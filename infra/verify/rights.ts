import type { Reachable } from "../access/reach/reachable.ts";
import { Rights } from "../access/reach/rights.ts";

/** What the API's roles may do by their privileges alone. */
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

  /** The columns on which a role holds a privilege; none where it can't even name the table. */
  columns(role: string, table: string, privilege: string): true | readonly string[] {
    const relation = this.reachable.relations.get(table);
    if (relation === undefined || !this.of(role).enters(relation.schema)) return [];
    return this.of(role).holds(relation, privilege) ?? [];
  }
}
