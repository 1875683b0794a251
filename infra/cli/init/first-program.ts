import { type DataModel, type ModelColumn, type ModelTable, readDataModel } from "../../prisma/model.ts";
import { tableProperty } from "../../prisma/typed-tables.ts";
import { refuseDuplicates } from "../../prisma/unique-names.ts";
import { localStack } from "../../settings/local-stack.ts";
import { importPath } from "../../settings/paths.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { memberOf, writeKey } from "../../values/source-names.ts";
import { quoteString } from "../../values/source-strings.ts";
import type { DetectedProject, FoundMigrations } from "./detect-project.ts";
import { type MigratedTable, readMigratedTables } from "./migrated-tables.ts";

/**
 * The program that a project starts with, according to what was found. On a database in use, it takes no access from
 * anybody.
 * @param tables the file of typed tables, relative to the project's folder
 */
export async function firstProgram(found: DetectedProject, tables: string): Promise<string> {
  const { schema, migrations, program } = found;
  if (schema !== undefined) {
    return startFromModel(await readDataModel(schema.path), importPath(program, tables));
  }
  if (migrations === undefined) return `${startFromNothing}export {};\n`;
  const migrated = await readMigratedTables(migrations.scripts);
  if (migrated.length > 0) return startFromMigratedTables(migrated, migrations, program);
  return `import { Migrations } from "pulumi-palisade";\n\n${writeMigrations(migrations)}\n${startFromNothing}`;
}

function startFromModel(model: DataModel, tablesModule: string): string {
  // The schema may mention the platform's tables for a relation, but the program doesn't declare them.
  const isOwn = ({ schema }: QualifiedName) => !isMadeByPlatform(schema);
  const tables = model.tables.filter((table) => isOwn(table) && !table.isView);
  const ignored = model.ignoredTables.filter(isOwn);
  const views = model.tables.filter((table) => isOwn(table) && table.isView);
  const schemas = [...new Set([...tables, ...ignored].map(({ schema }) => schema))].filter((name) => name !== "public");
  const owned = tables.find((table) => findOwner(table) !== undefined) ?? tables[0];
  const example = owned === undefined ? "tasks" : resourceName(owned);
  const policy = writeKey(`${example.replaceAll(/\W/g, "_")}_select`);
  return `import * as pulumi from "@pulumi/pulumi";
import { Migrations, ${schemas.length === 0 ? "" : "Schema, "}servicePrivileges, TableAccess, TableReference } from "pulumi-palisade";
import { applicationTables } from ${quoteString(tablesModule)};

const migrations = new Migrations("migrations");
const app = applicationTables(migrations);

/**
 * Tables about which nothing is decided yet. In the stack ${localStack}, whose database is a local one, only the service role and a table's owner
 * (by whom Prisma connects) reach them. In any other stack they stay as they are, whoever may use them now.
 *
 * To decide about one, take it out of this list and say who may do what with its rows (\`sql\` comes from pulumi-palisade as well):
 *
 *     new TableAccess(${quoteString(example)}, {
 *       table: ${owned === undefined ? "app.tasks" : access(owned)},
 *       policies: {
 *         ${policy}: { command: "select", roles: ["authenticated"], using: ${writeCondition(owned)} },
 *       },
 *       grants: { authenticated: ["select"], service_role: servicePrivileges },
 *     });
 *
 * A preview says who gains and who loses by it.${views.length === 0 ? "" : `\n *\n * A view is declared with \`ViewAccess\`, once a migration makes it: ${views.map(resourceName).join(", ")}.`}
 */
const undecided = {
${[...tables.map((table) => `  ${writeKey(resourceName(table))}: ${access(table)},`), ...ignored.map(writeIgnored)].join("\n")}
};

if (pulumi.getStack() === ${quoteString(localStack)}) {
${schemas.map(writeSchema).join("")}  for (const [name, table] of Object.entries(undecided)) {
    new TableAccess(name, { table, grants: { service_role: servicePrivileges } });
  }
  // Prisma's own record is nobody's to read through the API.
  new TableAccess("_prisma_migrations", { table: new TableReference("public", "_prisma_migrations", migrations) });
}
`;
}

/** A model with `@@ignore` has no typed table, since Prisma's client does not know it. */
function writeIgnored(table: QualifiedName): string {
  const { schema, name } = table;
  return `  ${writeKey(resourceName(table))}: new TableReference(${quoteString(schema)}, ${quoteString(name)}, migrations),`;
}

/** Without USAGE on a schema, nobody can reach its contents. */
function writeSchema(name: string): string {
  return `  new Schema(${quoteString(name)}, { grants: { service_role: ["usage"] } }, { dependsOn: migrations });\n`;
}

/** A column that contains a user's id by its name, and may by its type: a user's id is a uuid in requests. */
function findOwner({ columns }: ModelTable): ModelColumn | undefined {
  return columns.find(
    ({ field, mayNameOwner, type }) =>
      mayNameOwner && namesPerson.test(field) && /^(uuid|text|(character|varchar|char)\b.*)$/.test(type),
  );
}

const namesPerson = /user|owner|author|creator|createdBy|profile|person|account|assignee/i;

/** Lets no row through until somebody says which: an example may be copied as it is. */
const nobody = "sql`false`";

function writeCondition(table: ModelTable | undefined): string {
  const owner = table === undefined ? undefined : findOwner(table);
  if (table === undefined || owner === undefined) return nobody;
  const user = owner.type === "uuid" ? "(select auth.uid())" : "(select auth.uid())::text";
  return `sql\`\${${access(table)}.${owner.field}} = ${user}\``;
}

function startFromMigratedTables(
  tables: readonly MigratedTable[],
  migrations: FoundMigrations,
  program: string,
): string {
  refuseDuplicates(
    program,
    tables.map((table) => ({ identifier: tableProperty(table), of: `the table ${table.schema}.${table.name}` })),
  );
  const example = tables.find(({ owner }) => owner !== undefined) ?? (tables[0] as MigratedTable);
  const name = resourceName(example);
  const condition =
    example.owner === undefined
      ? nobody
      : `sql\`\${${memberOf(access(example), example.owner)}} = (select auth.uid())\``;
  return `import { defineTable, Migrations } from "pulumi-palisade";

const migrations = ${writeMigrations(migrations)}
/** The tables that they make. */
const app = {
${tables.map(writeTable).join("\n")}
};

/*
 * Nothing else is declared yet: the policies of the migrations stay as they are. Take over one table after the
 * other, by saying who may do what with its rows (\`TableAccess\`, \`servicePrivileges\` and \`sql\` come from pulumi-palisade as well):
 *
 *     new TableAccess(${quoteString(name)}, {
 *       table: ${access(example)},
 *       policies: {
 *         ${writeKey(`${name.replaceAll(/\W/g, "_")}_select`)}: { command: "select", roles: ["authenticated"], using: ${condition} },
 *       },
 *       grants: { authenticated: ["select"], service_role: servicePrivileges },
 *     });
 *
 * A preview says who gains and who loses by it. From then on, what the migrations say about that table's policies and privileges is a
 * difference, which the next update takes back.
 */
`;
}

function writeTable(table: MigratedTable): string {
  const columns = table.columns.map((column) => `${writeKey(column)}: ${quoteString(column)}`);
  const line = `  ${writeKey(tableProperty(table))}: defineTable(${quoteString(table.schema)}, ${quoteString(table.name)}, { ${columns.join(", ")} }, migrations),`;
  if (line.length <= 120) return line;
  return line.replace(
    / \{ .* \}, migrations\),$/s,
    ` {\n${columns.map((column) => `    ${column},`).join("\n")}\n  }, migrations),`,
  );
}

/** As an expression, whose value the tables refer to. */
function writeMigrations({ directory, format }: FoundMigrations): string {
  return `new Migrations("migrations", {
  directory: ${quoteString(directory)},
${format === "supabase" ? supabaseRemark : plainRemark}});
`;
}

const supabaseRemark = `  // A preview names those that are pending, and an update applies and records them as \`supabase db push\` does. Where a pipeline of yours
  // goes on doing that, an update waits for it instead:
  // apply: false,
`;

const plainRemark = `  // A preview names those that are pending, and an update applies them and records that in a table of its own, palisade.migrations. What another
  // tool has applied is recorded there first: a preview says how.
`;

const startFromNothing = `// Nothing is declared yet, so an update changes nothing. Who may do what with a table is declared so; a preview says who gains and who loses
// by it, before anything is changed:
//
//   import { servicePrivileges, TableAccess } from "pulumi-palisade";
//
//   new TableAccess("tasks", {
//     table: "public.tasks",
//     policies: {
//       own_rows: { command: "select", roles: ["authenticated"], using: "owner_id = auth.uid()" },
//     },
//     grants: { authenticated: ["select"], service_role: servicePrivileges },
//   });
//
// The table has to be there: a Migrations resource applies migrations, and whatever else makes tables goes first.
`;

function resourceName({ schema, name }: QualifiedName): string {
  return schema === "public" ? name : `${schema}.${name}`;
}

function access(table: QualifiedName): string {
  return memberOf("app", tableProperty(table));
}
