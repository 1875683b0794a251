import type { QualifiedName } from "../../sql/quote.ts";

/**
 * Which rows to make, in the application's terms: what a tenant is, who belongs to it, and how.
 *
 * Every table gets a row for each tenant, and the rows that it references belong to the same tenant. This includes
 * tables without an owner, such as a list of countries: each tenant's rows use a country of their own.
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
  /** The tenants whose rows are made. Two are enough to tell one's own rows from another's. */
  readonly tenants: readonly string[];
  /**
   * The table with a row for each tenant. These rows have the tenants' names, which `GivenValue`s use to reference
   * them. Absent: there is none, for example if people own the rows.
   */
  readonly tenantTable?: QualifiedName;
  /**
   * The tables that get rows. Default: every table outside the platform's schemas that `postgres` may insert into, and
   * the tables that those reference.
   */
  readonly tables?: readonly QualifiedName[];
  /**
   * Rows with values set by the caller: users, memberships, one row for each person. The remaining columns are filled
   * in.
   */
  readonly given?: readonly GivenRow[];
  /**
   * Tables that get no rows except the given ones and the tenants' own, because each row makes somebody a member.
   * Default: none.
   */
  readonly complete?: readonly QualifiedName[];
  /** Columns that reference a row without a foreign key: an owner's id, an organization's id. */
  readonly links?: readonly Link[];
  /** Fixed values in a tenant's rows, if there is nothing to reference: an owner who is in no table. */
  readonly tenantValues?: readonly TenantValue[];
  /**
   * By table, such as `public.tasks`: values of columns that can't be derived. They override everything except a
   * `GivenRow`.
   */
  readonly fixtures?: Readonly<Record<string, Readonly<Record<string, FixtureValue>>>>;
  /** Another seed yields other values. Default: 1. */
  readonly seed?: number;
}

/** A row that the caller requests. */
export interface GivenRow {
  /** Unique. Other rows reference it by this name. */
  readonly name: string;
  readonly table: QualifiedName;
  /** Absent: the row belongs to no tenant, and any row may reference it if its own tenant has none. */
  readonly tenant?: string;
  /** By column. */
  readonly values?: Readonly<Record<string, GivenValue>>;
  /**
   * Whether to insert and undo it: the result is a `Draft`, the values of a row that could be inserted. Rows that it
   * references are kept. Default: false.
   */
  readonly isDraft?: boolean;
}

/** A constant as text (`'42'` for a number, too), null, a SQL expression, or a column of the row with that name. */
export type GivenValue = { readonly text: string | null } | { readonly sql: string } | RowColumn;

/** A constant, or a SQL expression. */
export type FixtureValue = string | number | boolean | null | { readonly sql: string };

/** The value that a named row has in a column. */
interface RowColumn {
  readonly row: string;
  readonly column: string;
}

/** Works like a foreign key: the columns get the values of the columns of a row in the other table. */
interface Link {
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly to: { readonly table: QualifiedName; readonly columns: readonly string[] };
}

interface TenantValue {
  readonly table: QualifiedName;
  readonly column: string;
  /** By tenant. */
  readonly values: Readonly<Record<string, string>>;
}
