import { storageObjects } from "../../components/file-bucket.ts";
import { realtimeMessages } from "../../components/realtime-topic.ts";
import type { ModelTable } from "../../prisma/model.ts";
import type { TypedTable } from "../../prisma/reference.ts";
import { tableProperty } from "../../prisma/typed-tables.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { ColumnReference } from "../../sql/reference.ts";
import { memberOf } from "../../values/source-names.ts";
import { Code } from "./literal.ts";

/** What a program calls tables and columns for which it has typed tables. */
export interface TableNames {
  /** The typed table: `app.tasks`. */
  table(table: QualifiedName): Code | undefined;
  /** A column of it: `app.tasks.organizationId`. */
  column(table: QualifiedName, column: string): Code | undefined;
}

/** A table, and its property in the object of typed tables. */
export interface NamedTable extends QualifiedName {
  readonly property: string;
  readonly columns: readonly { readonly field: string; readonly column: string }[];
}

/** The names of typed tables. @param variable the variable that holds them in the program */
export function namesIn(variable: string, tables: readonly NamedTable[]): TableNames {
  const known = new Map(tables.map((table) => [formatQualified(table), table]));
  const table = (of: QualifiedName) => {
    const found = known.get(formatQualified(of));
    return found && new Code(memberOf(variable, found.property), [variable]);
  };
  return {
    table,
    column(of, column) {
      const found = known.get(formatQualified(of))?.columns.find((one) => one.column === column);
      const owner = table(of);
      return found && owner && new Code(memberOf(owner.text, found.field), owner.uses);
    },
  };
}

/** The tables of schema.prisma, by the names that `palisade generate` gives them. */
export function namesOfModel(variable: string, tables: readonly ModelTable[]): TableNames {
  return namesIn(
    variable,
    tables.map((table) => ({ ...table, property: tableProperty(table) })),
  );
}

/** The platform's tables that the package exports as values. */
export const platformTables: TableNames = firstOf(
  namesOfTable("storageObjects", storageObjects),
  namesOfTable("realtimeMessages", realtimeMessages),
);

function namesOfTable(variable: string, typed: TypedTable): TableNames {
  const own = formatQualified(typed.$table);
  const fields = new Map(
    Object.entries(typed).flatMap(([field, value]) => (value instanceof ColumnReference ? [[value.name, field]] : [])),
  );
  return {
    table: (of) => (formatQualified(of) === own ? new Code(variable, [variable]) : undefined),
    column(of, column) {
      const field = fields.get(column);
      if (field === undefined || formatQualified(of) !== own) return undefined;
      return new Code(memberOf(variable, field), [variable]);
    },
  };
}

/** Looks names up in each of these, in order. */
export function firstOf(...all: readonly TableNames[]): TableNames {
  const owner = (table: QualifiedName) => all.find((names) => names.table(table) !== undefined);
  return {
    table: (of) => owner(of)?.table(of),
    column: (of, column) => owner(of)?.column(of, column),
  };
}
