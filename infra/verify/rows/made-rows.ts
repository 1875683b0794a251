import type { QualifiedName } from "../../sql/quote.ts";

/** What was made of a `RowRequest`, inside the caller's transaction; a rollback takes all of it back. */
export interface MadeRows {
  readonly rows: readonly MadeRow[];
  /** Rows that could be inserted: one for each table and tenant, and those that the caller asked for. */
  readonly drafts: readonly Draft[];
  /** For each row that was made and each of its columns: another value that it could have. */
  readonly changes: readonly ColumnChange[];
  readonly notMade: readonly NotMade[];
  /** How often the server was asked. */
  readonly roundTrips: number;
}

/**
 * By column: the value as text that PostgreSQL reads back as the same value of the column's type, or null.
 * `quoteLiteral(text)` is a constant of any type.
 */
export type Values = Readonly<Record<string, string | null>>;

/** A row as it is stored, after the triggers that had their say. */
export interface MadeRow {
  /** As the caller named it; the tenant's own row is named as the tenant. */
  readonly name?: string;
  readonly table: QualifiedName;
  readonly tenant?: string;
  /** All columns, generated ones included. */
  readonly values: Values;
  /** Whether another of these rows points to it, which may keep it from being deleted or moved. */
  readonly isPointedTo: boolean;
  /** What tells it from all others: the primary key, another unique key, or where it is stored (`ctid`, which an update changes). */
  readonly key: Values;
}

/**
 * The values of a row that isn't there, and could be: `postgres` has inserted it and taken it back. If a person's insert fails with these, it
 * fails for want of rights.
 */
export interface Draft {
  readonly name?: string;
  readonly table: QualifiedName;
  readonly tenant?: string;
  /** The columns to write: without generated ones. */
  readonly values: Values;
  /** The columns that may be left out: they have a default, or may be null. */
  readonly optional: readonly string[];
  /** Columns `generated always as identity`; with a value for one the statement needs OVERRIDING SYSTEM VALUE. */
  readonly identity: readonly string[];
}

/** Another value for one column of a row that was made. */
export interface ColumnChange {
  readonly row: MadeRow;
  /** One; several where they point to a row together. */
  readonly values: Values;
  /**
   * - `value`: another valid value.
   * - `tenant`: the row goes to another tenant: the columns that point to the tenant's own row.
   * - `reference`: it points to a row of another tenant.
   */
  readonly kind: "value" | "tenant" | "reference";
  /** For `tenant` and `reference`: the tenant whose row is pointed to. */
  readonly tenant?: string;
  /**
   * Other rows point to this one and keep it as it is, but a row with the draft's values (that of the same table and tenant without a name) can
   * be changed so.
   */
  readonly isOfDraft?: true;
  /** Why nobody can make this change, whoever they are: the constraint's or trigger's own words. Absent: `postgres` could make it. */
  readonly refusal?: Refusal;
}

/** What PostgreSQL said. */
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
  /** In the constraint's or trigger's own words; or which row it needs that could not be made. */
  readonly reason: string;
  readonly refusal?: Refusal;
  /** The table to mend first, where this one only needs a row of it. */
  readonly because?: QualifiedName;
  readonly advice: string;
  readonly isDraft: boolean;
}
