import type { QualifiedName } from "../../sql/quote.ts";
import type { TableFacts } from "./schema-facts.ts";

/** A value before it is in the database. */
export type PlannedValue =
  /** A constant as text. */
  | string
  | null
  | { readonly sql: string }
  /** What is stored in a column of another planned row, by the row's number. */
  | { readonly row: number; readonly column: string }
  /** Texts, one after the other. */
  | { readonly join: readonly PlannedValue[] };

export const byDefault: PlannedValue = { sql: "default" };

export type PlannedValues = ReadonlyMap<string, PlannedValue>;

/** A row to be inserted, with what to try in turn until the server takes it. */
export interface PlannedRow {
  readonly number: number;
  readonly name?: string;
  readonly table: TableFacts;
  readonly tenant?: string;
  readonly isDraft: boolean;
  readonly attempts: readonly PlannedValues[];
  readonly trials: readonly Trials[];
  readonly changes: readonly PlannedChange[];
  /** The draft that is changed instead where other rows keep this one as it is. */
  readonly standIn?: number;
  /** Columns that point to a row which is made later: set when it is there. */
  readonly later: PlannedValues;
}

/** Values to try in turn, within each attempt, as long as the server names one of the constraints. */
export interface Trials {
  readonly constraints: readonly string[];
  readonly values: readonly PlannedValues[];
}

/** A change of a row, with what to try in turn. */
export interface PlannedChange {
  readonly kind: "value" | "tenant" | "reference";
  readonly tenant?: string;
  readonly attempts: readonly PlannedValues[];
}

/** What to insert in which order. */
export interface RowPlan {
  /** By the rows' numbers, which references use. */
  readonly rows: readonly PlannedRow[];
  /** The numbers of the rows in the order in which they are inserted. */
  readonly order: readonly number[];
  /** Tables that get no rows, and why. */
  readonly excluded: readonly { readonly table: QualifiedName; readonly reason: string; readonly advice: string }[];
  /** Constraints that are checked only when all rows are there. */
  readonly deferred: readonly QualifiedName[];
}

export function distinct(values: readonly PlannedValues[]): readonly PlannedValues[] {
  return [...new Map(values.map((each) => [JSON.stringify([...each]), each])).values()];
}
