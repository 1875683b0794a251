import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import type { Command } from "../../sql/references.ts";
import { conditionsAsked } from "../recursion/asked-conditions.ts";
import type { DesiredSchema } from "../recursion/desired-schema.ts";
import type { Condition } from "./conditions.ts";
import { holds, type Missing, missingRights } from "./missing.ts";
import type { Need } from "./rights-question.ts";

/** A condition that applies to a role which lacks a privilege that the condition needs. */
export interface Unanswerable extends Condition {
  readonly role: string;
  readonly commands: readonly Command[];
  readonly missing: Missing;
}

/**
 * The roles that can query the table and are subject to its policies, but lack a privilege. Roles that can't query it
 * at all, or that bypass its policies, are left out.
 */
export function judge(desired: DesiredSchema, condition: Condition, needs: readonly Need[]): readonly Unanswerable[] {
  if (needs.length === 0) return [];
  const policy = desired.table(condition.table)?.policies[condition.policy];
  if (policy === undefined) return [];
  return rolesAsked(desired, condition.table, policy).flatMap((role) => {
    const commands = commandsAsking(desired, condition, role);
    if (commands.length === 0) return [];
    return missingRights(desired, role, needs, condition.table).map((missing) => ({
      ...condition,
      role,
      commands,
      missing,
    }));
  });
}

/** Whether the condition applies to any role. */
export function isAsked(desired: DesiredSchema, condition: Condition): boolean {
  const policy = desired.table(condition.table)?.policies[condition.policy];
  if (policy === undefined) return false;
  return rolesAsked(desired, condition.table, policy).some(
    (role) => commandsAsking(desired, condition, role).length > 0,
  );
}

/** The roles with a grant on the table that the policy applies to, and the roles that the policy names. */
function rolesAsked(desired: DesiredSchema, name: string, policy: PolicyDefinition): readonly string[] {
  const table = desired.table(name);
  if (table?.rowSecurity !== true) return [];
  const candidates = [...policy.roles, ...Object.keys(table.grants)];
  return [...new Set(candidates)].sort().filter((role) => {
    const isOwner = role !== "public" && desired.hasRightsOf(role, table.owner);
    return holds(desired, role, policy.roles) && !desired.bypasses(role) && (table.forceRowSecurity || !isOwner);
  });
}

/** The commands that a role has the privilege for and that evaluate this condition. */
function commandsAsking(
  desired: DesiredSchema,
  { table: name, policy, property }: Condition,
  role: string,
): readonly Command[] {
  const table = desired.table(name);
  if (table === undefined) return [];
  const { policies, grants, owner } = table;
  return (["select", "insert", "update", "delete"] as const).filter((command) => {
    const mayBegin =
      holds(desired, role, [owner]) ||
      Object.entries(grants).some(
        ([grantee, privileges]) =>
          holds(desired, role, [grantee]) &&
          (privileges[command] !== undefined || privileges[`${command} with grant option`] !== undefined),
      );
    // Policies for SELECT also apply to other commands, but only if those read.
    const isOwn = [command, "all"].includes(policies[policy]?.command ?? "");
    return (
      mayBegin &&
      isOwn &&
      conditionsAsked(policies, command, ({ roles }) => holds(desired, role, roles)).some(
        (asked) => asked.policy === policy && asked.property === property,
      )
    );
  });
}
