import { formatQualified } from "../../sql/quote.ts";
import { distinct, type PlannedRow, type PlannedValue, type PlannedValues } from "./planned-row.ts";
import { rowAttempts, rowTrials } from "./row-attempts.ts";
import type { Linked } from "./row-order.ts";
import type { RowRequest } from "./row-request.ts";
import { type RowOutline, rowValues } from "./row-values.ts";
import type { SchemaFacts, TableFacts } from "./schema-facts.ts";
import { type TableConditions, tableConditions } from "./table-conditions.ts";

/** A prime, so that a row's values differ from those of other rows even if there are few values to choose from. */
const numbersPerRow = 61;

/** Chooses the values of rows whose references are known. */
export class RowsOfPlan {
  readonly #schema: SchemaFacts;
  readonly #seed: number;
  readonly #linked: readonly Linked[];
  readonly #conditions = new Map<string, TableConditions>();

  constructor(schema: SchemaFacts, { seed = 1 }: RowRequest, linked: readonly Linked[]) {
    this.#schema = schema;
    this.#seed = seed;
    this.#linked = linked;
  }

  get types(): SchemaFacts["types"] {
    return this.#schema.types;
  }

  outline({ outline, references }: Linked): RowOutline {
    return {
      ...{ table: outline.table, given: outline.given, references },
      conditions: this.#conditionsOf(outline.table),
      number: outline.number * numbersPerRow + (this.#seed - 1) * 100_003,
    };
  }

  plan(linked: Linked, changes: PlannedRow["changes"]): PlannedRow {
    const { number, name, table, tenant, isDraft } = linked.outline;
    const own = this.#ownColumns(linked);
    for (const column of own) this.fix(number, column);
    const outline = this.outline(linked);
    const standIn = changes.length === 0 ? undefined : this.#draftBeside(linked);
    const attempts = rowAttempts(outline, this.types);
    return {
      ...{ number, table, isDraft, changes, later: linked.later, trials: rowTrials(outline, this.types) },
      ...(standIn === undefined ? {} : { standIn }),
      ...(name === undefined ? {} : { name }),
      ...(tenant === undefined ? {} : { tenant }),
      attempts: distinct(attempts.map((values) => this.resolve(linked, values))),
    };
  }

  /** Fixes the value of a column in advance, for rows that reference it before its row exists. */
  fix(row: number, column: string): void {
    const linked = this.#linked[row];
    if (linked === undefined || linked.outline.given.has(column) || linked.references.has(column)) return;
    const outline = this.outline(linked);
    const [alternative] = outline.conditions.alternatives;
    if (alternative === undefined) return;
    const values = rowValues(outline, { alternative, number: outline.number, usesDefaults: false }, this.types);
    linked.outline.given.set(column, values.get(column) ?? null);
  }

  /** Replaces references to the row itself, and to later rows with known values, by those values. */
  resolve(linked: Linked, values: PlannedValues): PlannedValues {
    return new Map([...values].map(([name, value]) => [name, this.#resolveOne(linked, value, 0)]));
  }

  #resolveOne(linked: Linked, value: PlannedValue, depth: number): PlannedValue {
    if (value === null || typeof value === "string" || depth > 20) return value;
    if ("join" in value) return { join: value.join.map((part) => this.#resolveOne(linked, part, depth + 1)) };
    if (!("row" in value)) return value;
    const target = this.#linked[value.row];
    const fixed = target?.outline.given.get(value.column);
    if (target === linked) {
      const known = fixed ?? target.references.get(value.column);
      return known === undefined ? value : this.#resolveOne(linked, known, depth + 1);
    }
    return typeof fixed === "string" ? fixed : value;
  }

  #draftBeside({ outline }: Linked): number | undefined {
    return this.#linked.find(
      ({ outline: { isDraft, name, table, tenant } }) =>
        isDraft && name === undefined && table === outline.table && tenant === outline.tenant,
    )?.outline.number;
  }

  #ownColumns({ outline, references }: Linked): readonly string[] {
    return [...references.values()].flatMap((value) =>
      value !== null && typeof value === "object" && "row" in value && value.row === outline.number
        ? [value.column]
        : [],
    );
  }

  #conditionsOf(table: TableFacts): TableConditions {
    const key = formatQualified(table);
    const known = this.#conditions.get(key) ?? tableConditions(table, this.types);
    this.#conditions.set(key, known);
    return known;
  }
}
