import type { QualifiedName } from "../../sql/quote.ts";
import { isSame, type Outline, type Outlines } from "./outlines.ts";
import type { PlannedValue } from "./planned-row.ts";

/** A row with its references. */
export interface Linked {
  readonly outline: Outline;
  /** The columns that reference other rows. */
  readonly references: Map<string, PlannedValue>;
  /** The references that are set once the other row exists. */
  readonly later: Map<string, PlannedValue>;
}

interface Order {
  /** The rows' numbers, each after those that it references. */
  readonly order: readonly number[];
  /** Deferrable foreign keys whose rows are inserted before the referenced ones. */
  readonly deferred: readonly QualifiedName[];
  /** Columns of later rows whose values earlier rows need to know. */
  readonly known: readonly { readonly row: number; readonly column: string }[];
}

/**
 * Orders rows after those that they reference. To break a circle, a nullable column is set later, or a foreign key is
 * deferred.
 */
export function orderRows(rows: readonly Linked[], linksOf: Outlines["linksOf"]): Order {
  const early = new Set<string>();
  const deferred: QualifiedName[] = [];
  const known: { row: number; column: string }[] = [];
  for (;;) {
    const { order, circle } = walk(rows, early);
    if (circle === undefined) return { order, deferred, known };
    const edge = breakCircle(circle, rows, linksOf, deferred, known) ?? circle[0];
    // If neither is possible, the server will refuse whichever row comes first.
    if (edge !== undefined) early.add(edgeName(edge));
  }
}

interface Edge {
  readonly from: number;
  readonly to: number;
}

function edgeName({ from, to }: Edge): string {
  return `${from} ${to}`;
}

/** Depth first, until it finds a circle. */
function walk(
  rows: readonly Linked[],
  early: ReadonlySet<string>,
): { readonly order: readonly number[]; readonly circle?: readonly Edge[] } {
  const order: number[] = [];
  const done = new Set<number>();
  const path: number[] = [];
  const visit = (row: number): readonly Edge[] | undefined => {
    if (done.has(row)) return undefined;
    const place = path.indexOf(row);
    if (place >= 0) {
      const circle = path.slice(place);
      return circle.map((from, index) => ({ from, to: circle[index + 1] ?? row }));
    }
    path.push(row);
    for (const to of targetsOf(rows[row])) {
      const circle = to === row || early.has(edgeName({ from: row, to })) ? undefined : visit(to);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(row);
    order.push(row);
    return undefined;
  };
  for (const row of rows.keys()) {
    const circle = visit(row);
    if (circle !== undefined) return { order, circle };
  }
  return { order };
}

function targetsOf(linked: Linked | undefined): ReadonlySet<number> {
  const values = [...(linked?.outline.given.values() ?? []), ...(linked?.references.values() ?? [])];
  return new Set(
    values.flatMap((value) => (value !== null && typeof value === "object" && "row" in value ? [value.row] : [])),
  );
}

/** The columns of a row that reference another row. */
function columnsTo({ references }: Linked, row: number): readonly string[] {
  return [...references].flatMap(([name, value]) =>
    value !== null && typeof value === "object" && "row" in value && value.row === row ? [name] : [],
  );
}

/** Removes the first edge of a circle that can be removed, preferably one with nullable columns only. */
function breakCircle(
  circle: readonly Edge[],
  rows: readonly Linked[],
  linksOf: Outlines["linksOf"],
  deferred: QualifiedName[],
  known: { row: number; column: string }[],
): Edge | undefined {
  const edges = circle.map((edge) => ({ edge, ...partsOf(edge, rows, linksOf) }));
  const found = edges.find(({ keys, isOpen }) => keys.length === 0 && isOpen) ?? edges.find(({ isOpen }) => isOpen);
  const linked = found && rows[found.edge.from];
  if (found === undefined || linked === undefined) return undefined;
  for (const column of found.optional) {
    linked.later.set(column, linked.references.get(column) ?? null);
    linked.references.set(column, null);
  }
  for (const { name, toColumns } of found.keys) {
    deferred.push({ schema: linked.outline.table.schema, name });
    known.push(...toColumns.map((column) => ({ row: found.edge.to, column })));
  }
  return found.edge;
}

/**
 * The nullable columns that reference one row from another, and the deferrable foreign keys of the remaining columns.
 */
function partsOf({ from, to }: Edge, rows: readonly Linked[], linksOf: Outlines["linksOf"]) {
  const linked = rows[from];
  const target = rows[to]?.outline.table;
  if (linked === undefined || target === undefined) return { optional: [], keys: [], isOpen: false };
  const { table } = linked.outline;
  const columns = columnsTo(linked, to);
  const optional = columns.filter((column) => table.columns.some(({ name, notNull }) => name === column && !notNull));
  const required = columns.filter((column) => !optional.includes(column));
  const keys = linksOf(table).filter(
    (one) => one.isDeferrable && isSame(one.to, target) && required.some((column) => one.columns.includes(column)),
  );
  const isOpen = columns.length > 0 && required.every((column) => keys.some((one) => one.columns.includes(column)));
  return { optional, keys: required.length === 0 ? [] : keys, isOpen };
}
