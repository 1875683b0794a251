import type { QualifiedName } from "../../sql/quote.ts";
import type { TableFacts } from "./schema-facts.ts";

/** A value, before it is stored. */
export type PlannedValue =
  /** A constant as text. */
  | string
  | null
  | { readonly sql: string }
  /** The value of a column of another planned row, by that row's number. */
  | { readonly row: number; readonly column: string }
  /** Texts, concatenated. */
  | { readonly join: readonly PlannedValue[] };

export const byDefault: PlannedValue = { sql: "default" };

export type PlannedValues = ReadonlyMap<string, PlannedValue>;

/** A row to insert, with attempts to make in turn until the server accepts one. */
export interface PlannedRow {
  readonly number: number;
  readonly name?: string;
  readonly table: TableFacts;
  readonly tenant?: string;
  readonly isDraft: boolean;
  readonly attempts: readonly PlannedValues[];
  readonly trials: readonly Trials[];
  readonly changes: readonly PlannedChange[];
  /** The draft to change instead, if rows that reference this one prevent a change. */
  readonly standIn?: number;
  /** Columns that reference a later row. They are set once that row exists. */
  readonly later: PlannedValues;
}

/** Values to try in turn within each attempt, for as long as the server's error names one of the constraints. */
export interface Trials {
  readonly constraints: readonly string[];
  readonly values: readonly PlannedValues[];
}

/** A change to a row, with attempts to make in turn. */
export interface PlannedChange {
  readonly kind: "value" | "tenant" | "reference";
  readonly tenant?: string;
  readonly attempts: readonly PlannedValues[];
}

/** What to insert, and in which order. */
export interface RowPlan {
  /** By row number, which references use. */
  readonly rows: readonly PlannedRow[];
  /** The numbers of the rows in the order in which they are inserted. */
  readonly order: readonly number[];
  /** Tables that get no rows, and why. */
  readonly excluded: readonly { readonly table: QualifiedName; readonly reason: string; readonly advice: string }[];
  /** Constraints to defer until all rows exist. */
  readonly deferred: readonly QualifiedName[];
}

export function distinct(values: readonly PlannedValues[]): readonly PlannedValues[] {
  return [...new Map(values.map((each) => [JSON.stringify([...each]), each])).values()];
}
