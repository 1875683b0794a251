import { ColumnReference, TableReference } from "../sql/reference.ts";

/**
 * A table with its columns as values: `tasks.organizationId` is the column `organization_id`, `tasks.$table` the table
 * itself, and `tasks.organisationId` an error of the compiler. The table's own member begins with `$`, which no field
 * of a Prisma model can. `TypedTable` alone is any table, and `TypedTable<"organizationId">` any that has such a column.
 */
export type TypedTable<Field extends string = never> = {
  readonly $table: TableReference;
  /** What the schema says of its columns, where it was asked. */
  readonly $columns?: ColumnFacts;
} & {
  readonly [field in Field]: ColumnReference;
};

/** All columns of a table that its users may be let write, and which of them are not for a row's author to choose. */
export interface ColumnFacts {
  readonly all: readonly ColumnReference[];
  /** The primary key. */
  readonly key: readonly ColumnReference[];
  /** What the database computes for a new row, such as an identifier, a time, or who is asking. */
  readonly computed: readonly ColumnReference[];
  /** What may name whose a row is: the required columns of its foreign keys. */
  readonly owners: readonly ColumnReference[];
}

/**
 * Makes a typed table.
 * @param columns the column's name for each field
 * @param source the resource that creates the table; whatever mentions the table or its columns then depends on it
 * @param facts by field, what `TenantTable` keeps from users; only for a table of which every column is given, if only by its name in `hidden`
 * @example
 * const tasks = defineTable("public", "tasks", { id: "id", organizationId: "organization_id", title: "title" }, migrations, {
 *   key: ["id"], computed: ["id"], owners: ["organizationId"],
 * });
 */
export function defineTable<const Columns extends Readonly<Record<string, string>>>(
  schema: string,
  name: string,
  columns: Columns,
  source?: unknown,
  facts?: { readonly [fact in "key" | "computed" | "owners"]: readonly (keyof Columns & string)[] } & {
    readonly hidden?: readonly string[];
  },
): TypedTable<keyof Columns & string> {
  const table = new TableReference(schema, name, source);
  const references = Object.fromEntries(
    Object.entries(columns).map(([field, column]) => [field, new ColumnReference(table, column)]),
  );
  const named = (fields: readonly string[]) => fields.flatMap((field) => references[field] ?? []);
  const $columns = facts && {
    all: [...Object.values(references), ...(facts.hidden ?? []).map((column) => new ColumnReference(table, column))],
    key: named(facts.key),
    computed: named(facts.computed),
    owners: named(facts.owners),
  };
  const members: Readonly<Record<string, unknown>> = { ...references, $table: table, ...($columns && { $columns }) };
  return Object.freeze(members) as TypedTable<keyof Columns & string>;
}
