import type { QualifiedName } from "../../sql/quote.ts";

/** The result of a `RowRequest`. The rows exist inside the caller's transaction, and a rollback removes all of them. */
export interface MadeRows {
  readonly rows: readonly MadeRow[];
  /** Rows that could be inserted: one for each table and tenant, and those that the caller requested. */
  readonly drafts: readonly Draft[];
  /** For each column of each row: another valid value. */
  readonly changes: readonly ColumnChange[];
  readonly notMade: readonly NotMade[];
  /** The number of queries sent to the server. */
  readonly roundTrips: number;
}

/**
 * Values by column, or null. Each is a text that PostgreSQL reads back as the same value of the column's type;
 * `quoteLiteral(text)` makes it a constant.
 */
export type Values = Readonly<Record<string, string | null>>;

/** A row as it is stored, after all triggers. */
export interface MadeRow {
  /** The name that the caller gave it. The tenant's own row has the tenant's name. */
  readonly name?: string;
  readonly table: QualifiedName;
  readonly tenant?: string;
  /** All columns, including generated ones. */
  readonly values: Values;
  /** Whether another of these rows points to it, which may keep it from being deleted or moved. */
  readonly isPointedTo: boolean;
  /** Identifies the row: by its primary key, another unique key, or its `ctid`, which an update changes. */
  readonly key: Values;
}

/**
 * The values of a row that does not exist but could: `postgres` inserted it and undid the insertion. If a person's
 * insert with these values fails, they lack the rights.
 */
export interface Draft {
  readonly name?: string;
  readonly table: QualifiedName;
  readonly tenant?: string;
  /** The columns to write, without generated ones. */
  readonly values: Values;
  /** The columns that may be omitted because they have a default or are nullable. */
  readonly optional: readonly string[];
  /** Columns `generated always as identity`; with a value for one the statement needs OVERRIDING SYSTEM VALUE. */
  readonly identity: readonly string[];
}

/** Another value for one column of a row that was made. */
export interface ColumnChange {
  readonly row: MadeRow;
  /** Usually one column; several if they reference a row together. */
  readonly values: Values;
  /**
   * - `value`: another valid value.
   * - `tenant`: the row moves to another tenant: the columns that reference the tenant's own row.
   * - `reference`: the row references a row of another tenant.
   */
  readonly kind: "value" | "tenant" | "reference";
  /** For `tenant` and `reference`: the tenant of the referenced row. */
  readonly tenant?: string;
  /**
   * Rows that reference this one prevent the change, but a row with the values of the unnamed draft of the same table
   * and tenant can be changed in this way.
   */
  readonly isOfDraft?: true;
  /**
   * The constraint or trigger that refuses this change to anybody, with its message. Absent: `postgres` could make the
   * change.
   */
  readonly refusal?: Refusal;
}

/** An error of PostgreSQL. */
export interface Refusal {
  readonly message: string;
  readonly sqlState: string;
  readonly constraint?: string;
}

/** A row that could not be made. */
export interface NotMade {
  readonly name?: string;
  readonly table: QualifiedName;
  readonly tenant?: string;
  /** The message of the constraint or trigger, or the required row that could not be made. */
  readonly reason: string;
  readonly refusal?: Refusal;
  /** The table to fix first, if this row only lacks a row of it. */
  readonly because?: QualifiedName;
  readonly advice: string;
  readonly isDraft: boolean;
}
