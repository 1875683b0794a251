import { databaseDefaults } from "../prisma/column-default.ts";
import { type Datamodel, type ModelTable, type ParsedSchema, toDataModel } from "../prisma/model.ts";
import { longestName } from "../sql/quote.ts";

/**
 * What schema.prisma states beyond tables and columns: which columns an insert may omit, and what foreign keys
 * reference.
 */
export interface ApplicationModel {
  readonly tables: readonly ApplicationTable[];
  readonly enums: readonly ApplicationEnum[];
}

export interface ApplicationTable extends ModelTable {
  /** Columns that the database fills in if an insert omits them. */
  readonly defaults: ReadonlySet<string>;
  readonly foreignKeys: readonly ForeignKey[];
}

export interface ApplicationEnum {
  /** The name in schema.prisma, such as `TaskStatus`. */
  readonly model: string;
  readonly schema: string;
  /** The type's name in the database, such as `task_status`. */
  readonly name: string;
  readonly values: readonly string[];
}

export interface ForeignKey {
  /** Prisma's default name, unless the schema sets one (`map:`). */
  readonly name: string;
  readonly columns: readonly string[];
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
  /** Whether at most one row references each row. */
  readonly isOneToOne: boolean;
}

export function toApplicationModel(parsed: ParsedSchema): ApplicationModel {
  const { datamodel, enumSchemas, foreignKeyNames } = parsed;
  const { tables } = toDataModel(parsed);
  const models = new Map(datamodel.models.map((model) => [model.name, model]));
  const tablesByModel = new Map(tables.map((table) => [table.model, table]));
  return {
    tables: tables.map((table) => {
      const model = models.get(table.model);
      return {
        ...table,
        defaults: new Set(model?.fields.filter(isFilledByDatabase).map(({ name, dbName }) => dbName ?? name)),
        foreignKeys: model === undefined ? [] : foreignKeysOf(model, table, tablesByModel, foreignKeyNames),
      };
    }),
    enums: datamodel.enums.map(({ name, dbName, values }) => ({
      model: name,
      schema: enumSchemas.get(name) ?? "public",
      name: dbName ?? name,
      values: values.map((value) => value.dbName ?? value.name),
    })),
  };
}

type Model = Datamodel["models"][number];
type Field = Model["fields"][number];

/**
 * Prisma's client generates some defaults itself (`uuid()`, `cuid()`, `nanoid()`, `ulid()`, `@updatedAt`), which the
 * database does not know about.
 */
function isFilledByDatabase({ default: value }: Field): boolean {
  if (value === undefined) return false;
  const isFunction = typeof value === "object" && value !== null && "name" in value;
  return !isFunction || databaseDefaults.includes(value.name);
}

function foreignKeysOf(
  model: Model,
  table: ModelTable,
  tables: ReadonlyMap<string, ModelTable>,
  names: ReadonlyMap<string, string>,
): ForeignKey[] {
  return model.fields.flatMap(({ name: field, type, relationFromFields, relationToFields }) => {
    const referenced = tables.get(type);
    if (!referenced || !relationFromFields?.length) return [];
    const columns = columnsOf(table, relationFromFields);
    return {
      name: names.get(`${model.name}.${field}`) ?? nameOfConstraint(table.name, columns),
      columns,
      referencedTable: referenced.name,
      referencedColumns: columnsOf(referenced, relationToFields ?? []),
      isOneToOne: isUnique(model, relationFromFields),
    };
  });
}

function columnsOf(table: ModelTable, fields: readonly string[]): readonly string[] {
  return fields.map((name) => table.columns.find(({ field }) => field === name)?.column ?? name);
}

/** Prisma truncates the name before its suffix, counting bytes. */
function nameOfConstraint(table: string, columns: readonly string[]): string {
  const ending = "_fkey";
  let name = "";
  for (const character of [table, ...columns].join("_")) {
    if (Buffer.byteLength(name + character) > longestName - ending.length) break;
    name += character;
  }
  return name + ending;
}

function isUnique(model: Model, fields: readonly string[]): boolean {
  const keys = [
    ...(model.primaryKey ? [model.primaryKey.fields] : []),
    ...model.uniqueFields,
    ...model.fields.filter(({ isId, isUnique }) => isId || isUnique).map(({ name }) => [name]),
  ];
  return keys.some((key) => key.length === fields.length && key.every((field) => fields.includes(field)));
}
