import { select } from "../../catalog/part.ts";
import { readCatalog } from "../../catalog/read.ts";
import { tables } from "../../catalog/tables.ts";
import type { Session } from "../../database/database.ts";
import { scriptOf } from "../../database/platform-locks.ts";
import { closedPolicy, type PolicyDefinition, planPolicy, policyOf } from "../../desired/policy-definition.ts";
import { InputError } from "../../errors/errors.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { lockObject } from "../../lifecycle/object-lock.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { isOfStack, policyResources, wholeTableResources } from "../../lifecycle/policy-resources.ts";
import { formatName } from "../../sql/names.ts";
import { formatQualified, parseQualified, type QualifiedName } from "../../sql/quote.ts";
import { findDependentPolicies } from "../pending/dependents.ts";
import type { SchemaChanges } from "../scripts/schema-changes.ts";
import { attempt } from "./attempt.ts";

interface PolicyName {
  readonly table: QualifiedName;
  readonly name: string;
}

/** A policy that was in a migration's way and is closed for now: it lets nothing through. */
export interface SuspendedPolicy extends PolicyName {
  readonly before: PolicyDefinition;
  readonly closed: PolicyDefinition;
}

/**
 * Suspends policies in a migration's way: PostgreSQL refuses to drop or retype what a policy uses. Before the script each of them is closed:
 * its condition becomes `false`, so that it uses nothing and lets nothing through, whether it is permissive or restrictive. Afterwards it
 * gets its declared or its former condition.
 */
export class PolicySuspension {
  readonly #operation: Operation;
  /** @throws {InputError} if somebody changed the object since the preview */
  readonly #refuseChanged: (kind: Kind, id: string) => void;

  constructor(operation: Operation, refuseChanged: (kind: Kind, id: string) => void) {
    this.#operation = operation;
    this.#refuseChanged = refuseChanged;
  }

  /**
   * Refuses policies that no resource would reopen, before anything is closed. For work that can't be rolled back
   * together with the closing.
   * @throws {InputError} naming the first such policy
   */
  async refuseOrphans(session: Session, changes: SchemaChanges): Promise<void> {
    for (const policy of await findDependentPolicies(session, changes.losses)) {
      if (!this.#isOwned(policy)) throw refusal(policy);
    }
  }

  /** @returns all policies that are closed now, including those that were closed before */
  async close(
    session: Session,
    changes: SchemaChanges,
    waiting: readonly SuspendedPolicy[],
  ): Promise<readonly SuspendedPolicy[]> {
    const found = await findDependentPolicies(session, changes.losses);
    if (found.length === 0) return waiting;
    const policyTables = new Map(found.map(({ table }) => [formatQualified(table), table]));
    for (const [, table] of [...policyTables].sort(([left], [right]) => (left < right ? -1 : 1))) {
      for (const { kind, id } of wholeTableResources(this.#operation, table)) {
        await session.run(lockObject(kind, id));
        this.#refuseChanged(kind, id);
      }
    }
    const catalog = await readCatalog(session, [select(tables, [...policyTables.values()])]);
    const closed = new Map(waiting.map((policy) => [keyOf(policy), policy]));
    for (const { table, name } of found) {
      const row = catalog.tables.get(formatQualified(table))?.policies.find((policy) => policy.name === name);
      if (row === undefined || closed.has(keyOf({ table, name }))) continue;
      const before = policyOf(row);
      const policy = { table, name, before, closed: closedPolicy(before) };
      await session.run(scriptOf(planPolicy(table, name, before, policy.closed), [table]));
      closed.set(keyOf(policy), policy);
    }
    return [...closed.values()];
  }

  /**
   * Gives policies their former conditions back, if those are still valid.
   * @returns those that stay closed until their resources are updated
   * @throws {InputError} if no resource declares one of these
   */
  async reopen(session: Session, policies: readonly SuspendedPolicy[]): Promise<readonly SuspendedPolicy[]> {
    const waiting: SuspendedPolicy[] = [];
    for (const policy of policies) {
      const catalog = await readCatalog(session, [select(tables, [policy.table])]);
      const live = catalog.tables.get(formatQualified(policy.table))?.policies.some(({ name }) => name === policy.name);
      // The script itself dropped the policy or its table.
      if (live !== true || (await restore(session, policy))) continue;
      if (!this.#isOwned(policy)) throw refusal(policy);
      waiting.push(policy);
    }
    return waiting;
  }

  /** Restores the former conditions after a migration that did not run. Nothing is refused. */
  async giveBack(session: Session, policies: readonly SuspendedPolicy[]): Promise<readonly SuspendedPolicy[]> {
    const waiting: SuspendedPolicy[] = [];
    for (const policy of policies) if (!(await restore(session, policy))) waiting.push(policy);
    return waiting;
  }

  /** Whether a resource of the stack declares the policy. */
  #isOwned(policy: PolicyName): boolean {
    return isOfStack(policyResources(this.#operation, policy), this.#operation);
  }
}

/** The policies, by the names that their tables have afterwards. */
export function afterRenames(policies: readonly SuspendedPolicy[], changes: SchemaChanges): readonly SuspendedPolicy[] {
  return policies.map((policy) => {
    const id = formatQualified(policy.table);
    const renamed = [...changes.tables].find(([, { origin }]) => origin === id);
    return renamed === undefined ? policy : { ...policy, table: parseQualified(renamed[0]) };
  });
}

export function describePolicy({ table, name }: PolicyName): string {
  return `the policy ${formatName(name)} on ${formatQualified(table)}`;
}

async function restore(session: Session, { table, name, before, closed }: SuspendedPolicy): Promise<boolean> {
  const statements = scriptOf(planPolicy(table, name, closed, before), [table]);
  return await attempt(session, formatQualified(table), () => session.run(statements), "every error");
}

function refusal(policy: PolicyName): InputError {
  return new InputError(
    `${describePolicy(policy)} uses what this migration takes away, and no resource of the stack says what becomes of it. ` +
      "Declare the policy or its table in the stack, or drop the policy in the migration itself",
  );
}

function keyOf({ table, name }: PolicyName): string {
  return `${formatQualified(table)}/${name}`;
}
