import { isConstantDefault } from "../../prisma/column-default.ts";
import type { ModelColumn } from "../../prisma/model.ts";
import { writeTables } from "../../prisma/typed-tables.ts";
import { memberOf } from "../../values/source-names.ts";
import type { TableColumn, TableColumns } from "../columns.ts";
import { Identifiers } from "./identifiers.ts";
import type { NamedTable } from "./table-names.ts";

/** A table of the database with the names that its typed table has for it and its columns. */
export interface TypedTableModel extends NamedTable {
  readonly columns: readonly ModelColumn[];
  readonly primaryKey: readonly string[];
}

/**
 * Gives each table and column a name in the program: `ai_conversations.user_id` is `aiConversations.userId`, and a table outside of `public`
 * has its schema's name before its own. `loadParser` must have been awaited.
 * @param taken the properties that other tables have already
 */
export function nameTables(tables: readonly TableColumns[], taken: Iterable<string> = []): readonly TypedTableModel[] {
  const properties = new Identifiers(taken);
  return tables.map((table) => {
    const { schema, name, primaryKey, foreignKeys } = table;
    const fields = new Identifiers();
    return {
      schema,
      name,
      property: properties.property(schema === "public" ? name : `${schema}_${name}`),
      columns: table.columns.map((column) => ({
        ...toModelColumn(column, fields.property(column.name)),
        // What may say whose a row is.
        ...(!column.nullable && foreignKeys.some((key) => key.includes(column.name)) ? { mayNameOwner: true } : {}),
      })),
      primaryKey,
    };
  });
}

function toModelColumn(column: TableColumn, field: string): ModelColumn {
  const { name, type, nullable, isIdentity, isGenerated, default: expression } = column;
  const isComputed = isIdentity || isGenerated || (expression !== undefined && !isConstantDefault(expression));
  return { field, column: name, type, nullable, ...(isComputed ? { isComputed } : {}) };
}

const notice = "Written by `palisade adopt` from the database.";

/** How such a file begins. */
export const writtenTablesNotice = `// ${notice}\n`;

/** The source of a file with a function `applicationTables(source)` that gives these tables. */
export function writeTypedTables(tables: readonly TypedTableModel[]): string {
  const [first = undefined] = tables.filter(({ columns }) => columns.length > 0);
  const column = first?.columns.at(-1)?.field ?? "id";
  const example = memberOf(memberOf("app", first?.property ?? "tasks"), column);
  return writeTables(
    { origin: "the database", notice, example },
    tables.map((table) => ({ ...table, hiddenColumns: [] })),
  );
}
