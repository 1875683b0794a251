import type { Effect } from "../../access/effects/effect.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { Session } from "../../database/database.ts";
import { scriptOf } from "../../database/platform-locks.ts";
import type { Declaration } from "../../desired/declarations.ts";
import { grantsOf, planGrants, planPassedOnGrants } from "../../desired/grants.ts";
import { dropPolicyIfThere, type PolicyDefinition, planPolicy } from "../../desired/policy-definition.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { formatName } from "../../sql/names.ts";
import { parseQualified } from "../../sql/quote.ts";
import type { Properties } from "../../values/properties.ts";
import { contradictionsOf } from "../pending/contradictions.ts";
import { attempt } from "./attempt.ts";

/**
 * Declared tables that a command's migrations open by what their scripts say. A command commits by itself, so these let nothing through
 * while it runs: a restrictive policy stands before whatever it creates or grants, and where it switches row-level security off, nobody
 * has a grant.
 */
export class ClosedTables {
  readonly #tables: readonly string[];
  readonly #unprotected: readonly string[];

  constructor(
    effects: readonly Effect[],
    declarations: readonly Declaration[],
    operation: Operation,
    { tables }: Catalog,
  ) {
    const opened = declarations.filter(
      (declaration) =>
        tables.has(tableOf(declaration)) &&
        contradictionsOf(effects, declaration, operation).some(({ opens }) => opens),
    );
    this.#tables = [...new Set(opened.map(tableOf))].sort();
    this.#unprotected = this.#tables.filter((table) =>
      effects.some(
        (effect) =>
          effect.does === "sets" &&
          effect.flag === "rowSecurity" &&
          "id" in effect.target &&
          effect.target.id === table,
      ),
    );
  }

  get isEmpty(): boolean {
    return this.#tables.length === 0;
  }

  async close(session: Session, { tables }: Catalog): Promise<void> {
    for (const id of this.#tables) {
      const table = parseQualified(id);
      const live = tables.get(id);
      const revoked =
        live !== undefined && this.#unprotected.includes(id)
          ? [...planPassedOnGrants(live, {}).flatMap(({ revoke }) => revoke), ...planGrants(table, grantsOf(live), {})]
          : [];
      const statements = [dropPolicyIfThere(table, name), ...planPolicy(table, name, undefined, closed), ...revoked];
      await session.run(scriptOf(statements, [table]));
    }
  }

  /** Takes the policy away; grants come back with what is declared. A table that is gone, or has another name, has none left that is ours. */
  async reopen(session: Session): Promise<void> {
    for (const id of this.#tables) {
      await attempt(session, id, () => reopenTable(session, id));
    }
  }
}

/** Tables that are closed now: outside a deployment, those that one which was killed left so. */
export function closedTables({ tables }: Catalog): readonly string[] {
  return [...tables].filter(([, { policies }]) => policies.some((policy) => policy.name === name)).map(([id]) => id);
}

export async function reopenTable(session: Session, id: string): Promise<void> {
  await session.run(scriptOf([dropPolicyIfThere(parseQualified(id), name)], [parseQualified(id)]));
}

export function describeClosedTable(id: string): string {
  return `${id} lets nothing through, since an update that was interrupted left the policy ${formatName(name)} there`;
}

/** The table that a resource is about; empty where it is about something else. */
export function tableOf({ inputs, kind }: Pick<Declaration, "inputs" | "kind">): string {
  return tableKinds.has(kind) ? String((inputs as Properties).table) : "";
}

const tableKinds = new Set(["TableAccess", "Policy", "ExclusivePolicies"]);

const name = "palisade: closed while migrations are applied";

const closed: PolicyDefinition = {
  command: "all",
  roles: ["public"],
  as: "restrictive",
  using: "false",
  withCheck: "false",
};
