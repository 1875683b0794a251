import { existsSync, readFileSync } from "node:fs";
import { join, resolve as resolvePath } from "node:path";
import { connectionSettings } from "../database/connection.ts";
import { InputError } from "../errors/errors.ts";
import { ensureLocalDatabase } from "../local/index.ts";
import type { MigrationTarget } from "../migrations/deployment/deploy-migrations.ts";
import { writePrismaMigration } from "../migrations/deployment/new-migration.ts";
import { writeScript } from "../migrations/deployment/new-script.ts";
import { type FormatName, formatNames, type MigrationFormat, type ScriptNames } from "../migrations/formats/format.ts";
import { recogniseFormat } from "../migrations/formats/recognise.ts";
import { formatNamed, formats } from "../migrations/formats/registry.ts";
import { compareHistory } from "../migrations/history/history.ts";
import { obstacles } from "../migrations/history/obstacles.ts";
import { type ResolveCommand, resolveCommand } from "../migrations/history/resolve-command.ts";
import { displayPath, locateSchema } from "../prisma/schema-files.ts";
import { generateTypedTables } from "../prisma/typed-tables.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { migrationsFolder, projectDirectory } from "../settings/project-folder.ts";
import { suggestSimilar } from "../values/similar-name.ts";
import { readWords } from "./read-options.ts";
import { findStackDatabase } from "./stack-database.ts";

const command = projectCommand("migrations", ["…"]).replace("…", "");
const usage = `${command}status
${command}new <name>                          write the migration that leads to schema.prisma, or an empty script; applies nothing
${command}resolve --rolled-back <migration>   have a failed migration applied again by the next update
${command}resolve --applied <migration>       record a migration as applied without applying it

  --stack <stack>          whose database; the selected stack unless told
  --directory <folder>     the folder of migrations; the one that Pulumi.yaml sets, or prisma/migrations (supabase/migrations with
                           --format supabase), unless told
  --format <format>        whose migrations they are, one of ${formatNames.join(", ")}; recognised by the folder unless told`;

/**
 * `palisade migrations`: shows what is applied in a stack's database, resolves failures, and writes new migrations. It
 * does the same as `prisma migrate status`, `prisma migrate resolve`, `supabase migration repair`, `prisma migrate dev
 * --create-only` and `supabase migration new`, without Prisma's native engine.
 */
export async function run(args: readonly string[], project = projectDirectory): Promise<number> {
  const { command, options } = readArguments(args);
  if (command === undefined) {
    console.error(usage);
    return options.help ? 0 : 1;
  }
  const usual = migrationsFolder(project, options.format?.name);
  const directory = resolvePath(project, options.directory ?? usual);
  const named = options.directory ?? usual;
  if (command === "new") {
    const format = options.format ?? (await recognise({ directory, named }));
    return format.newScript === undefined
      ? await writeNew(options.name, directory, project)
      : await writeNewScript(format, format.newScript, { name: options.name, directory, project });
  }
  const { connectionString, stack } = await findStackDatabase(options.stack, project);
  console.error(`The database of the stack ${stack}: ${connectionSettings(connectionString).description}`);
  const format = options.format ?? (await recognise({ directory, named, connectionString }));
  const target = { connectionString, directory };
  if (options.rolledBack !== undefined) {
    await format.markRolledBack(target, options.rolledBack);
    console.log(
      format.isRepairable
        ? `the record of ${options.rolledBack} is gone: the next update applies it again, if the folder holds it`
        : `${options.rolledBack} is marked as rolled back: the next update applies it again`,
    );
    return 0;
  }
  if (options.applied !== undefined) {
    await format.markApplied(target, options.applied);
    console.log(`${options.applied} is recorded as applied`);
    return 0;
  }
  return await showStatus(
    format,
    target,
    resolveCommand({ stack, directory: options.directory, usual, format: options.format?.name }),
  );
}

async function recognise({
  connectionString,
  ...folder
}: {
  readonly directory: string;
  readonly named: string;
  readonly connectionString?: string;
}): Promise<MigrationFormat> {
  const recordsOf = async (name: FormatName) =>
    connectionString === undefined ? [] : await formatNamed(name).readRecords(connectionString);
  const found = await recogniseFormat({ ...folder, recordsOf });
  if (typeof found !== "string") throw new InputError(found.problem.replaceAll('format: "', '--format "'));
  return formatNamed(found);
}

async function writeNewScript(
  format: MigrationFormat,
  names: ScriptNames,
  { name, directory, project }: { readonly name: string; readonly directory: string; readonly project: string },
): Promise<number> {
  const file = await writeScript(format, names, { name, directory });
  console.log(join(displayPath(directory, project), file));
  console.error("\nIt is empty, and nothing is applied yet: write its statements, and look at a preview.");
  return 0;
}

/** Replays the migrations in a temporary database on the local server, whatever the stack. */
async function writeNew(name: string, directory: string, project: string): Promise<number> {
  const { paths } = readProjectIn(project);
  const schema = await locateSchema(project, paths.schema);
  const { url } = await ensureLocalDatabase({ projectDirectory: project, report: (line) => console.error(line) });
  const written = await writePrismaMigration({ name, directory, schema, connectionString: url });
  if (written === undefined) {
    console.error(`The migrations lead to ${displayPath(schema, project)} as it is: there is nothing to write.`);
    return 0;
  }
  console.log(join(displayPath(directory, project), written.name, "migration.sql"));
  console.error(`\n${written.script.trimEnd()}\n`);
  const next = await nextCommands(schema, paths.tables, project);
  console.error(
    `Nothing is applied yet. Read it, edit it if need be, and apply it:\n\n${next.map((line) => `  ${line}\n`).join("")}`,
  );
  return 0;
}

/** The commands after a new migration: the program needs the schema's new tables and columns before it is deployed. */
export async function nextCommands(schema: string, tables: string, project: string): Promise<readonly string[]> {
  const file = resolvePath(project, tables);
  const update = projectCommand("up");
  if (!existsSync(file)) return [update];
  // Where no tables can be generated, `generate` says why.
  const text = await generateTypedTables(schema, tables, project).catch(() => undefined);
  return readFileSync(file, "utf8") === text ? [update] : [projectCommand("generate"), update];
}

/**
 * Prints one line for each migration.
 * @returns 1 if a migration is pending or has to be resolved, as Prisma's command does
 */
async function showStatus(
  format: MigrationFormat,
  { connectionString, directory }: MigrationTarget,
  resolve: ResolveCommand,
): Promise<number> {
  const history = compareHistory(await format.readFolder(directory), await format.readRecords(connectionString));
  const problems = obstacles(history, resolve, format);
  if (history.applied.length + history.pending.length + problems.length === 0) {
    console.error(`There are no migrations in ${directory}, and the database records none.`);
  }
  for (const name of history.applied) console.log(`applied  ${name}`);
  for (const name of history.pending) console.log(`pending  ${name}`);
  for (const problem of problems) console.error(problem);
  return problems.length > 0 || history.pending.length > 0 ? 1 : 0;
}

const words: readonly string[] = ["status", "new", "resolve"];

function readArguments(args: readonly string[]) {
  const options = {
    stack: { type: "string", short: "s" },
    directory: { type: "string" },
    format: { type: "string" },
    "rolled-back": { type: "string" },
    applied: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  const { values, positionals } = readWords(args, options, usage);
  const { stack, directory, applied, "rolled-back": rolledBack } = values;
  const format = formats.find(({ name }) => name === values.format);
  if (values.format !== undefined && format === undefined) {
    throw new InputError(`there is no format ${values.format}; there are ${formatNames.join(", ")}`);
  }
  const [word] = positionals;
  const help = values.help || word === "help";
  if (word !== undefined && !words.includes(word) && !help) {
    throw new InputError(`migrations has no command ${word}${suggestSimilar(word, words)}\n\n${usage}`);
  }
  const isResolve = word === "resolve" && (applied === undefined) !== (rolledBack === undefined);
  const isStatus = word === "status" && applied === undefined && rolledBack === undefined;
  const isNew = word === "new" && stack === undefined && applied === undefined && rolledBack === undefined;
  const isKnown = positionals.length === 1 ? isResolve || isStatus : positionals.length === 2 && isNew;
  const command = isKnown && !help ? word : undefined;
  return { command, options: { help, stack, directory, format, applied, rolledBack, name: positionals[1] ?? "" } };
}
