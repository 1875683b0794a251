import type { Note } from "../kind.ts";
import type { PolicyDefinition } from "../policy/definition.ts";
import { ownEntry } from "../properties.ts";
import type { TableAccess } from "./kind.ts";

const commands = ["select", "insert", "update", "delete"] as const;
type Command = (typeof commands)[number];

/** The platform gives it BYPASSRLS: what it is granted, it may do with every row. */
const bypassingRole = "service_role";

/** What a role may do by one command: nothing, some rows (those its policies let through), or every row. */
type Reach =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "some";
      readonly conditions: string;
      readonly columns: string;
    }
  | { readonly kind: "every"; readonly columns: string };

/**
 * Who gains and who loses access by a change, from grants and policies together, for the reviewer of a preview. What a role has by being
 * a member of another one is not counted.
 */
export function describeImpact(before: TableAccess | undefined, after: TableAccess): Note[] {
  const roles = new Set([before, after].flatMap((access) => (access === undefined ? [] : rolesOf(access))));
  return [...roles].sort().flatMap((role) => {
    const notes = new Map<string, { readonly note: ImpactNote; readonly commands: Command[] }>();
    for (const command of commands) {
      const from: Reach = before === undefined ? { kind: "nothing" } : reach(before, role, command);
      const note = compare(from, reach(after, role, command), role);
      if (note === undefined) continue;
      const key = JSON.stringify(note);
      notes.set(key, { note, commands: [...(notes.get(key)?.commands ?? []), command] });
    }
    const name = role === "public" ? "everybody" : role;
    return [...notes.values()].map(({ note, commands: listed }) => ({
      severity: note.severity,
      message: `${name} ${note.verb} ${listed.join(", ")}: ${note.detail}`,
    }));
  });
}

interface ImpactNote {
  readonly severity: Note["severity"];
  readonly verb: "gains" | "loses" | "keeps";
  readonly detail: string;
}

/** Opening every row to somebody who is not the service role is worth a warning. */
function compare(from: Reach, to: Reach, role: string): ImpactNote | undefined {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  const isOpened = to.kind === "every" && from.kind !== "every" && role !== bypassingRole;
  const severity = isOpened ? "warning" : "info";
  if (to.kind === "nothing") return { severity, verb: "loses", detail: `was ${describe(from)}` };
  if (from.kind === "nothing") return { severity, verb: "gains", detail: describe(to) };
  const changed =
    describe(from) === describe(to)
      ? `${describe(to)}, with other conditions`
      : `${describe(to)} instead of ${describe(from)}`;
  return { severity, verb: "keeps", detail: changed };
}

function reach(access: TableAccess, role: string, command: Command): Reach {
  const columns = columnsHeld(access, role, command);
  if (columns === undefined) return { kind: "nothing" };
  if (!access.rowSecurity || role === bypassingRole) return { kind: "every", columns };
  const policies = Object.entries(access.policies).filter(
    ([, policy]) =>
      [role, "public"].some((name) => policy.roles.includes(name)) && [command, "all"].includes(policy.command),
  );
  const permissive = policies.filter(([, policy]) => policy.as === "permissive");
  if (permissive.length === 0) return { kind: "nothing" };
  const isOpen = permissive.some(([, policy]) => conditionOf(policy, command) === "true");
  if (isOpen && permissive.length === policies.length) return { kind: "every", columns };
  return {
    kind: "some",
    conditions: JSON.stringify(policies.map(([, { as, using, withCheck }]) => [as, using, withCheck]).sort()),
    columns,
  };
}

/** Which columns a role holds the privilege on: "" is all of them, undefined none. */
function columnsHeld({ grants }: TableAccess, role: string, command: Command): string | undefined {
  const held = [role, "public"].flatMap((name) =>
    [command, `${command} with grant option`].flatMap((key) => {
      const columns = ownEntry(grants, name)?.[key];
      return columns === undefined ? [] : [columns];
    }),
  );
  if (held.length === 0) return undefined;
  const listed = held.flatMap((columns) => (columns === true ? [true as const] : columns));
  return listed.includes(true) ? "" : [...new Set(listed)].sort().join(", ");
}

function conditionOf({ using, withCheck }: PolicyDefinition, command: Command): string | undefined {
  return command === "insert" ? (withCheck ?? using) : using;
}

function describe(reached: Reach): string {
  if (reached.kind === "nothing") return "nothing";
  const columns = reached.columns === "" ? "" : ` (columns ${reached.columns})`;
  return `${reached.kind === "every" ? "every row" : "the rows its policies let through"}${columns}`;
}

function rolesOf({ grants, policies }: TableAccess): string[] {
  return [...Object.keys(grants), ...Object.values(policies).flatMap((policy) => policy.roles)];
}
