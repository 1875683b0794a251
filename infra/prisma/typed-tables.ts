import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { QualifiedName } from "../sql/quote.ts";
import { withoutUnderscores, writeKey } from "../values/source-names.ts";
import { quoteString, widthOf } from "../values/source-strings.ts";
import { type ModelColumn, type ModelTable, readDataModel } from "./model.ts";
import { refuseDuplicates } from "./unique-names.ts";

/**
 * Generates a module that has every table and column of a Prisma schema as a typed value. The same schema always yields
 * the same text, so that a test can tell whether the committed file is up to date.
 * @param schema the file or folder
 * @param file the path of the result, for messages
 * @param directory the project's folder, to which the schema's path in the text is relative
 * @throws {InputError} if two tables would have the same name
 */
export async function generateTypedTables(schema: string, file: string, directory = process.cwd()): Promise<string> {
  const { tables } = await readDataModel(schema);
  refuseDuplicates(
    file,
    tables.map((table) => ({ identifier: tableProperty(table), of: `the table ${table.schema}.${table.name}` })),
  );
  const origin = relative(directory, schema).replaceAll("\\", "/");
  return writeTables(
    {
      origin,
      notice: `Generated from ${origin}. Do not edit: change the schema, then run \`palisade generate\`.`,
      example: "${app.tasks.organizationId} = 'red'",
    },
    tables.map((table) => ({ ...table, property: tableProperty(table) })),
  );
}

/** Updates a file of typed tables to the schema; false if it was up to date. */
export async function writeTypedTables(schema: string, file: string): Promise<boolean> {
  const text = await generateTypedTables(schema, file);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === text) return false;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return true;
}

/** A table to be written, with its property in the object of tables. */
export interface WrittenTable extends QualifiedName, TableFacts {
  readonly property: string;
}

/** The heading of a file of typed tables. */
export interface Heading {
  /** Where the tables come from. */
  readonly origin: string;
  readonly notice: string;
  /** A condition on a column of one of them. */
  readonly example: string;
}

/** The text of a file of typed tables. */
export function writeTables(heading: Heading, tables: readonly WrittenTable[]): string {
  const written = tables.map((table) => `${writeTable(table)}\n`).join("");
  return `${writeHeading(heading)}  return {${written === "" ? "};" : `\n${written}  };`}\n}\n`;
}

function writeHeading({ origin, notice, example }: Heading): string {
  return `// ${notice}
import { defineTable } from "pulumi-palisade";

/**
 * The tables of ${origin}, with their columns.
 * @param source the resource that creates them; whatever mentions one of them then depends on it
 * @example
 * const app = applicationTables(migrations);
 * sql\`${example}\`
 */
export function applicationTables(source?: unknown) {
`;
}

function writeTable(table: WrittenTable): string {
  const columns = table.columns.map(({ field, column }) => {
    const line = `        ${field}: ${quoteString(column)},`;
    return widthOf(line) <= longestLine || field.length <= 2
      ? line
      : `        ${field}:\n          ${quoteString(column)},`;
  });
  const start = `    ${writeKey(table.property)}: defineTable(`;
  const name = [table.schema, table.name].map(quoteString);
  if (columns.length === 0) {
    const line = `${start}${name.join(", ")}, {}, source, { key: [], computed: [], owners: [] }),`;
    if (widthOf(line) <= longestLine) return line;
  }
  return [
    start,
    ...name.map((part) => `      ${part},`),
    ...(columns.length === 0 ? ["      {},"] : ["      {", ...columns, "      },"]),
    "      source,",
    ...writeFacts(table),
    "    ),",
  ].join("\n");
}

interface TableFacts extends Pick<ModelTable, "primaryKey" | "hiddenColumns"> {
  readonly columns: readonly Pick<ModelColumn, "field" | "column" | "isComputed" | "mayNameOwner">[];
}

/** The facts about a table's columns that `defineTable` gets. */
export function factsOf({ columns, primaryKey, hiddenColumns }: TableFacts) {
  const fieldsOf = (isMeant: (column: TableFacts["columns"][number]) => boolean) =>
    columns.filter(isMeant).map(({ field }) => field);
  return {
    key: fieldsOf(({ column }) => primaryKey.includes(column)),
    computed: fieldsOf(({ isComputed }) => isComputed === true),
    owners: fieldsOf(({ mayNameOwner }) => mayNameOwner === true),
    ...(hiddenColumns.length > 0 ? { hidden: hiddenColumns } : {}),
  };
}

function writeFacts(table: WrittenTable): string[] {
  const facts = factsOf(table);
  const written = Object.entries(facts).map(([fact, names]) => `${fact}: ${writeList(names)}`);
  const line = `      { ${written.join(", ")} },`;
  if (widthOf(line) <= longestLine) return [line];
  const lines = Object.entries(facts).flatMap(([fact, names]) => {
    const own = `        ${fact}: ${writeList(names)},`;
    if (widthOf(own) <= longestLine) return [own];
    return [`        ${fact}: [`, ...names.map((name) => `          ${quoteString(name)},`), "        ],"];
  });
  return ["      {", ...lines, "      },"];
}

const longestLine = 120;

function writeList(fields: readonly string[]): string {
  return `[${fields.map(quoteString).join(", ")}]`;
}

/**
 * The table's name in camel case, after its schema's name unless that is `public`: `ai_conversations` is
 * `app.aiConversations`.
 */
export function tableProperty({ schema, name }: QualifiedName): string {
  return withoutUnderscores(schema === "public" ? name : `${schema}_${name}`);
}
