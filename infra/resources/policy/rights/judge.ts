import type { Command } from "../../sql/references.ts";
import type { Need } from "../../sql/rights-probe.ts";
import type { PolicyDefinition } from "../definition.ts";
import type { World } from "../recursion/world.ts";
import { conditionsAsked } from "../recursion/world.ts";
import type { Condition } from "./conditions.ts";
import { holds, type Missing, missingRights } from "./missing.ts";

/** A condition that a role is asked who lacks a right that it needs. */
export interface Unanswerable extends Condition {
  readonly role: string;
  readonly commands: readonly Command[];
  readonly missing: Missing;
}

/** Only who gets at the table at all, and is asked by its policies: not who may not even begin, nor who bypasses them. */
export function judge(world: World, condition: Condition, needs: readonly Need[]): readonly Unanswerable[] {
  if (needs.length === 0) return [];
  const policy = world.table(condition.table)?.policies[condition.policy];
  if (policy === undefined) return [];
  return rolesAsked(world, condition.table, policy).flatMap((role) => {
    const commands = commandsAsking(world, condition, role);
    if (commands.length === 0) return [];
    return missingRights(world, role, needs, condition.table).map((missing) => ({
      ...condition,
      role,
      commands,
      missing,
    }));
  });
}

/** Whether any role is asked it. */
export function isAsked(world: World, condition: Condition): boolean {
  const policy = world.table(condition.table)?.policies[condition.policy];
  if (policy === undefined) return false;
  return rolesAsked(world, condition.table, policy).some((role) => commandsAsking(world, condition, role).length > 0);
}

/** The roles that the policy names and those that the table is granted to, as far as the policy is for them. */
function rolesAsked(world: World, name: string, policy: PolicyDefinition): readonly string[] {
  const table = world.table(name);
  if (table?.rowSecurity !== true) return [];
  const candidates = [...policy.roles, ...Object.keys(table.grants)];
  return [...new Set(candidates)].sort().filter((role) => {
    const isOwner = role !== "public" && world.hasRightsOf(role, table.owner);
    return holds(world, role, policy.roles) && !world.bypasses(role) && (table.forceRowSecurity || !isOwner);
  });
}

/** The commands that a role may begin and by which it is asked this condition. */
function commandsAsking(world: World, { table: name, policy, property }: Condition, role: string): readonly Command[] {
  const table = world.table(name);
  if (table === undefined) return [];
  const { policies, grants, owner } = table;
  return (["select", "insert", "update", "delete"] as const).filter((command) => {
    const mayBegin =
      holds(world, role, [owner]) ||
      Object.entries(grants).some(
        ([grantee, privileges]) =>
          holds(world, role, [grantee]) &&
          (privileges[command] !== undefined || privileges[`${command} with grant option`] !== undefined),
      );
    // The policies for select are asked by other commands too, but only by those that read.
    const isOwn = [command, "all"].includes(policies[policy]?.command ?? "");
    return (
      mayBegin &&
      isOwn &&
      conditionsAsked(policies, command, ({ roles }) => holds(world, role, roles)).some(
        (asked) => asked.policy === policy && asked.property === property,
      )
    );
  });
}
