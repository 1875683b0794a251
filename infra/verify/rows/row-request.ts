import type { QualifiedName } from "../../sql/quote.ts";

/**
 * Which rows to make, in the words of who knows the application: what a tenant is, who belongs to it, and how.
 *
 * Every table gets a row for each tenant, and what such a row points to by a foreign key belongs to the same tenant. That goes for tables that
 * are nobody's, such as a list of countries, too: each tenant's rows use a country of their own.
 *
 * @example
 * {
 *   tenants: ["A", "B"],
 *   tenantTable: { schema: "public", name: "organizations" },
 *   given: [
 *     { name: "ada", table: { schema: "public", name: "users" }, tenant: "A", values: { id: { text: "ada" } } },
 *     {
 *       name: "ada, a member",
 *       table: { schema: "public", name: "organization_members" },
 *       tenant: "A",
 *       values: { user_id: { row: "ada", column: "id" }, role: { text: "ADMIN" } },
 *     },
 *   ],
 * }
 */
export interface RowRequest {
  /** Whose rows are made. Two are enough to tell one's own from another's. */
  readonly tenants: readonly string[];
  /** The table whose row is the tenant. Its rows are named as the tenants are, for `GivenValue`s that point to them. Absent: there is none, as where rows belong to persons. */
  readonly tenantTable?: QualifiedName;
  /** The tables that get rows. Default: each that `postgres` may insert into, outside the platform's schemas; and what those point to. */
  readonly tables?: readonly QualifiedName[];
  /** Rows with values of the caller's: users, memberships, one row per person. The rest of each row is filled in. */
  readonly given?: readonly GivenRow[];
  /** Tables that get no rows beside the given ones and those of each tenant, because a row makes somebody a member. Default: none. */
  readonly complete?: readonly QualifiedName[];
  /** Columns that point to a row without a foreign key that says so: an owner's id, an organization's id. */
  readonly links?: readonly Link[];
  /** Values that a tenant's rows have, where nothing can be pointed to: an owner who is in no table. */
  readonly tenantValues?: readonly TenantValue[];
  /** By table, written `public.tasks`: the values of columns that can't be found otherwise. They win over everything but a `GivenRow`. */
  readonly fixtures?: Readonly<Record<string, Readonly<Record<string, FixtureValue>>>>;
  /** Rows with other numbers have other values. Default: 1. */
  readonly seed?: number;
}

/** A row that the caller asks for. */
export interface GivenRow {
  /** Unique. Other rows point to it by its name. */
  readonly name: string;
  readonly table: QualifiedName;
  /** Absent: nobody's; any row may point to it where its tenant has none. */
  readonly tenant?: string;
  /** By column. */
  readonly values?: Readonly<Record<string, GivenValue>>;
  /**
   * Tried and taken back: not a row, but the values of one that could be inserted (`Draft`). What it points to is kept.
   * Default: false.
   */
  readonly isDraft?: boolean;
}

/** A constant as text (`'42'` for a number too), null, a SQL expression, or a column of a row with that name. */
export type GivenValue = { readonly text: string | null } | { readonly sql: string } | RowColumn;

/** A constant, or a SQL expression. */
export type FixtureValue = string | number | boolean | null | { readonly sql: string };

/** The value that a named row has in a column. */
export interface RowColumn {
  readonly row: string;
  readonly column: string;
}

/** As a foreign key: the columns have the values that the columns of a row of the other table have. */
export interface Link {
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly to: { readonly table: QualifiedName; readonly columns: readonly string[] };
}

export interface TenantValue {
  readonly table: QualifiedName;
  readonly column: string;
  /** By tenant. */
  readonly values: Readonly<Record<string, string>>;
}
