import { readFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import type { getDMMF } from "@prisma/internals";
import { InputError } from "../provider/errors.ts";

/** The tables that a schema.prisma declares, by their names in the database. */
export interface DataModel {
  readonly tables: readonly ModelTable[];
}

export interface ModelTable {
  /** The model's name in schema.prisma, such as `AiConversation`; for the table that Prisma makes behind a many-to-many relation, the table's name. */
  readonly model: string;
  readonly schema: string;
  /** The table's name, such as `ai_conversations`. */
  readonly name: string;
  readonly columns: readonly ModelColumn[];
  /** The columns of the primary key, in its order. Empty when there is none. */
  readonly primaryKey: readonly string[];
}

export interface ModelColumn {
  /** The field's name in schema.prisma, such as `organizationId`. */
  readonly field: string;
  /** The column's name, such as `organization_id`. */
  readonly column: string;
  /** The type as PostgreSQL prints it: `text`, `timestamp(3) with time zone`, `organization_role`. */
  readonly type: string;
  readonly nullable: boolean;
}

/**
 * Reads a schema.prisma by Prisma's own parser. What Prisma's client does not know is
 * left out: `Unsupported` fields, and whatever is under `@ignore` or `@@ignore`.
 * @throws {InputError} with Prisma's words and the place of the mistake
 */
export async function readDataModel(schemaFile: string): Promise<DataModel> {
  return parseDataModel(await readFile(schemaFile, "utf8"));
}

/** As `readDataModel`, of a text. */
export async function parseDataModel(schema: string): Promise<DataModel> {
  return toDataModel(await parseSchema(schema));
}

/**
 * What Prisma itself says of a schema, for whoever needs more than tables and columns.
 * @throws {InputError} with Prisma's words and the place of the mistake
 */
export async function parseSchema(schema: string): Promise<Datamodel> {
  // Half a second to load, so only whoever reads a schema pays for it.
  const prisma = await import("@prisma/internals");
  try {
    return (await prisma.getDMMF({ datamodel: schema })).datamodel;
  } catch (error) {
    throw new InputError(`schema.prisma cannot be read: ${plainText(error)}`);
  }
}

export function toDataModel(datamodel: Datamodel): DataModel {
  const enums = new Map(datamodel.enums.map((each) => [each.name, each.dbName ?? each.name]));
  return {
    tables: [...datamodel.models.map((model) => toTable(model, enums)), ...joinTables(datamodel, enums)],
  };
}

export type Datamodel = Awaited<ReturnType<typeof getDMMF>>["datamodel"];
type Model = Datamodel["models"][number];
type Field = Model["fields"][number];

function toTable(model: Model, enums: ReadonlyMap<string, string>): ModelTable {
  const columns = model.fields.filter(({ kind }) => kind !== "object").map((field) => toColumn(field, enums));
  const keyFields = model.primaryKey?.fields ?? model.fields.filter(({ isId }) => isId).map(({ name }) => name);
  return {
    model: model.name,
    schema: model.schema ?? "public",
    name: model.dbName ?? model.name,
    columns,
    primaryKey: keyFields.map((name) => columns.find(({ field }) => field === name)?.column ?? name),
  };
}

function toColumn(field: Field, enums: ReadonlyMap<string, string>): ModelColumn {
  return {
    field: field.name,
    column: field.dbName ?? field.name,
    type: typeOf(field, enums) + (field.isList ? "[]" : ""),
    nullable: !field.isRequired,
  };
}

/** A relation that is a list on both sides has a table of its own that no model names; left out here, nobody would think of protecting it. */
function joinTables(datamodel: Datamodel, enums: ReadonlyMap<string, string>): ModelTable[] {
  const ends = datamodel.models.flatMap((model) =>
    model.fields
      .filter((field) => field.kind === "object" && field.isList && field.relationName)
      .map((field) => ({ model, relation: field.relationName ?? "", target: field.type })),
  );
  const names = [...new Set(ends.map(({ relation }) => relation))];
  return names.flatMap((relation) => {
    const [first, second] = ends
      .filter((end) => end.relation === relation)
      .sort((a, b) => (a.model.name < b.model.name ? -1 : 1));
    if (!first || !second) return [];
    const name = `_${relation}`;
    const columns = [first, second].map(({ model }, index) => {
      const id = toTable(model, enums);
      const key = id.columns.find(({ column }) => column === id.primaryKey[0]);
      const column = index === 0 ? "A" : "B";
      return { field: column, column, type: key?.type ?? "text", nullable: false };
    });
    return [{ model: name, schema: first.model.schema ?? "public", name, columns, primaryKey: ["A", "B"] }];
  });
}

/** @see https://www.prisma.io/docs/orm/reference/prisma-schema-reference#model-field-scalar-types */
const scalarTypes: Readonly<Record<string, string>> = {
  String: "text",
  Boolean: "boolean",
  Int: "integer",
  BigInt: "bigint",
  Float: "double precision",
  Decimal: "numeric(65,30)",
  DateTime: "timestamp(3) without time zone",
  Json: "jsonb",
  Bytes: "bytea",
};

const nativeTypes: Readonly<Record<string, string>> = {
  Char: "character",
  VarChar: "character varying",
  Integer: "integer",
  Real: "real",
  DoublePrecision: "double precision",
  Decimal: "numeric",
  ByteA: "bytea",
  VarBit: "bit varying",
};

function typeOf(field: Field, enums: ReadonlyMap<string, string>): string {
  if (field.kind === "enum") return enums.get(field.type) ?? field.type;
  if (!field.nativeType) return scalarTypes[field.type] ?? field.type;
  const [name, parameters] = field.nativeType;
  const precision = parameters.length === 0 ? "" : `(${parameters.join(",")})`;
  const time = /^(Timestamp|Time)(tz)?$/.exec(name);
  if (time) return `${time[1]?.toLowerCase()}${precision} ${time[2] ? "with" : "without"} time zone`;
  return (nativeTypes[name] ?? name.toLowerCase()) + precision;
}

/** Prisma colours its messages for a terminal, and puts the names of its own parts around them. */
function plainText(error: unknown): string {
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const [problems = ""] = text.slice(Math.max(0, text.indexOf("error:"))).split("\nValidation Error Count");
  return problems.trim();
}
