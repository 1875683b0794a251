import type { ModelColumn } from "../../prisma/model.ts";
import { writeKey } from "../../values/source-names.ts";
import { inComment } from "../comments.ts";
import type { Contract, ContractTable, Reach } from "../contract.ts";
import type { ForeignKey } from "../data-model.ts";
import type { ContractFiles } from "../files.ts";

/** Names that the file declares itself, or built-in ones that it needs and that must not be shadowed. */
export const databaseNames: readonly string[] = ["Json", "Database", "ServiceDatabase", "Pick", "Partial"];

/** The types of rows in the API's requests and responses, and the type of the whole database for supabase-js. */
export function databaseFiles({ tables, enums }: Contract): ContractFiles {
  const enumTypes = enums.map(
    ({ typeName, values }) =>
      `export type ${typeName} = ${values.map((value) => JSON.stringify(value)).join(" | ") || "never"};`,
  );
  return {
    "database.ts": `
/** A value of a JSON column. */
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

${enumTypes.join("\n")}

${tables.map((table) => writeTableTypes(table, enums)).join("\n\n")}

/** What users can reach through the API, signed in or not: the tables and columns that are granted. Which rows is for policies to say. */
export type Database = {
${writeSchemas(tables, "forUsers", enums)}
};

/** What the service role can reach. */
export type ServiceDatabase = {
${writeSchemas(tables, "forService", enums)}
};
`,
  };
}

/** The same empty type as in supabase-js. */
const empty = "{ [_ in never]: never }";

type Enums = Contract["enums"];

/** Type aliases instead of interfaces: supabase-js requires types that are assignable to records. */
function writeTableTypes(table: ContractTable, enums: Enums): string {
  const { typeName, name, isView, columns, defaults, foreignKeys } = table;
  const row = columns.map((column) => `${writeKey(column.column)}: ${typeOf(column, enums)};`);
  const insert = columns.map((column) => {
    const isOptional = column.nullable || defaults.has(column.column);
    return `${writeKey(column.column)}${isOptional ? "?" : ""}: ${typeOf(column, enums)};`;
  });
  const types = [
    `/** A row of \`${inComment(name)}\`${isView ? ", a view" : ""}. */
export type ${typeName}Row = {
${row.join("\n")}
};`,
    `/** A new row of \`${inComment(name)}\`; the database fills in what may be left out. */
export type ${typeName}Insert = {
${insert.join("\n")}
};`,
    `type ${typeName}Relationships = [${foreignKeys.map(writeRelationship).join(", ")}];`,
  ];
  return types.filter((_, index) => !(isView && index === 1)).join("\n\n");
}

function writeRelationship(key: ForeignKey): string {
  return `{
  foreignKeyName: ${JSON.stringify(key.name)};
  columns: [${key.columns.map((column) => JSON.stringify(column)).join(", ")}];
  isOneToOne: ${key.isOneToOne};
  referencedRelation: ${JSON.stringify(key.referencedTable)};
  referencedColumns: [${key.referencedColumns.map((column) => JSON.stringify(column)).join(", ")}];
}`;
}

function writeSchemas(tables: readonly ContractTable[], audience: "forUsers" | "forService", enums: Enums): string {
  const schemas = new Set(["public", ...tables.map(({ schema }) => schema)]);
  return [...schemas]
    .map((schema) => {
      const reachable = (isView: boolean) =>
        tables.flatMap((table) => {
          const reach = table[audience];
          if (table.schema !== schema || table.isView !== isView || !reach) return [];
          return [`${writeKey(table.name)}: ${writeTable(table, reach)};`];
        });
      const types = enums
        .filter((each) => each.schema === schema)
        .map(({ name, typeName }) => `${writeKey(name)}: ${typeName};`);
      return `${writeKey(schema)}: {
  Tables: ${block(reachable(false))};
  Views: ${block(reachable(true))};
  Functions: ${empty};
  Enums: ${block(types)};
  CompositeTypes: ${empty};
};`;
    })
    .join("\n");
}

function block(properties: readonly string[]): string {
  return properties.length === 0 ? empty : `{\n${properties.join("\n")}\n}`;
}

function writeTable({ typeName, isView, columns }: ContractTable, { select, insert, update }: Reach): string {
  const pick = (type: string, picked: readonly string[], nothing: string) => {
    if (picked.length === columns.length) return type;
    if (picked.length === 0) return nothing;
    return `Pick<${type}, ${picked.map((column) => JSON.stringify(column)).join(" | ")}>`;
  };
  const row = `Row: ${pick(`${typeName}Row`, select, empty)};`;
  const writes = [
    `Insert: ${pick(`${typeName}Insert`, insert, "never")};`,
    `Update: ${update.length === 0 ? "never" : `Partial<${pick(`${typeName}Insert`, update, "never")}>`};`,
  ];
  return `{ ${[row, ...(isView ? [] : writes), `Relationships: ${typeName}Relationships;`].join(" ")} }`;
}

const types: Readonly<Record<string, string>> = {
  integer: "number",
  smallint: "number",
  // PostgREST returns a JSON number. Beyond 2^53, a browser rounds its last digits.
  bigint: "number",
  real: "number",
  "double precision": "number",
  numeric: "number",
  boolean: "boolean",
  json: "Json",
  jsonb: "Json",
};

function typeOf({ type, enum: model, nullable }: ModelColumn, enums: Enums): string {
  const enumType = enums.find((each) => each.model === model)?.typeName;
  const written = enumType === undefined ? jsonTypeOf(type) : `${enumType}${type.endsWith("[]") ? "[]" : ""}`;
  return `${written}${nullable ? " | null" : ""}`;
}

/** The type of a value in the API's responses, by its type in the database. */
export function jsonTypeOf(type: string): string {
  const element = type.replace(/\[\]$/, "");
  const plain = element.replace(/\(.*\)/, "").trim();
  return `${types[plain] ?? "string"}${element === type ? "" : "[]"}`;
}
