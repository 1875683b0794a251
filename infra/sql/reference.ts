/**
 * A table as a value: what the `sql` tag quotes, and where it finds the resource that creates the table.
 */
export class TableReference {
  readonly kind = "table";
  constructor(
    readonly schema: string,
    readonly name: string,
    /** The resource that creates the table, if one does; whatever mentions the table then depends on it. */
    readonly source?: unknown,
  ) {}
}

/** A column of a table, as a value. */
export class ColumnReference {
  readonly kind = "column";
  constructor(
    readonly table: TableReference,
    readonly name: string,
  ) {}
}
