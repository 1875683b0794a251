import { formatQualified, type QualifiedName, quoteIdentifier, quoteQualified } from "../../sql/quote.ts";
import { isSame, type Outline, type Outlines } from "./outlines.ts";
import type { PlannedValue } from "./planned-row.ts";
import type { RowRequest } from "./row-request.ts";
import type { ForeignKeyFacts } from "./schema-facts.ts";

/** A row to reference, null, or a row that exists already. */
type Choice = Outline | "null" | "existing";

/** The most candidate rows of a table that are examined. */
const mostChoices = 12;

/**
 * Chooses the rows that a row references: rows of its own tenant, the same row along each path to a table, and no row
 * that another one references already if that has to be unique.
 */
export class References {
  readonly #outlines: Outlines;
  readonly #tenantTable: RowRequest["tenantTable"];
  readonly #complete: readonly QualifiedName[];
  readonly #chosen = new Map<Outline, Map<string, PlannedValue>>();
  readonly #used = new Set<string>();
  readonly #rowsOf = new Map<string, Outline[]>();
  /** For a row that was added: the row that needed it. */
  readonly #neededBy = new Map<Outline, Outline>();

  constructor(outlines: Outlines, { tenantTable, complete = [] }: Pick<RowRequest, "tenantTable" | "complete">) {
    this.#complete = complete;
    this.#outlines = outlines;
    this.#tenantTable = tenantTable;
    for (const outline of outlines.outlines) this.#note(outline);
  }

  /** By column. */
  of(outline: Outline): Map<string, PlannedValue> {
    const known = this.#chosen.get(outline);
    if (known !== undefined) return known;
    this.#chosen.set(outline, new Map());
    const chosen = this.#choose(outline, 0);
    this.#chosen.set(outline, chosen);
    if (!outline.isDraft) for (const key of this.#keysOf(outline, chosen)) this.#used.add(key);
    return chosen;
  }

  /** The rows of another tenant that a foreign key of the row could reference. */
  rowsOf(link: ForeignKeyFacts, tenant: string): readonly Outline[] {
    return this.#kept(link).filter((row) => row.tenant === tenant);
  }

  #choose(outline: Outline, spares: number): Map<string, PlannedValue> {
    const links = this.#linksOf(outline);
    const found = this.#search(outline, links, new Map());
    if (found !== undefined) return found;
    const spare = spares > 0 ? undefined : this.#spareFor(outline, links);
    if (spare === undefined) return this.#search(outline, links, new Map(), false) ?? new Map();
    const row = this.#outlines.add(spare, outline.tenant);
    this.#neededBy.set(row, outline);
    this.#note(row);
    return this.#choose(outline, spares + 1);
  }

  /**
   * The links whose columns aren't given. Those that lead to the tenant itself come first, so that the others agree
   * with them.
   */
  #linksOf(outline: Outline): readonly ForeignKeyFacts[] {
    const open = this.#outlines
      .linksOf(outline.table)
      .filter(({ columns }) => columns.some((name) => !outline.given.has(name)));
    const isTenant = ({ to }: ForeignKeyFacts) =>
      Number(this.#tenantTable !== undefined && isSame(to, this.#tenantTable));
    return [...open].sort((one, other) => isTenant(other) - isTenant(one));
  }

  #search(
    outline: Outline,
    [link, ...others]: readonly ForeignKeyFacts[],
    chosen: Map<string, PlannedValue>,
    isStrict = true,
  ): Map<string, PlannedValue> | undefined {
    if (link === undefined) {
      const isTaken = isStrict && this.#keysOf(outline, chosen).some((key) => this.#used.has(key));
      return isTaken ? undefined : chosen;
    }
    for (const choice of this.#choicesFor(outline, link)) {
      const values = this.#valuesOf(outline, link, choice, chosen);
      const found = values && this.#search(outline, others, values, isStrict);
      if (found !== undefined) return found;
    }
    return isStrict ? undefined : this.#search(outline, others, chosen, false);
  }

  #choicesFor(outline: Outline, link: ForeignKeyFacts): readonly Choice[] {
    const isOptional = link.columns.some((name) => isNullable(outline, name) && !outline.given.has(name));
    const kept = this.#kept(link).filter((row) => row !== outline);
    const inOwnTable = isSame(link.to, outline.table);
    const before = inOwnTable ? kept.filter(({ number }) => number < outline.number) : kept;
    const own = before.filter(({ tenant }) => tenant === outline.tenant);
    const nobodys = before.filter(({ tenant }) => tenant === undefined && outline.tenant !== undefined);
    const anybodys = outline.tenant === undefined && own.length === 0 ? before : [];
    const rows = [...own, ...nobodys, ...anybodys].slice(0, mostChoices);
    if (isOptional) return [...rows, "null"];
    if (rows.length > 0 && !inOwnTable) return rows;
    return inOwnTable ? [...rows, outline] : ["existing"];
  }

  /** Undefined: the choice contradicts earlier ones. */
  #valuesOf(
    outline: Outline,
    { columns, to, toColumns }: ForeignKeyFacts,
    choice: Choice,
    chosen: ReadonlyMap<string, PlannedValue>,
  ): Map<string, PlannedValue> | undefined {
    const values = new Map(chosen);
    const there = (name: string) => outline.given.get(name) ?? chosen.get(name);
    if (choice === "null") {
      const free = columns.find((name) => there(name) === undefined && isNullable(outline, name));
      if (free === undefined && !columns.some((name) => there(name) === null)) return undefined;
      return free === undefined ? values : values.set(free, null);
    }
    if (choice !== "existing" && choice !== outline) this.of(choice);
    for (const [index, name] of columns.entries()) {
      const column = toColumns[index] ?? "";
      const value: PlannedValue =
        choice === "existing"
          ? { sql: `(select ${quoteIdentifier(column)} from ${quoteQualified(to)} order by ctid limit 1)` }
          : { row: choice.number, column };
      const known = there(name);
      if (known === undefined) values.set(name, value);
      else if (known === null) return values;
      else if (choice !== "existing" && choice !== outline && this.#root(known) !== this.#root(value)) return undefined;
    }
    return values;
  }

  /** Follows references to their end, so that two paths can be compared. */
  #root(value: PlannedValue): string {
    if (value === null) return "null";
    if (typeof value === "string") return `=${value}`;
    if (!("row" in value)) return JSON.stringify(value);
    const row = this.#outlines.outlines[value.row];
    const source = row?.given.get(value.column) ?? (row && this.#chosen.get(row)?.get(value.column));
    return source === undefined ? `${value.row}.${value.column}` : this.#root(source);
  }

  /** The unique keys that other rows can't have, if all of their columns are known. */
  #keysOf({ table, given }: Outline, chosen: ReadonlyMap<string, PlannedValue>): readonly string[] {
    return table.keys.flatMap(({ name, columns, isPartial }) => {
      const values = columns.map((column) => given.get(column) ?? chosen.get(column));
      if (isPartial || values.length === 0 || values.some((value) => value === undefined || value === null)) return [];
      return [[formatQualified(table), name, ...values.map((value) => this.#root(value ?? null))].join("\0")];
    });
  }

  /** The table in which one more row would give this row a unique key. */
  #spareFor(outline: Outline, links: readonly ForeignKeyFacts[]) {
    const isInKey = (name: string) => outline.table.keys.some(({ columns }) => columns.includes(name));
    const isTenant = ({ to }: ForeignKeyFacts) => this.#tenantTable !== undefined && isSame(to, this.#tenantTable);
    const link = links.find((one) => !isTenant(one) && !isSame(one.to, outline.table) && one.columns.some(isInKey));
    if (link === undefined || this.#complete.some((table) => isSame(table, link.to))) return undefined;
    // In a circle of unique references, each added row would need another one, endlessly.
    for (let row: Outline | undefined = outline; row !== undefined; row = this.#neededBy.get(row))
      if (this.#neededBy.has(row) && isSame(row.table, link.to)) return undefined;
    return this.#kept(link)[0]?.table;
  }

  #kept({ to }: ForeignKeyFacts): readonly Outline[] {
    return (this.#rowsOf.get(formatQualified(to)) ?? []).filter(({ isDraft }) => !isDraft);
  }

  #note(outline: Outline): void {
    const key = formatQualified(outline.table);
    this.#rowsOf.set(key, [...(this.#rowsOf.get(key) ?? []), outline]);
  }
}

function isNullable({ table }: Outline, column: string): boolean {
  return table.columns.find(({ name }) => name === column)?.notNull === false;
}
