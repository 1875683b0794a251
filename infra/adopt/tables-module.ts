import { existsSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import type { Catalog } from "../catalog/catalog.ts";
import { isPeoples } from "../lifecycle/adoptable.ts";
import { readDataModel } from "../prisma/model.ts";
import { generateTypedTables } from "../prisma/typed-tables.ts";
import { formatQualified } from "../sql/quote.ts";
import { type NamedTable, namesIn, namesOfModel, type TableNames } from "./code/table-names.ts";
import { nameTables, writeTypedTables } from "./code/typed-tables.ts";
import { tableColumns } from "./columns.ts";
import type { Target } from "./target.ts";

/** The module of typed tables, and how a program calls what it has. */
export interface TablesModule {
  readonly names: TableNames;
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
    return { names: namesIn(variable, await readTables(readFileSync(file, "utf8"))), text: undefined };
  }
  if (schema !== undefined) {
    const { tables } = await readDataModel(schema);
    return { names: namesOfModel(variable, tables), text: await generateTypedTables(schema, file, directory) };
  }
  const own = [...catalog.of(tableColumns).values()].filter((table) => {
    const found = catalog.tables.get(formatQualified(table));
    return found !== undefined && "rp".includes(found.kind) && isPeoples(found);
  });
  const models = nameTables(own);
  return { names: namesIn(variable, models), text: models.length === 0 ? undefined : writeTypedTables(models) };
}

interface DefinedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** What the function in such a module gives. Of one that is written in another way nothing is known, and nothing is used. */
async function readTables(text: string): Promise<readonly NamedTable[]> {
  const { transform } = await import("esbuild");
  const defineTable = (schema: string, name: string, columns: DefinedTable["columns"]) => ({ schema, name, columns });
  const exports: { applicationTables?: () => Readonly<Record<string, DefinedTable>> } = {};
  try {
    const { code } = await transform(text, { loader: "ts", format: "cjs" });
    const module = { exports };
    runInNewContext(code, { module, exports, require: () => ({ defineTable }) }, { timeout: 1000 });
    return Object.entries(module.exports.applicationTables?.() ?? {}).map(([property, { schema, name, columns }]) => ({
      property,
      schema,
      name,
      columns: Object.entries(columns).map(([field, column]) => ({ field, column })),
    }));
  } catch {
    return [];
  }
}
