import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import type { Command } from "../../sql/references.ts";
import { conditionsAsked } from "../recursion/asked-conditions.ts";
import type { DesiredSchema } from "../recursion/desired-schema.ts";
import type { Condition } from "./conditions.ts";
import { holds, type Missing, missingRights } from "./missing.ts";
import type { Need } from "./rights-question.ts";

/** A condition that a role is asked who lacks a right that it needs. */
export interface Unanswerable extends Condition {
  readonly role: string;
  readonly commands: readonly Command[];
  readonly missing: Missing;
}

/** Only who gets at the table at all, and is asked by its policies: not who may not even begin, nor who bypasses them. */
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

/** Whether any role is asked it. */
export function isAsked(desired: DesiredSchema, condition: Condition): boolean {
  const policy = desired.table(condition.table)?.policies[condition.policy];
  if (policy === undefined) return false;
  return rolesAsked(desired, condition.table, policy).some(
    (role) => commandsAsking(desired, condition, role).length > 0,
  );
}

/** The roles that the policy names and those that the table is granted to, as far as the policy is for them. */
function rolesAsked(desired: DesiredSchema, name: string, policy: PolicyDefinition): readonly string[] {
  const table = desired.table(name);
  if (table?.rowSecurity !== true) return [];
  const candidates = [...policy.roles, ...Object.keys(table.grants)];
  return [...new Set(candidates)].sort().filter((role) => {
    const isOwner = role !== "public" && desired.hasRightsOf(role, table.owner);
    return holds(desired, role, policy.roles) && !desired.bypasses(role) && (table.forceRowSecurity || !isOwner);
  });
}

/** The commands that a role may begin and by which it is asked this condition. */
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
    // The policies for select are asked by other commands too, but only by those that read.
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
