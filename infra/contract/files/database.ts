import type { Contract, ContractTable, Reach } from "../contract.ts";
import type { ForeignKey } from "../data-model.ts";
import type { ContractFiles } from "../files.ts";
import { propertyKey } from "../names.ts";

/** The types of rows as the API gives and takes them, and of the whole database, as supabase-js wants it. */
export function databaseFiles({ tables, enums }: Contract): ContractFiles {
  const enumTypes = enums.map(
    ({ model, values }) =>
      `export type ${model} = ${values.map((value) => JSON.stringify(value)).join(" | ") || "never"};`,
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

type Table<Row, Insert, Update, Relationships> = { Row: Row; Insert: Insert; Update: Update; Relationships: Relationships };
type Empty = Record<never, never>;
`,
  };
}

type Enums = Contract["enums"];

/** Type aliases and no interfaces: only those fit where supabase-js asks for records. */
function writeTableTypes(table: ContractTable, enums: Enums): string {
  const { typeName, name, columns, defaults, foreignKeys } = table;
  const row = columns.map(({ column, type, nullable }) => `${propertyKey(column)}: ${typeOf(type, nullable, enums)};`);
  const insert = columns.map(({ column, type, nullable }) => {
    const isOptional = nullable || defaults.has(column);
    return `${propertyKey(column)}${isOptional ? "?" : ""}: ${typeOf(type, nullable, enums)};`;
  });
  return `/** A row of \`${name}\`. */
export type ${typeName}Row = {
${row.join("\n")}
};

/** A new row of \`${name}\`; the database fills in what may be left out. */
export type ${typeName}Insert = {
${insert.join("\n")}
};

type ${typeName}Relationships = [${foreignKeys.map(writeRelationship).join(", ")}];`;
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
      const reachable = tables.flatMap((table) => {
        const reach = table[audience];
        return table.schema === schema && reach ? [`${propertyKey(table.name)}: ${writeTable(table, reach)};`] : [];
      });
      const types = schema === "public" ? enums.map(({ name, model }) => `${propertyKey(name)}: ${model};`) : [];
      return `${propertyKey(schema)}: {
  Tables: {
${reachable.join("\n")}
  };
  Views: Empty;
  Functions: Empty;
  Enums: ${types.length === 0 ? "Empty" : `{\n${types.join("\n")}\n}`};
  CompositeTypes: Empty;
};`;
    })
    .join("\n");
}

function writeTable({ typeName, columns }: ContractTable, { select, insert, update }: Reach): string {
  const pick = (type: string, picked: readonly string[], nothing: string) => {
    if (picked.length === columns.length) return type;
    if (picked.length === 0) return nothing;
    return `Pick<${type}, ${picked.map((column) => JSON.stringify(column)).join(" | ")}>`;
  };
  const parts = [
    pick(`${typeName}Row`, select, "Empty"),
    pick(`${typeName}Insert`, insert, "never"),
    update.length === 0 ? "never" : `Partial<${pick(`${typeName}Insert`, update, "never")}>`,
    `${typeName}Relationships`,
  ];
  return `Table<${parts.join(", ")}>`;
}

const types: Readonly<Record<string, string>> = {
  integer: "number",
  smallint: "number",
  // PostgREST writes a JSON number; beyond 2^53 a browser reads it with its last digits rounded.
  bigint: "number",
  real: "number",
  "double precision": "number",
  numeric: "number",
  oid: "number",
  boolean: "boolean",
  json: "Json",
  jsonb: "Json",
};

function typeOf(type: string, nullable: boolean, enums: Enums): string {
  const element = type.replace(/\[\]$/, "");
  const plain = element.replace(/\(.*\)/, "").trim();
  const written = enums.find(({ name }) => name === element)?.model ?? types[plain] ?? "string";
  return `${written}${element === type ? "" : "[]"}${nullable ? " | null" : ""}`;
}
