/**
 * A table as a value, with the resource that creates it. Use `defineTable` for one whose columns are values as well.
 * @example
 * new TableAccess("audit", { table: new TableReference("public", "audit", migrations) });
 */
export class TableReference {
  readonly kind = "table";
  constructor(
    readonly schema: string,
    readonly name: string,
    /** The resource that creates the table. Every resource that uses the reference depends on it. */
    readonly source?: unknown,
  ) {}
}

/**
 * A column of a table as a value.
 * @example
 * sql`${new ColumnReference(new TableReference("public", "tasks"), "organization_id")} is not null`;
 */
export class ColumnReference {
  readonly kind = "column";
  constructor(
    readonly table: TableReference,
    readonly name: string,
  ) {}
}
