import { existsSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import type { Catalog } from "../catalog/catalog.ts";
import { isPeoples } from "../lifecycle/adoptable.ts";
import { readDataModel } from "../prisma/model.ts";
import { generateTypedTables } from "../prisma/typed-tables.ts";
import { formatQualified } from "../sql/quote.ts";
import type { KnownTable } from "./code/components.ts";
import { type NamedTable, namesIn, namesOfModel, type TableNames } from "./code/table-names.ts";
import { nameTables, writeTypedTables } from "./code/typed-tables.ts";
import { tableColumns } from "./columns.ts";
import type { Target } from "./target.ts";

/** The module of typed tables, and how a program calls what it has. */
export interface TablesModule {
  readonly names: TableNames;
  /** What is known of their columns. */
  readonly known: readonly KnownTable[];
  /** Undefined: it is there, and stays as it is. */
  readonly text: string | undefined;
}

/**
 * The typed tables of a program: those that it has already, or else those of schema.prisma, or of the database.
 * @param variable what holds them in the program
 */
export async function findTables(variable: string, catalog: Catalog, target: Target): Promise<TablesModule> {
  const { tables: file, schema, directory } = target;
  if (existsSync(file)) {
    const known = await readTables(readFileSync(file, "utf8"));
    return { names: namesIn(variable, known), known, text: undefined };
  }
  if (schema !== undefined) {
    const { tables } = await readDataModel(schema);
    const text = await generateTypedTables(schema, file, directory);
    return { names: namesOfModel(variable, tables), known: tables, text };
  }
  const own = [...catalog.of(tableColumns).values()].filter((table) => {
    const found = catalog.tables.get(formatQualified(table));
    return found !== undefined && "rp".includes(found.kind) && isPeoples(found);
  });
  const models = nameTables(own);
  const known = models.map((model) => ({ ...model, hiddenColumns: [] }));
  return { names: namesIn(variable, models), known, text: models.length === 0 ? undefined : writeTypedTables(models) };
}

interface DefinedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly facts?: { readonly [fact in "key" | "computed" | "owners" | "hidden"]?: readonly string[] };
}

/** What the function in such a module gives. Of one that is written in another way nothing is known, and nothing is used. */
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
