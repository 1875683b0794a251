import { stripVTControlCharacters } from "node:util";
import type { getDMMF } from "@prisma/get-dmmf";
import { InputError } from "../errors/errors.ts";
import { loadParser } from "../sql/parser.ts";
import type { QualifiedName } from "../sql/quote.ts";
import { isComputedDefault } from "./column-default.ts";
import { findHiddenColumns } from "./hidden-columns.ts";
import { findBlocks, type SchemaBlock, stringsOf } from "./schema-blocks.ts";
import { displayPath, type PrismaSchema, readSchema } from "./schema-files.ts";
import { toCurrentForm } from "./schema-forms.ts";

/** The tables of a schema.prisma, by their names in the database. */
export interface DataModel {
  readonly tables: readonly ModelTable[];
  /** The tables of models with `@@ignore`, which exist in the database although Prisma's client does not know them. */
  readonly ignoredTables: readonly QualifiedName[];
}

export interface ModelTable {
  /**
   * The model's name in schema.prisma, such as `AiConversation`. For the implicit table of a many-to-many relation, the
   * table's name.
   */
  readonly model: string;
  readonly schema: string;
  /** The table's name, such as `ai_conversations`. */
  readonly name: string;
  readonly isView: boolean;
  readonly columns: readonly ModelColumn[];
  /** Columns that Prisma's client does not know and the database does not compute: `Unsupported(…)`, `@ignore`. */
  readonly hiddenColumns: readonly string[];
  /** The columns of the primary key, in the key's order. Empty if there is none. */
  readonly primaryKey: readonly string[];
}

export interface ModelColumn {
  /** The field's name in schema.prisma, such as `organizationId`. */
  readonly field: string;
  /** The column's name, such as `organization_id`. */
  readonly column: string;
  /** The type as PostgreSQL prints it: `text`, `timestamp(3) with time zone`, `organization_role`. */
  readonly type: string;
  /** The enum's name in schema.prisma, if the type is one or a list of one. */
  readonly enum?: string;
  /**
   * Whether the column is nullable: Prisma does not make lists NOT NULL, although its client never writes null for one.
   */
  readonly nullable: boolean;
  /**
   * Whether the database computes it for a new row: `now()`, `autoincrement()`, `dbgenerated(…)`. Constant defaults,
   * including `dbgenerated("'{}'::text[]")`, are not meant.
   */
  readonly isComputed?: true;
  /** Whether it may identify the row's owner: a required column of a foreign key. */
  readonly mayNameOwner?: true;
}

/**
 * Reads a schema.prisma, or a folder of such files, with Prisma's own parser, in the form of Prisma 7 or 6. Models with
 * `@@ignore` are left out, and columns that Prisma's client does not know are listed by name only.
 * @throws {InputError} with Prisma's message and the location of the error
 */
export async function readDataModel(path: string): Promise<DataModel> {
  return toDataModel(await parseSchema(await readSchema(path)));
}

/** The result of Prisma's parser, for those who need more than tables and columns, and what the parser leaves out. */
export interface ParsedSchema {
  readonly datamodel: Datamodel;
  /** The models that are views. */
  readonly views: ReadonlySet<string>;
  /** The database schema of each enum that has one in schema.prisma. */
  readonly enumSchemas: ReadonlyMap<string, string>;
  /** The foreign keys with an explicit name (`map:`), by model and field: `Task.customer`. */
  readonly foreignKeyNames: ReadonlyMap<string, string>;
  /** By model, the columns that Prisma's client does not know. */
  readonly hiddenColumns: ReadonlyMap<string, readonly string[]>;
  /** The tables of models under `@@ignore`. */
  readonly ignoredTables: readonly QualifiedName[];
}

/** @throws {InputError} with Prisma's message and the location of the error */
export async function parseSchema(schema: string | PrismaSchema): Promise<ParsedSchema> {
  const files = typeof schema === "string" ? [{ path: "schema.prisma", text: schema }] : schema.files;
  // It is large, so it is loaded only when a schema is read.
  const [{ getDMMF }] = await Promise.all([import("@prisma/get-dmmf"), loadParser()]);
  const datamodel = files.map(({ path, text }): [string, string] => [displayPath(path), toCurrentForm(text)]);
  const read = getDMMF({ datamodel });
  if ("error" in read) {
    const name = typeof schema === "string" ? "schema.prisma" : displayPath(schema.path);
    throw new InputError(`${name} cannot be read: ${problemsOf(read.error)}`);
  }
  return { datamodel: read.datamodel, ...readBlocks(files.flatMap(({ text }) => findBlocks(text))) };
}

/** What Prisma's parser leaves out. */
function readBlocks(blocks: readonly SchemaBlock[]): Omit<ParsedSchema, "datamodel"> {
  const ofKind = (...keywords: readonly string[]) => blocks.filter(({ keyword }) => keywords.includes(keyword));
  return {
    views: new Set(ofKind("view").map(({ name }) => name)),
    enumSchemas: new Map(
      ofKind("enum").flatMap(({ name, properties }) => {
        const [schema] = properties.filter((each) => each.name === "@@schema").flatMap(stringsOf);
        return schema === undefined ? [] : [[name, schema]];
      }),
    ),
    foreignKeyNames: new Map(
      ofKind("model").flatMap(({ name, properties }) =>
        properties.flatMap(({ name: field, text }) => {
          const [, map] = /@relation\(.*\bmap:\s*("(?:[^"\\]|\\.)*")/s.exec(text) ?? [];
          return map === undefined ? [] : [[`${name}.${field}`, JSON.parse(map) as string]];
        }),
      ),
    ),
    hiddenColumns: findHiddenColumns(ofKind("model", "view")),
    ignoredTables: ofKind("model").flatMap(ignoredTable),
  };
}

function ignoredTable({ name, properties }: SchemaBlock): readonly QualifiedName[] {
  const said = (attribute: string) => properties.filter((each) => each.name === attribute);
  const [schema = "public"] = said("@@schema").flatMap(stringsOf);
  const [table = name] = said("@@map").flatMap(stringsOf);
  return said("@@ignore").length === 0 ? [] : [{ schema, name: table }];
}

export function toDataModel({ datamodel, views, hiddenColumns, ignoredTables }: ParsedSchema): DataModel {
  const enums = new Map(datamodel.enums.map((each) => [each.name, each.dbName ?? each.name]));
  return {
    tables: [
      ...datamodel.models.map((model) => ({
        ...toTable(model, enums),
        isView: views.has(model.name),
        hiddenColumns: hiddenColumns.get(model.name) ?? [],
      })),
      ...joinTables(datamodel, enums),
    ],
    ignoredTables,
  };
}

export type Datamodel = Exclude<ReturnType<typeof getDMMF>, { readonly error: unknown }>["datamodel"];
type Model = Datamodel["models"][number];
type Field = Model["fields"][number];

function toTable(model: Model, enums: ReadonlyMap<string, string>): ModelTable {
  const references = new Set(model.fields.flatMap(({ relationFromFields }) => relationFromFields ?? []));
  const columns = model.fields
    .filter(({ kind }) => kind !== "object")
    .map((field) => ({
      ...toColumn(field, enums),
      ...(field.isRequired && references.has(field.name) ? { mayNameOwner: true as const } : {}),
    }));
  const keyFields = model.primaryKey?.fields ?? model.fields.filter(({ isId }) => isId).map(({ name }) => name);
  return {
    model: model.name,
    schema: model.schema ?? "public",
    name: model.dbName ?? model.name,
    isView: false,
    columns,
    hiddenColumns: [],
    primaryKey: keyFields.map((name) => columns.find(({ field }) => field === name)?.column ?? name),
  };
}

function toColumn(field: Field, enums: ReadonlyMap<string, string>): ModelColumn {
  return {
    field: field.name,
    column: field.dbName ?? field.name,
    type: typeOf(field, enums) + (field.isList ? "[]" : ""),
    ...(field.kind === "enum" ? { enum: field.type } : {}),
    nullable: field.isList || !field.isRequired,
    ...(isComputed(field) ? { isComputed: true } : {}),
  };
}

/** Not the defaults that Prisma's client generates: `uuid()`, `cuid()` and the like, and `@updatedAt`. */
function isComputed({ default: value, isUpdatedAt }: Field): boolean {
  const isFunction = typeof value === "object" && value !== null && "name" in value;
  return isFunction && !isUpdatedAt && isComputedDefault(value.name, value.args);
}

/**
 * A relation that is a list on both sides has an implicit table that no model names. If it were left out, nobody would
 * think of protecting it.
 */
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
    return [
      {
        model: name,
        schema: first.model.schema ?? "public",
        name,
        isView: false,
        columns,
        hiddenColumns: [],
        primaryKey: ["A", "B"],
      },
    ];
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

/**
 * Prisma's message is in JSON with a code, contains terminal colours, and ends with a count. One mistake can make each
 * line after it another problem.
 */
function problemsOf({ message }: Error): string {
  const text = stripVTControlCharacters(readMessage(message));
  const [listed = ""] = text.slice(Math.max(0, text.indexOf("error:"))).split("\nValidation Error Count");
  const problems = listed.trim().split(/\n(?=error: )/);
  const more = problems.length - shownProblems;
  return [...problems.slice(0, shownProblems), ...(more > 0 ? [`… and ${more} more`] : [])].join("\n");
}

const shownProblems = 3;

function readMessage(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly message: unknown }).message);
  } catch {
    return text;
  }
}
