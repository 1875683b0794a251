import { ColumnReference, TableReference } from "../resources/sql/reference.ts";

/**
 * A table with its columns as values: `tasks.organizationId` is the column `organization_id`, `tasks.$table` the table
 * itself, and `tasks.organisationId` an error of the compiler. The table's own member begins with `$`, which no field
 * of a Prisma model can. `TypedTable` alone is any table, and `TypedTable<"organizationId">` any that has such a column.
 */
export type TypedTable<Field extends string = never> = { readonly $table: TableReference } & {
  readonly [field in Field]: ColumnReference;
};

/**
 * Makes a typed table.
 * @param columns the column's name for each field
 * @param source the resource that creates the table; whatever mentions the table or its columns then depends on it
 * @example
 * const tasks = defineTable("public", "tasks", { id: "id", organizationId: "organization_id" }, migrations);
 */
export function defineTable<const Columns extends Readonly<Record<string, string>>>(
  schema: string,
  name: string,
  columns: Columns,
  source?: unknown,
): TypedTable<keyof Columns & string> {
  const table = new TableReference(schema, name, source);
  const references = Object.entries(columns).map(([field, column]) => [field, new ColumnReference(table, column)]);
  return Object.freeze({ ...Object.fromEntries(references), $table: table });
}
