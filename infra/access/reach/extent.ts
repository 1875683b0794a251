import { conditionsFor, policyOf } from "../../desired/policy-definition.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { Reachable, Relation } from "./reachable.ts";
import { type Held, Rights } from "./rights.ts";

export const rowCommands = ["select", "insert", "update", "delete"] as const;
export type RowCommand = (typeof rowCommands)[number];

/** Commands that no policy applies to. */
export const tableCommands = ["truncate", "references", "trigger", "maintain"] as const;

/** A policy that applies to a command, with its conditions on existing rows and on written rows. */
export interface AskedPolicy {
  readonly name: string;
  readonly permissive: boolean;
  readonly conditions: readonly string[];
}

/** How much of a relation a command reaches. */
export type Extent =
  | { readonly rows: "none" }
  /** The rows that these policies allow. */
  | { readonly rows: "some"; readonly policies: readonly AskedPolicy[]; readonly columns: Held }
  | {
      readonly rows: "every";
      readonly columns: Held;
      readonly because: WhyEveryRow;
      /** The policies that apply to the rows as an update writes them, although it may change every row. */
      readonly checks?: readonly AskedPolicy[];
    };

/** Why every row is reached. */
type WhyEveryRow =
  | { readonly is: "superuser" | "bypass" | "owner" | "no row-level security" | "not row-level" }
  | { readonly is: "policy"; readonly policy: string };

const none: Extent = { rows: "none" };

/** What a role reaches of a table by one command on the table itself; for a view, what the view allows. */
export function extentOf(relation: Relation, command: RowCommand, rights: Rights): Extent {
  if (!rights.enters(relation.schema)) return none;
  return extentByRights(relation, command, rights);
}

/** The same without USAGE on the schema, because the name has been resolved already, as within a view. */
function extentByRights(relation: Relation, command: RowCommand, rights: Rights): Extent {
  const columns = rights.holds(relation, command);
  if (columns === undefined) return none;
  const { kind } = relation;
  if (kind === "v" || kind === "m" || kind === "f" || kind === "S") {
    if (kind !== "f" && command !== "select" && !relation.writes.includes(command)) return none;
    return { rows: "every", columns, because: { is: "not row-level" } };
  }
  return extentOfTable(relation, command, rights, columns);
}

/** @see https://www.postgresql.org/docs/current/ddl-rowsecurity.html */
function extentOfTable(relation: Relation, command: RowCommand, rights: Rights, columns: Held): Extent {
  const every = (because: WhyEveryRow, checks?: readonly AskedPolicy[]): Extent => ({
    ...{ rows: "every", columns, because },
    ...(checks === undefined ? {} : { checks }),
  });
  if (rights.isSuperuser) return every({ is: "superuser" });
  if (!relation.rowSecurity) return every({ is: "no row-level security" });
  if (rights.bypassesRowSecurity) return every({ is: "bypass" });
  if (rights.owns(relation.owner) && !relation.forceRowSecurity) return every({ is: "owner" });
  const policies = policiesAsked(relation, command, rights);
  const opening = policies.filter(({ permissive, conditions }) => permissive && !conditions.every(isFalse));
  const narrowing = policies.filter(({ permissive, conditions }) => !permissive && !conditions.every(isTrue));
  // For an updated row, one policy may allow the row before the update, and another one the row after it.
  const parts = command === "update" ? [0, 1] : [0];
  const isClosed = (part: number) =>
    opening.every(({ conditions }) => isFalse(conditions[part])) ||
    narrowing.some(({ conditions }) => isFalse(conditions[part]));
  if (parts.some(isClosed)) return none;
  const isOpen = (part: number) => narrowing.length === 0 && opening.some(({ conditions }) => isTrue(conditions[part]));
  const asked = [...opening, ...narrowing];
  if (!isOpen(0)) return { rows: "some", columns, policies: asked };
  const open = opening.filter(({ conditions: [existing] }) => isTrue(existing));
  const widest = open.find(({ conditions }) => conditions.every(isTrue)) ?? open[0];
  return every({ is: "policy", policy: widest?.name ?? "" }, parts.every(isOpen) ? undefined : asked);
}

/** The policies that apply to a role's command, if row-level security does. */
export function policiesAsked({ policies }: Relation, command: RowCommand, rights: Rights): readonly AskedPolicy[] {
  return policies
    .filter((policy) => policy.command === command || policy.command === "all")
    .filter((policy) => policy.roles.some((role) => rights.roles.has(role)))
    .map((policy) => ({
      name: policy.name,
      permissive: policy.permissive,
      conditions: conditionsFor(policyOf(policy), command),
    }));
}

function isFalse(condition: string | undefined): boolean {
  return condition === "false";
}

function isTrue(condition: string | undefined): boolean {
  return condition === "true";
}

/** A table that is reached through another relation: a view, or a parent table. */
export interface TableBehind {
  /** The table that is reached. */
  readonly table: string;
  readonly extent: Extent;
  /** The role whose rights count there. */
  readonly as: string;
}

/**
 * The tables whose rows a view shows or makes changeable, and how much of each is reached. The rights of the view's
 * owner count or, for a `security_invoker` view, the caller's. Views on views are followed to the end.
 * @see https://www.postgresql.org/docs/current/rules-privileges.html
 */
export function tablesBehind(
  view: Relation,
  role: string,
  reachable: Reachable,
  command: RowCommand = "select",
): readonly TableBehind[] {
  const found = new Map<string, TableBehind>();
  const visit = (current: Relation, path: ReadonlySet<string>) => {
    // A `security_invoker` view checks the caller's rights, also inside another view. A materialised view contains what
    // its owner could read.
    const reader = current.isInvoker && current.kind === "v" ? role : current.owner;
    const rights = new Rights(reader, reachable);
    for (const name of current.reads) {
      const id = formatQualified(name);
      const target = reachable.relations.get(id);
      if (target === undefined || path.has(id)) continue;
      const extent = extentByRights(target, command, rights);
      // Every column that the view names must be readable, whichever columns are selected from the view.
      if (extent.rows === "none") continue;
      if (command === "select" && !holdsAll(extent.columns, name.columns)) continue;
      if (target.kind === "v" || target.kind === "m") visit(target, new Set([...path, id]));
      else found.set(`${id} ${reader}`, { table: id, extent, as: reader });
    }
  };
  visit(view, new Set([formatQualified(view)]));
  return [...found.values()];
}

function holdsAll(held: Held, columns: readonly string[]): boolean {
  return held === true || columns.every((column) => held.includes(column));
}
