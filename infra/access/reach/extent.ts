import { conditionsFor, policyOf } from "../../desired/policy-definition.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { Reachable, Relation } from "./reachable.ts";
import { type Held, Rights } from "./rights.ts";

export const rowCommands = ["select", "insert", "update", "delete"] as const;
export type RowCommand = (typeof rowCommands)[number];

/** Commands that no policy is asked about. */
export const tableCommands = ["truncate", "references", "trigger", "maintain"] as const;
export type TableCommand = (typeof tableCommands)[number];

/** A policy that a command asks, with its conditions on the rows that are there and on those that are written. */
export interface AskedPolicy {
  readonly name: string;
  readonly permissive: boolean;
  readonly conditions: readonly string[];
}

/** How far a command goes. */
export type Extent =
  | { readonly rows: "none" }
  /** The rows that these policies let through. */
  | { readonly rows: "some"; readonly policies: readonly AskedPolicy[]; readonly columns: Held }
  | {
      readonly rows: "every";
      readonly columns: Held;
      readonly because: WhyEveryRow;
      /** What is asked about the rows as an update writes them, although it may change every row. */
      readonly checks?: readonly AskedPolicy[];
    };

/** Why every row is reached. */
export type WhyEveryRow =
  | { readonly is: "superuser" | "bypass" | "owner" | "no row-level security" | "not row-level" }
  | { readonly is: "policy"; readonly policy: string };

const none: Extent = { rows: "none" };

/** What a role reaches of a table by one command under the table's own name; of a view, what the view lets it do. */
export function extentOf(relation: Relation, command: RowCommand, rights: Rights): Extent {
  if (!rights.enters(relation.schema)) return none;
  return extentByRights(relation, command, rights);
}

/** The same where the name has been resolved before, as within a view. */
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
  // A row that is updated may be let through by one policy as it is, and by another as it becomes.
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

/** The policies that a command of a role asks, where row-level security holds it. */
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

/** What is reached of a table by another name: a view's, a parent table's. */
export interface TableBehind {
  /** The table whose rows are reached. */
  readonly table: string;
  readonly extent: Extent;
  /** Whose rights count there. */
  readonly as: string;
}

/**
 * The tables whose rows a view shows or lets be changed, and how far each is reached. The rights of the view's owner count, or for a `security_invoker` view
 * those of the reader. Chains of views are followed to their end.
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
    // A `security_invoker` view checks the rights of the reader, also inside another view. A materialised view holds what its owner could read.
    const reader = current.isInvoker && current.kind === "v" ? role : current.owner;
    const rights = new Rights(reader, reachable);
    for (const name of current.reads) {
      const id = formatQualified(name);
      const target = reachable.relations.get(id);
      if (target === undefined || path.has(id)) continue;
      const extent = extentByRights(target, command, rights);
      // Whichever columns are selected from the view, every column that the view names must be readable.
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
