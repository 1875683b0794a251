import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { QualifiedName } from "../sql/quote.ts";
import { type ModelColumn, type ModelTable, readDataModel } from "./model.ts";
import { refuseDuplicates } from "./unique-names.ts";

/**
 * Generates the program text that names every table and column of a Prisma schema as a typed value.
 * The same schema always gives the same text, so that a test can tell when the committed file is out of date.
 * @param schema the file or folder
 * @param file where the text is written, for messages
 * @param directory the project's, from which the text names the schema
 * @throws {InputError} when two tables would have the same name
 */
export async function generateTypedTables(schema: string, file: string, directory = process.cwd()): Promise<string> {
  const { tables } = await readDataModel(schema);
  refuseDuplicates(
    file,
    tables.map((table) => ({ identifier: propertyName(table), of: `the table ${table.schema}.${table.name}` })),
  );
  return `${writeHeading(relative(directory, schema).replaceAll("\\", "/"))}${tables.map(writeTable).join("\n")}\n  };\n}\n`;
}

/** Brings a file of typed tables up to date with the schema; false when it already was. */
export async function writeTypedTables(schema: string, file: string): Promise<boolean> {
  const text = await generateTypedTables(schema, file);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === text) return false;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return true;
}

function writeHeading(schema: string): string {
  return `// Generated from ${schema}. Do not edit: change the schema, then run \`palisade generate\`.
import { defineTable } from "pulumi-palisade";

/**
 * The tables of ${schema}, with their columns.
 * @param source the resource that creates them; whatever mentions one of them then depends on it
 * @example
 * const app = applicationTables(migrations);
 * sql\`\${app.tasks.organizationId} = 'red'\`
 */
export function applicationTables(source?: unknown) {
  return {
`;
}

function writeTable(table: ModelTable): string {
  const columns = table.columns.map(({ field, column }) => `        ${field}: ${JSON.stringify(column)},`);
  return [
    `    ${propertyName(table)}: defineTable(`,
    `      ${JSON.stringify(table.schema)},`,
    `      ${JSON.stringify(table.name)},`,
    "      {",
    ...columns,
    "      },",
    "      source,",
    ...writeFacts(table),
    "    ),",
  ].join("\n");
}

function writeFacts({ columns, primaryKey, hiddenColumns }: ModelTable): string[] {
  const fieldsOf = (isMeant: (column: ModelColumn) => boolean) => columns.filter(isMeant).map(({ field }) => field);
  const facts = {
    key: fieldsOf(({ column }) => primaryKey.includes(column)),
    computed: fieldsOf(({ isComputed }) => isComputed === true),
    owners: fieldsOf(({ mayNameOwner }) => mayNameOwner === true),
    ...(hiddenColumns.length > 0 ? { hidden: hiddenColumns } : {}),
  };
  const written = Object.entries(facts).map(([fact, names]) => `${fact}: ${writeList(names)}`);
  const line = `      { ${written.join(", ")} },`;
  return line.length <= 120 ? [line] : ["      {", ...written.map((fact) => `        ${fact},`), "      },"];
}

function writeList(fields: readonly string[]): string {
  return `[${fields.map((field) => JSON.stringify(field)).join(", ")}]`;
}

/** The table's own name in camel case, after its schema's where that is not `public`, as the model's fields are written: `ai_conversations` is `app.aiConversations`. */
export function propertyName({ schema, name }: QualifiedName): string {
  const qualified = schema === "public" ? name : `${schema}_${name}`;
  const camelCase = qualified.replaceAll(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  const lowerFirst = camelCase.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
  // Written plainly in an object, that one name would be its prototype.
  if (lowerFirst === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(lowerFirst) ? lowerFirst : JSON.stringify(lowerFirst);
}
