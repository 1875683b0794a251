import { ColumnReference, TableReference } from "../sql/reference.ts";

/**
 * A table with its columns as values: `tasks.organizationId` is the column `organization_id`, `tasks.$table` is the table, and
 * `tasks.organisationId` is a compile error. (The fields of a Prisma model can't begin with `$`.) `TypedTable` is any table, and
 * `TypedTable<"organizationId">` any table with such a column.
 * @example
 * const belongsToMember = (table: TypedTable<"organizationId">) =>
 *   sql`${table.organizationId} = any (array(select ${currentOrganizationIds}()))`;
 */
export type TypedTable<Field extends string = never> = {
  readonly $table: TableReference;
  /** What the schema says about its columns, if that is known. */
  readonly $columns?: ColumnFacts;
} & {
  readonly [field in Field]: ColumnReference;
};

/**
 * What `TenantTable` needs to know about a table's columns. `npm run generate` takes it from schema.prisma,
 * `defineTable` from its last argument.
 * @example
 * const facts: ColumnFacts | undefined = app.tasks.$columns;
 */
export interface ColumnFacts {
  /** All columns that can be written. */
  readonly all: readonly ColumnReference[];
  /** The primary key. */
  readonly key: readonly ColumnReference[];
  /** The columns that the database computes for a new row, such as an identifier, a time, or the user's id. */
  readonly computed: readonly ColumnReference[];
  /** The columns that may identify a row's tenant: the required columns of its foreign keys. */
  readonly owners: readonly ColumnReference[];
}

/**
 * Defines a table with its columns as values, for a program without Prisma or a table that schema.prisma does not have. `npm run generate`
 * writes these calls for the tables of schema.prisma.
 * @param columns the column's name for each field
 * @param source the resource that creates the table; every resource that uses the table or its columns depends on it
 * @param facts what `TenantTable` keeps users from writing, by field. It requires all columns: list those without a field by name in `hidden`
 * @example
 * const events = defineTable("public", "events", { id: "id", organizationId: "organization_id", at: "happened_at" });
 * new TenantTable("events", {
 *   table: events,
 *   members: sql`${events.organizationId} = any (array(select ${currentOrganizationIds}()))`,
 *   computed: [events.id, events.at],
 *   fixed: [events.organizationId],
 * });
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
