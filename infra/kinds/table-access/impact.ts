import { actsAsOwner, type Roles, rightsOf } from "../../access/roles.ts";
import { conditionsFor } from "../../desired/policy-definition.ts";
import type { Note } from "../../lifecycle/kind.ts";
import { ownEntry } from "../../values/properties.ts";
import { abilitiesBetween } from "./impact-beyond-rows.ts";
import type { TableAccess } from "./kind.ts";

const commands = ["select", "insert", "update", "delete"] as const;
type Command = (typeof commands)[number];

/** What a role may do by one command: nothing, some rows (those its policies let through), or every row. */
type Reach =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "some";
      readonly conditions: string;
      readonly columns: string;
    }
  | {
      readonly kind: "every";
      /** Of the rows that an update writes, where not every one is let through. */
      readonly conditions: string;
      readonly columns: string;
    };

/**
 * Who gains and who loses access by a change, for the reviewer of a preview: from ownership, grants and policies together, a role's own
 * and those of roles whose rights it has. Roles are named that the table names; who is a member of them has what they have.
 */
export function describeImpact(before: TableAccess, after: TableAccess, roles: Roles): Note[] {
  const names = new Set([before, after].flatMap(rolesOf));
  return [...names].sort().flatMap((role) => {
    const notes = new Map<string, { readonly note: ImpactNote; readonly commands: Command[] }>();
    const bypasses = roles.get(role)?.bypasses ?? false;
    for (const command of commands) {
      const note = compare(reach(before, role, command, roles), reach(after, role, command, roles), bypasses);
      if (note === undefined) continue;
      const key = JSON.stringify(note);
      notes.set(key, { note, commands: [...(notes.get(key)?.commands ?? []), command] });
    }
    const name = role === "public" ? "everybody" : role;
    const onRows = [...notes.values()].map(({ note, commands: listed }) => ({
      severity: note.severity,
      message: `${name} ${note.verb} ${listed.join(", ")}: ${note.detail}`,
    }));
    const { lost, gained } = abilitiesBetween(role, before, after, roles);
    const beyondRows = [
      ...gained.map((ability) => ({ ability, verb: "gains", isWarned: ability.passesPolicies && !bypasses })),
      ...lost.map((ability) => ({ ability, verb: "loses", isWarned: false })),
    ].map(({ ability, verb, isWarned }): Note => {
      const message = `${name} ${verb} ${ability.name}: ${ability.detail}`;
      return { severity: isWarned ? "warning" : "info", message };
    });
    return [...onRows, ...beyondRows, ...describeFinding(role, name, before, after, roles)];
  });
}

/**
 * Where rows can be changed, but none be selected: a WHERE or RETURNING that reads a column asks the policies for select as well, and
 * finds nothing; without the privilege it is refused.
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html (policies applied by command type)
 */
function describeFinding(role: string, name: string, before: TableAccess, after: TableAccess, roles: Roles): Note[] {
  // What everybody lacks, a role may have.
  if (role === "public") return [];
  const [from, to] = [findingIn(before, role, roles), findingIn(after, role, roles)];
  const blind = ({ changeable, canSelect }: Finding) => (canSelect ? [] : changeable);
  const lost = blind(to).filter((command) => !blind(from).includes(command) || from.isGranted !== to.isGranted);
  const gained = blind(from).filter((command) => to.canSelect && to.changeable.includes(command));
  const outcome = to.isGranted ? "reaches no row by" : "is refused";
  return [
    ...(lost.length === 0 ? [] : [`${name} ${outcome} ${lost.join(", ")} where columns are read: select is missing`]),
    ...(gained.length === 0
      ? []
      : [`${name} reaches rows by ${gained.join(", ")} where columns are read: select is there now`]),
  ].map((message) => ({ severity: "info", message }));
}

interface Finding {
  readonly changeable: readonly Command[];
  readonly canSelect: boolean;
  readonly isGranted: boolean;
}

function findingIn(access: TableAccess, role: string, roles: Roles): Finding {
  const reaches = (command: Command) => reach(access, role, command, roles).kind !== "nothing";
  return {
    changeable: (["update", "delete"] as const).filter(reaches),
    canSelect: reaches("select"),
    isGranted:
      actsAsOwner(role, access.owner, roles) || columnsHeld(access, rightsOf(role, roles), "select") !== undefined,
  };
}

interface ImpactNote {
  readonly severity: Note["severity"];
  readonly verb: "gains" | "loses" | "keeps";
  readonly detail: string;
}

/** Opening every row is worth a warning, except to a role that is there for that. */
function compare(from: Reach, to: Reach, bypasses: boolean): ImpactNote | undefined {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  const isOpened = to.kind === "every" && from.kind !== "every" && !bypasses;
  const severity = isOpened ? "warning" : "info";
  if (to.kind === "nothing") return { severity, verb: "loses", detail: `was ${describe(from)}` };
  if (from.kind === "nothing") return { severity, verb: "gains", detail: describe(to) };
  const changed =
    describe(from) === describe(to)
      ? `${describe(to)}, with other conditions`
      : `${describe(to)} instead of ${describe(from)}`;
  return { severity, verb: "keeps", detail: changed };
}

function reach(access: TableAccess, role: string, command: Command, roles: Roles): Reach {
  const rights = rightsOf(role, roles);
  const isOwner = actsAsOwner(role, access.owner, roles);
  const columns = isOwner ? "" : columnsHeld(access, rights, command);
  if (columns === undefined) return { kind: "nothing" };
  const isAsked = access.rowSecurity && roles.get(role)?.bypasses !== true && (!isOwner || access.forceRowSecurity);
  if (!isAsked) return { kind: "every", conditions: "", columns };
  const policies = Object.values(access.policies)
    .filter((policy) => policy.roles.some((name) => rights.has(name)) && [command, "all"].includes(policy.command))
    .map((policy) => ({ as: policy.as, conditions: conditionsFor(policy, command) }));
  const opening = policies.filter(({ as, conditions }) => as === "permissive" && !conditions.includes("false"));
  const narrowing = policies.filter(({ as, conditions }) => as === "restrictive" && !conditions.every(isTrue));
  if (opening.length === 0) return { kind: "nothing" };
  const open = narrowing.length > 0 ? [] : opening.filter(({ conditions: [existing = ""] }) => isTrue(existing));
  if (open.some(({ conditions }) => conditions.every(isTrue))) return { kind: "every", conditions: "", columns };
  const texts = [...opening, ...narrowing].map((policy) => JSON.stringify(policy));
  const conditions = [...new Set(texts)].sort().join();
  return { kind: open.length > 0 ? "every" : "some", conditions, columns };
}

function isTrue(condition: string): boolean {
  return condition === "true";
}

/** Which columns a role holds the privilege on: "" is all of them, undefined none. */
function columnsHeld({ grants }: TableAccess, rights: ReadonlySet<string>, command: Command): string | undefined {
  const held = [...rights].flatMap((name) =>
    [command, `${command} with grant option`].flatMap((key) => {
      const columns = ownEntry(grants, name)?.[key];
      return columns === undefined ? [] : [columns];
    }),
  );
  if (held.length === 0) return undefined;
  const listed = held.flatMap((columns) => (columns === true ? [true as const] : columns));
  return listed.includes(true) ? "" : [...new Set(listed)].sort().join(", ");
}

function describe(reached: Reach): string {
  if (reached.kind === "nothing") return "nothing";
  const columns = reached.columns === "" ? "" : ` (columns ${reached.columns})`;
  return `${reached.kind === "every" ? "every row" : "the rows its policies let through"}${columns}`;
}

function rolesOf({ owner, grants, policies }: TableAccess): string[] {
  return [owner, ...Object.keys(grants), ...Object.values(policies).flatMap((policy) => policy.roles)];
}
