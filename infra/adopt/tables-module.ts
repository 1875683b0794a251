import { existsSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import type { Catalog } from "../catalog/catalog.ts";
import { isTable } from "../catalog/tables.ts";
import { isPeoples } from "../lifecycle/adoptable.ts";
import { type DataModel, readDataModel } from "../prisma/model.ts";
import { generateTypedTables } from "../prisma/typed-tables.ts";
import { formatName } from "../sql/names.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import type { KnownTable } from "./code/components.ts";
import { type NamedTable, namesIn, namesOfModel, type TableNames } from "./code/table-names.ts";
import {
  nameColumns,
  nameTables,
  type TypedTableModel,
  writeTypedTables,
  writtenTablesNotice,
} from "./code/typed-tables.ts";
import { type TableColumns, tableColumns } from "./columns.ts";
import type { Target } from "./target.ts";

/** The module of typed tables, and what a program calls its tables. */
export interface TablesModule {
  readonly names: TableNames;
  /** The known facts about their columns. */
  readonly known: readonly KnownTable[];
  /**
   * Undefined: the module exists and stays as it is. A generated module gets the tables that are new in the database.
   */
  readonly text: string | undefined;
  /** What schema.prisma contains and the database lacks: `public.tasks.color`. */
  readonly lacking: readonly string[];
}

/**
 * The typed tables of a program: those that it has, or else those of schema.prisma, or else those of the database.
 * @param variable the variable that holds them in the program
 */
export async function findTables(variable: string, catalog: Catalog, target: Target): Promise<TablesModule> {
  const { tables: file, schema, directory } = target;
  const model = schema === undefined ? undefined : await readDataModel(schema);
  const lacking = model === undefined ? [] : findLacking(model, catalog);
  const own = [...catalog.of(tableColumns).values()].filter((table) => {
    const found = catalog.tables.get(formatQualified(table));
    return found !== undefined && isTable(found) && isPeoples(found);
  });
  if (existsSync(file)) {
    const present = readFileSync(file, "utf8");
    const known = await readTables(present);
    const added = canGrow(present) ? findMissing(own, known) : [];
    // A module is rewritten only if it is exactly as it was generated.
    const grown = writeTypedTables(known) === present ? known.map((table) => withNewColumns(table, own)) : known;
    const all = [...grown, ...added.map((model) => ({ ...model, hiddenColumns: [] }))];
    const before = grown === known ? present : writeTypedTables(grown);
    const text = added.length === 0 ? before : grow(before, added);
    return { names: namesIn(variable, all), known: all, text: text === present ? undefined : text, lacking };
  }
  if (schema !== undefined && model !== undefined) {
    const { tables } = model;
    const text = await generateTypedTables(schema, file, directory);
    return { names: namesOfModel(variable, tables), known: tables, text, lacking };
  }
  const models = nameTables(own);
  const known = models.map((model) => ({ ...model, hiddenColumns: [] }));
  return {
    names: namesIn(variable, models),
    known,
    text: models.length === 0 ? undefined : writeTypedTables(models),
    lacking,
  };
}

function findLacking({ tables, ignoredTables }: DataModel, catalog: Catalog): readonly string[] {
  const live = catalog.of(tableColumns);
  const lacks = (table: QualifiedName) => !live.has(formatQualified(table));
  const columns = tables.flatMap((table) => {
    const names = new Set(live.get(formatQualified(table))?.columns.map(({ name }) => name));
    const wanted = lacks(table) ? [] : [...table.columns.map(({ column }) => column), ...table.hiddenColumns];
    return wanted.filter((name) => !names.has(name)).map((name) => `${formatQualified(table)}.${formatName(name)}`);
  });
  return [...[...tables, ...ignoredTables].filter(lacks).map(formatQualified), ...columns];
}

const start = "  return {\n";
const end = "  };\n}\n";

/** Whether it was generated, and still ends as it was written. */
function canGrow(text: string): boolean {
  return text.startsWith(writtenTablesNotice) && text.includes(start) && text.endsWith(end);
}

function findMissing(own: readonly TableColumns[], known: readonly NamedTable[]): readonly TypedTableModel[] {
  const present = new Set(known.map(formatQualified));
  const missing = own.filter((table) => !present.has(formatQualified(table)));
  return nameTables(
    missing,
    known.map(({ property }) => property),
  );
}

function withNewColumns<Table extends NamedTable & KnownTable>(table: Table, own: readonly TableColumns[]): Table {
  const live = own.find((one) => formatQualified(one) === formatQualified(table));
  return live === undefined ? table : { ...table, columns: [...table.columns, ...nameColumns(live, table.columns)] };
}

/** The text with these tables added after the existing ones. */
function grow(present: string, added: readonly TypedTableModel[]): string {
  const whole = writeTypedTables(added);
  return present.slice(0, -end.length) + whole.slice(whole.indexOf(start) + start.length);
}

interface DefinedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly facts?: { readonly [fact in "key" | "computed" | "owners" | "hidden"]?: readonly string[] };
}

/** The tables that the function in such a module returns. A module of any other form counts as having none. */
async function readTables(text: string): Promise<readonly (NamedTable & KnownTable)[]> {
  const { transform } = await import("esbuild");
  const defineTable = (
    schema: string,
    name: string,
    columns: DefinedTable["columns"],
    _source: unknown,
    facts: DefinedTable["facts"],
  ): DefinedTable => ({ schema, name, columns, ...(facts === undefined ? {} : { facts }) });
  const exports: { applicationTables?: () => Readonly<Record<string, DefinedTable>> } = {};
  try {
    const { code } = await transform(text, { loader: "ts", format: "cjs" });
    const module = { exports };
    runInNewContext(code, { module, exports, require: () => ({ defineTable }) }, { timeout: 1000 });
    return Object.entries(module.exports.applicationTables?.() ?? {}).map(([property, table]) => ({
      property,
      ...toKnownTable(table),
    }));
  } catch {
    return [];
  }
}

function toKnownTable({ schema, name, columns, facts = {} }: DefinedTable): KnownTable {
  return {
    schema,
    name,
    columns: Object.entries(columns).map(([field, column]) => ({
      field,
      column,
      ...(facts.computed?.includes(field) ? { isComputed: true } : {}),
      ...(facts.owners?.includes(field) ? { mayNameOwner: true } : {}),
    })),
    primaryKey: Object.entries(columns).flatMap(([field, column]) => (facts.key?.includes(field) ? [column] : [])),
    hiddenColumns: [...(facts.hidden ?? [])],
  };
}
