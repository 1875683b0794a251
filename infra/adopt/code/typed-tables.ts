import { isConstantDefault } from "../../prisma/column-default.ts";
import type { ModelColumn } from "../../prisma/model.ts";
import { writeTables } from "../../prisma/typed-tables.ts";
import { memberOf } from "../../values/source-names.ts";
import type { TableColumn, TableColumns } from "../columns.ts";
import { Identifiers } from "./identifiers.ts";
import type { NamedTable } from "./table-names.ts";

/** A table of the database, with the names of its typed table and of the table's columns. */
export interface TypedTableModel extends NamedTable {
  readonly columns: readonly ColumnFacts[];
  readonly primaryKey: readonly string[];
}

/** What a file of typed tables states about a column. */
type ColumnFacts = Pick<ModelColumn, "field" | "column" | "isComputed" | "mayNameOwner">;

/**
 * Names each table and column in the program: `ai_conversations.user_id` becomes `aiConversations.userId`, and the name
 * of a table outside of `public` starts with its schema's. Await `loadParser` first.
 * @param taken the properties of other tables
 */
export function nameTables(tables: readonly TableColumns[], taken: Iterable<string> = []): readonly TypedTableModel[] {
  const properties = new Identifiers(taken);
  return tables.map((table) => {
    const { schema, name, primaryKey } = table;
    const property = properties.property(schema === "public" ? name : `${schema}_${name}`);
    return { schema, name, property, columns: nameColumns(table), primaryKey };
  });
}

/** Names the columns of a table that have no name in the program yet. @param known the columns that have one */
export function nameColumns(
  { columns, foreignKeys }: TableColumns,
  known: readonly Pick<ModelColumn, "field" | "column">[] = [],
): readonly ModelColumn[] {
  const fields = new Identifiers(known.map(({ field }) => field));
  const present = new Set(known.map(({ column }) => column));
  return columns
    .filter(({ name }) => !present.has(name))
    .map((column) => ({
      ...toModelColumn(column, fields.property(column.name)),
      // A column that may identify a row's owner.
      ...(!column.nullable && foreignKeys.some((key) => key.includes(column.name)) ? { mayNameOwner: true } : {}),
    }));
}

function toModelColumn(column: TableColumn, field: string): ModelColumn {
  const { name, type, nullable, isIdentity, isGenerated, default: expression } = column;
  const isComputed = isIdentity || isGenerated || (expression !== undefined && !isConstantDefault(expression));
  return { field, column: name, type, nullable, ...(isComputed ? { isComputed } : {}) };
}

const notice = "Written by `palisade adopt` from the database.";

/** The first line of such a file. */
export const writtenTablesNotice = `// ${notice}\n`;

/** The source of a file with a function `applicationTables(source)` that returns these tables. */
export function writeTypedTables(tables: readonly TypedTableModel[]): string {
  const [first = undefined] = tables.filter(({ columns }) => columns.length > 0);
  const column = first?.columns.at(-1)?.field ?? "id";
  // A condition that suits a column of any type.
  const example = `\${${memberOf(memberOf("app", first?.property ?? "tasks"), column)}} is not null`;
  return writeTables(
    { origin: "the database", notice, example },
    tables.map((table) => ({ ...table, hiddenColumns: [] })),
  );
}
