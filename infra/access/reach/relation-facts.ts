import { formatQualified } from "../../sql/quote.ts";
import {
  type AskedPolicy,
  type Extent,
  extentOf,
  type RowCommand,
  rowCommands,
  type TableBehind,
  tableCommands,
  tablesBehind,
} from "./extent.ts";
import { askedBy, everyFile, type ReachCommand, type ReachFact, type ReachWay } from "./fact.ts";
import { fileFacts } from "./file-facts.ts";
import { kindOf, type Reachable, type Relation } from "./reachable.ts";
import type { Rights } from "./rights.ts";

/** What a role reaches of one table, view or sequence. */
export function relationFacts(relation: Relation, rights: Rights, reachable: Reachable): readonly ReachFact[] {
  if (!rights.enters(relation.schema)) return [];
  const way = wayOf(relation.owner, rights);
  const base = { role: rights.role, object: { kind: kindOf(relation), id: formatQualified(relation) } };
  const beside = [...ownFacts(base, relation.owner, rights), ...grantFacts(base, relation, rights)];
  if (relation.kind === "S") {
    const held = (["usage", "select", "update"] as const).filter((name) => rights.holds(relation, name) !== undefined);
    return [...held.map((command) => ({ ...base, command, way })), ...beside];
  }
  const isView = relation.kind === "v" || relation.kind === "m";
  const onRows = rowCommands.flatMap((command): readonly ReachFact[] => {
    const extent = extentOf(relation, command, rights);
    if (extent.rows === "none") return [];
    const tables = isView ? tablesBehind(relation, rights.role, reachable, command) : [];
    if (tables.length === 0 && isRefusedBelow(relation, command)) return [];
    const through = tables.length === 0 ? {} : { as: asOf(relation, rights), through: tables.flatMap(reachedTable) };
    const columns = extent.columns === true ? {} : { columns: extent.columns };
    const shared = { ...base, command, ...columns, way: wayOfExtent(extent) ?? way, ...through };
    if (base.object.id === everyFile.id && extent.rows === "some") return fileFacts(shared, extent.policies);
    return [{ ...shared, rows: extent.rows, ...askedBy(policiesOf(extent)) }];
  });
  const beyond = tableCommands.flatMap((command): readonly ReachFact[] => {
    const held = rights.holds(relation, command);
    return held === undefined ? [] : [{ ...base, command, ...(held === true ? {} : { columns: held }), way }];
  });
  return [...onRows, ...beyond, ...beside];
}

/**
 * If nothing under a view may be reached, the server refuses the command as a whole. An INSTEAD OF trigger may still
 * write with its owner's rights.
 */
function isRefusedBelow({ kind, isInvoker, reads }: Relation, command: RowCommand): boolean {
  return kind === "v" && reads.length > 0 && (command === "select" || isInvoker);
}

type Base = Pick<ReachFact, "role" | "object">;

export function ownFacts(base: Base, owner: string, rights: Rights): readonly ReachFact[] {
  if (!rights.owns(owner)) return [];
  return [{ ...base, command: "own", way: wayOf(owner, rights) }];
}

/** The privileges that a role can grant on a relation without owning it. */
export function grantFacts(
  base: Base,
  { owner, privileges }: Pick<Relation, "owner" | "privileges">,
  rights: Rights,
): readonly ReachFact[] {
  if (rights.owns(owner)) return [];
  const held = privileges.filter(({ role, isGrantable }) => isGrantable && rights.roles.has(role));
  return [...new Set(held.map(({ privilege }) => privilege))].sort().map((privilege) => {
    const columns = held.flatMap((each) => (each.privilege === privilege ? [each.column] : []));
    const isWhole = columns.includes(undefined);
    const named = isWhole ? {} : { columns: [...new Set(columns as string[])].sort() };
    return { ...base, command: "grant", privilege: privilege as ReachCommand, ...named, way: "privilege" };
  });
}

export function wayOf(owner: string, rights: Rights): ReachWay {
  if (rights.isSuperuser) return "superuser";
  return rights.owns(owner) ? "ownership" : "privilege";
}

function policiesOf(extent: Extent): readonly AskedPolicy[] {
  if (extent.rows === "some") return extent.policies;
  return extent.rows === "every" ? (extent.checks ?? []) : [];
}

function reachedTable({
  table,
  extent,
}: TableBehind): readonly { readonly table: string; readonly rows: "every" | "some" }[] {
  return extent.rows === "none" ? [] : [{ table, rows: extent.rows }];
}

function asOf({ isInvoker, kind, owner }: Relation, { role }: Rights): string {
  return isInvoker && kind === "v" ? role : owner;
}

function wayOfExtent(extent: Extent): ReachWay | undefined {
  return extent.rows === "every" && extent.because.is === "bypass" ? "bypass" : undefined;
}
