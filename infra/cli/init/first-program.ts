import { type ModelColumn, type ModelTable, readDataModel } from "../../prisma/model.ts";
import { propertyName } from "../../prisma/typed-tables.ts";
import { loadParser, parseStatements } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { Surroundings } from "./surroundings.ts";

/** The program that a project starts with, of what was found. It takes nothing from anybody in a database that is in use. */
export async function firstProgram({ schema, supabaseScripts }: Surroundings): Promise<string> {
  if (schema !== undefined) {
    const { tables } = await readDataModel(schema.path);
    return startFromTables(tables);
  }
  return startFromNothing(await tablesOf(supabaseScripts));
}

function startFromTables(tables: readonly ModelTable[]): string {
  const owned = tables.find((table) => findOwner(table) !== undefined) ?? tables[0];
  const example = owned === undefined ? "tasks" : resourceName(owned);
  const policy = writeKey(`${example.replaceAll(/\W/g, "_")}_select`);
  return `import * as pulumi from "@pulumi/pulumi";
import { Migrations, servicePrivileges, TableAccess, TableReference } from "pulumi-palisade";
import { applicationTables } from "./tables.js";

const migrations = new Migrations("migrations");
const app = applicationTables(migrations);

/**
 * Tables about which nothing is decided yet. In the stack dev, whose database is a local one, only the service role and a table's owner
 * (by whom Prisma connects) reach them. In any other stack they stay as they are, whoever may use them now.
 *
 * To decide about one, take it out of this list and say who may do what with its rows (\`sql\` comes from pulumi-palisade as well):
 *
 *     new TableAccess(${JSON.stringify(example)}, {
 *       table: ${owned === undefined ? "app.tasks" : access(owned)},
 *       policies: {
 *         ${policy}: { command: "select", roles: ["authenticated"], using: ${writeCondition(owned)} },
 *       },
 *       grants: { authenticated: ["select"], service_role: servicePrivileges },
 *     });
 *
 * A preview says who gains and who loses by it.
 */
const undecided = {
${tables.map((table) => `  ${writeKey(resourceName(table))}: ${access(table)},`).join("\n")}
};

if (pulumi.getStack() === "dev") {
  for (const [name, table] of Object.entries(undecided)) {
    new TableAccess(name, { table, grants: { service_role: servicePrivileges } });
  }
  // Prisma's own record is nobody's to read through the API.
  new TableAccess("_prisma_migrations", { table: new TableReference("public", "_prisma_migrations", migrations) });
}
`;
}

/** A column that may hold the id of a user, whose id in a request is a uuid. */
function findOwner({ columns }: ModelTable): ModelColumn | undefined {
  return columns.find(
    ({ mayNameOwner, type }) => mayNameOwner && /^(uuid|text|(character|varchar|char)\b.*)$/.test(type),
  );
}

function writeCondition(table: ModelTable | undefined): string {
  const owner = table === undefined ? undefined : findOwner(table);
  if (table === undefined || owner === undefined) return "sql`true`";
  const user = owner.type === "uuid" ? "(select auth.uid())" : "(select auth.uid())::text";
  return `sql\`\${${access(table)}.${owner.field}} = ${user}\``;
}

function startFromNothing(tables: readonly string[]): string {
  const list =
    tables.length === 0
      ? ""
      : `// The tables of supabase/migrations:\n${tables.map((name) => `//   ${name}`).join("\n")}\n//\n`;
  const table = tables.find((name) => name.startsWith("public.")) ?? tables[0] ?? "public.tasks";
  return `// Nothing is declared yet, so an update changes nothing. Who may do what with a table is declared so; a preview says who gains and who loses
// by it, before anything is changed:
//
//   import { servicePrivileges, TableAccess } from "pulumi-palisade";
//
//   new TableAccess(${JSON.stringify(table.replace(/^public\./, ""))}, {
//     table: ${JSON.stringify(table)},
//     policies: {
//       own_rows: { command: "select", roles: ["authenticated"], using: "owner_id = auth.uid()" },
//     },
//     grants: { authenticated: ["select"], service_role: servicePrivileges },
//   });
//
${list}// The table has to be there: a Migrations resource applies Prisma's migrations, and whatever else makes tables goes first.
export {};
`;
}

/** By the server's own grammar; what can't be read is only not listed. */
async function tablesOf(scripts: readonly string[]): Promise<readonly string[]> {
  await loadParser();
  const made = scripts.flatMap((script) => {
    try {
      return parseStatements(script).flatMap(({ CreateStmt }) => {
        const { schemaname: schema = "public", relname: name } =
          (CreateStmt as { relation?: Relation } | undefined)?.relation ?? {};
        return name === undefined ? [] : [formatQualified({ schema, name })];
      });
    } catch {
      return [];
    }
  });
  return [...new Set(made)].sort();
}

interface Relation {
  readonly schemaname?: string;
  readonly relname?: string;
}

function writeKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function resourceName({ schema, name }: ModelTable): string {
  return schema === "public" ? name : `${schema}.${name}`;
}

function access(table: ModelTable): string {
  const property = propertyName(table);
  if (property.startsWith("[")) return `app${property}`;
  return property.startsWith('"') ? `app[${property}]` : `app.${property}`;
}
