import { formatQualified } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";
import { closePrivileges, closeRelation } from "./close.ts";
import {
  type Extent,
  extentOf,
  type RowCommand,
  rowCommands,
  type TableBehind,
  tableCommands,
  tablesBehind,
} from "./extent.ts";
import type { Finding, ReachedObject, Severity } from "./finding.ts";
import type { Privilege, Reachable, Relation } from "./reachable.ts";
import type { Rights } from "./rights.ts";

/** A role's access to a relation that no resource declares. Undefined: none. */
export function findRelation(relation: Relation, rights: Rights, reachable: Reachable): Finding | undefined {
  if (!rights.enters(relation.schema)) return undefined;
  switch (relation.kind) {
    case "r":
    case "p":
    case "f":
      return findTable(relation, rights);
    case "v":
    case "m":
      return findView(relation, rights, reachable);
    case "S":
      return findSequence(relation, rights);
  }
}

/**
 * The initial privileges of an extension's relation are what its author intended, so only later grants are reported.
 */
export function findExtensionRelation(relation: Relation, rights: Rights, reachable: Reachable): Finding | undefined {
  const { initialPrivileges = [] } = relation;
  const isInitial = (one: Privilege) =>
    initialPrivileges.some(
      ({ role, privilege, column }) =>
        (role === one.role || role === "public") &&
        privilege === one.privilege &&
        (column === undefined || column === one.column),
    );
  const granted = relation.privileges.filter((each) => each.role !== relation.owner && !isInitial(each));
  if (granted.length === 0) return undefined;
  const finding = findRelation({ ...relation, privileges: granted }, rights, reachable);
  return finding && { ...finding, remedy: closePrivileges(relation, granted, rights) };
}

/**
 * The platform creates its tables closed, so one is reported only if somebody has opened it by other means than a
 * policy. Policies are reported separately.
 */
export function findPlatformTable(relation: Relation, rights: Rights): Finding | undefined {
  const isOpen = rowCommands.some((command) => {
    const extent = extentOf(relation, command, rights);
    return extent.rows === "every" && extent.because.is !== "policy";
  });
  return isOpen ? findTable(relation, rights) : undefined;
}

/**
 * Rows of a child table that a role reaches through the parent's name and policies, but not through the child's own:
 * the child's policies don't apply then. Partitions are left out because they are meant to be reached through their
 * parent.
 * @see https://www.postgresql.org/docs/current/ddl-inherit.html
 */
export function findInheritance(child: Relation, rights: Rights, { relations }: Reachable): readonly Finding[] {
  return child.parents.flatMap((name): Finding[] => {
    const parent = relations.get(formatQualified(name));
    if (parent?.kind !== "r") return [];
    const wider = (["select", "update", "delete"] as const).filter((command) => {
      const [from, to] = [extentOf(child, command, rights).rows, extentOf(parent, command, rights).rows];
      return to !== "none" && (from === "none" || (from === "some" && to === "every"));
    });
    if (wider.length === 0) return [];
    const [id, parentId] = [formatQualified(child), formatQualified(parent)];
    return [
      {
        ...placeOf(child),
        roles: [rights.role],
        object: { kind: "inheritance", id: `${id} of ${parentId}` },
        severity: wider.length > 1 || wider[0] !== "select" ? "writes every row" : "reads every row",
        text: `may ${listWords(wider)} rows of ${id} through ${parentId}, whose child it is, by the policies of ${parentId}. No resource declares inheritance`,
        remedy: [],
        advice: "end it by ALTER TABLE … NO INHERIT, or make an exception",
      },
    ];
  });
}

/**
 * What a role can write elsewhere through the rules of a table that it may write to: they run with the rights of the
 * table's owner.
 */
export function findRules(relation: Relation, rights: Rights): Finding | undefined {
  const { reads, owner } = relation;
  if (!relation.hasRules || reads.length === 0 || !rights.enters(relation.schema)) return undefined;
  const writes = (["insert", "update", "delete"] as const).filter((name) => rights.holds(relation, name) !== undefined);
  if (writes.length === 0) return undefined;
  const id = formatQualified(relation);
  return {
    ...placeOf(relation),
    roles: [rights.role],
    object: { kind: "rules", id },
    severity: "acts for others",
    text: `reaches ${reads.map(formatQualified).join(", ")} by ${listWords(writes)} on ${id}, through a rule with the rights of ${owner}. No resource declares rules`,
    remedy: [],
    advice: "drop the rule, or make an exception",
  };
}

function findTable(relation: Relation, rights: Rights): Finding | undefined {
  const id = formatQualified(relation);
  const extents = rowCommands.map((command) => [command, extentOf(relation, command, rights)] as const);
  const beyond = tableCommands.filter((command) => rights.holds(relation, command) !== undefined);
  const every = extents.filter(([, extent]) => extent.rows === "every");
  const some = extents.filter(([, extent]) => extent.rows === "some");
  const isForeign = relation.kind === "f";
  const object: ReachedObject = { kind: isForeign ? "foreign table" : "table", id };
  const truncates = beyond.includes("truncate");
  const texts: string[] = [];
  if (every.length > 0 || truncates) {
    const commands = [...every.map(([command]) => command), ...(truncates ? ["truncate" as const] : [])];
    texts.push(`may ${listWords(commands)} every row of ${id}${columnsIn(every)}: ${whyEvery(every, relation)}`);
  }
  if (some.length > 0) {
    const policies = [
      ...new Set(some.flatMap(([, extent]) => (extent.rows === "some" ? extent.policies.map(({ name }) => name) : []))),
    ];
    texts.push(
      `may ${listWords(some.map(([command]) => command))} the rows of ${id} that its policies let through (${policies.join(", ")})`,
    );
  }
  if (texts.length === 0 && beyond.length > 0) texts.push(`may use ${listWords(beyond)} on ${id}`);
  if (texts.length === 0) return undefined;
  const text = `${texts.join("; ")}. No resource declares the ${object.kind}`;
  const severity = severityOf(every, some, truncates);
  return {
    ...placeOf(relation),
    roles: [rights.role],
    object,
    severity,
    text,
    remedy: closeRelation(relation, rights.role),
  };
}

function placeOf({ schema, owner }: Relation): Pick<Finding, "schema" | "owner"> {
  return { schema, owner };
}

type Reached = readonly (readonly [RowCommand, Extent])[];

function severityOf(every: Reached, some: Reached, truncates: boolean): Severity {
  if (truncates || every.some(([command]) => command !== "select")) return "writes every row";
  if (every.length > 0) return "reads every row";
  return some.length > 0 ? "reads some rows" : "little";
}

function whyEvery(every: Reached, { owner, kind }: Relation): string {
  if (kind === "f") return "a foreign table has no policies";
  const [first] = every.flatMap(([, extent]) => (extent.rows === "every" ? [extent.because] : []));
  switch (first?.is) {
    case undefined:
      return "row-level security does not apply to truncate";
    case "policy":
      return `the policy ${first.policy} lets every row through`;
    case "owner":
      return `it has the rights of ${owner}, who owns it`;
    case "superuser":
      return "it is a superuser";
    case "bypass":
      return "it has BYPASSRLS";
    default:
      return "row-level security is off";
  }
}

function columnsIn(every: Reached): string {
  const columns = every.flatMap(([, extent]) =>
    extent.rows === "every" && extent.columns !== true ? extent.columns : [],
  );
  return columns.length === 0 ? "" : ` (columns ${[...new Set(columns)].join(", ")})`;
}

function findView(view: Relation, rights: Rights, reachable: Reachable): Finding | undefined {
  const id = formatQualified(view);
  const reads = rights.holds(view, "select") !== undefined;
  const writes = view.writes.filter((command) => rights.holds(view, command) !== undefined);
  // Such a view only shows what the caller may read anyway.
  if (view.kind === "v" && view.isInvoker) return undefined;
  if (!reads && writes.length === 0) return undefined;
  const tables = tablesBehind(view, rights.role, reachable);
  const isWide = tables.some(({ extent }) => extent.rows === "every");
  const kind = view.kind === "m" ? "materialised view" : "view";
  const commands = [...(reads ? (["select"] as const) : []), ...writes];
  const severity = isWide ? (writes.length > 0 ? "writes every row" : "reads every row") : "reads some rows";
  const text = `may ${listWords(commands)} through the ${kind} ${id} ${describeTablesBehind(tables, view)}. No resource declares it`;
  return {
    ...placeOf(view),
    roles: [rights.role],
    object: { kind, id },
    severity,
    text,
    remedy: closeRelation(view, rights.role),
  };
}

function describeTablesBehind(tables: readonly TableBehind[], { owner, kind }: Relation): string {
  if (tables.length === 0) return `with the rights of ${owner}`;
  const every = tables.filter(({ extent }) => extent.rows === "every").map(({ table }) => table);
  const some = tables.filter(({ extent }) => extent.rows === "some").map(({ table }) => table);
  const parts = [
    ...(every.length === 0 ? [] : [`every row of ${every.join(", ")}`]),
    ...(some.length === 0 ? [] : [`rows of ${some.join(", ")}`]),
  ];
  const whose = kind === "m" ? `as ${owner} saw them` : `with the rights of ${owner}`;
  return `${parts.join(" and ")}, ${whose} and not by the policies of whoever asks`;
}

function findSequence(sequence: Relation, rights: Rights): Finding | undefined {
  const held = (["usage", "select", "update"] as const).filter((name) => rights.holds(sequence, name) !== undefined);
  if (held.length === 0) return undefined;
  const id = formatQualified(sequence);
  return {
    ...placeOf(sequence),
    roles: [rights.role],
    object: { kind: "sequence", id },
    severity: "little",
    text: `may use the sequence ${id} (${held.join(", ")}). No resource declares it`,
    remedy: closeRelation(sequence, rights.role),
  };
}
