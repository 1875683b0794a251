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
import { contradictionsOf } from "../pending/contradictions.ts";
import { attempt } from "./attempt.ts";

/**
 * The declared tables that a command's migrations would open, according to their scripts. A command commits by itself,
 * so these tables are closed while it runs: a restrictive policy overrides every policy and grant that it creates. If
 * it disables row-level security, all grants are revoked before.
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
    const opened = declarations.flatMap((declaration) => {
      const table = operation.kindNamed(declaration.kind)?.tableOf?.(declaration.inputs);
      if (table === undefined || !tables.has(table)) return [];
      return contradictionsOf(effects, declaration, operation).some(({ opens }) => opens) ? [table] : [];
    });
    this.#tables = [...new Set(opened)].sort();
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

  /**
   * Drops the policy. The grants are restored together with the declaration. For a table that was dropped or renamed,
   * there is nothing to do.
   */
  async reopen(session: Session): Promise<void> {
    for (const id of this.#tables) {
      await attempt(session, id, () => reopenTable(session, id));
    }
  }
}

/** The tables that are closed now. If no deployment is running, a killed one has left them closed. */
export function closedTables({ tables }: Catalog): readonly string[] {
  return [...tables].filter(([, { policies }]) => policies.some((policy) => policy.name === name)).map(([id]) => id);
}

export async function reopenTable(session: Session, id: string): Promise<void> {
  await session.run(scriptOf([dropPolicyIfThere(parseQualified(id), name)], [parseQualified(id)]));
}

export function describeClosedTable(id: string): string {
  return `${id} lets nothing through, since an update that was interrupted left the policy ${formatName(name)} there`;
}

const name = "palisade: closed while migrations are applied";

const closed: PolicyDefinition = {
  command: "all",
  roles: ["public"],
  as: "restrictive",
  using: "false",
  withCheck: "false",
};
