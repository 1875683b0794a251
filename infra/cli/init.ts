import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { localStack } from "../settings/local-stack.ts";
import { projectCommand } from "../settings/project-command.ts";
import { type DetectedProject, detectProject, hasOwnProgram } from "./init/detect-project.ts";
import { projectFiles } from "./init/project-files.ts";
import { readWords } from "./read-options.ts";

const usage = `${projectCommand("init")}                sets a project up in this folder: writes what is missing, and replaces nothing
${projectCommand("init", ["<environment>"])}  the settings of a stack on a database of yours as well, such as prod; there may be several`;

/**
 * `palisade init`: sets up a Pulumi project in a package's folder. If that is impossible, it says so before anything is
 * written.
 */
export async function run(args: readonly string[], folder = process.cwd()): Promise<number> {
  const options = { help: { type: "boolean", short: "h", default: false } } as const;
  const { values, positionals: names } = readWords(args, options, usage);
  if (values.help || names.includes("help")) {
    console.error(usage);
    return 0;
  }
  const unknown = names.find((arg) => !/^[A-Za-z0-9][\w.-]*$/.test(arg));
  if (unknown !== undefined) throw new InputError(`${unknown} is no name of an environment.\n\n${usage}`);
  const found = await detectProject(folder);
  const stacks = names.filter((name) => name !== localStack);
  const files = await projectFiles(found, stacks);
  for (const { path, text, remark } of files) {
    if (text !== undefined) write(join(folder, path), text);
    console.error(`${text === undefined ? "left " : "wrote"}  ${path}${remark === undefined ? "" : ` (${remark})`}`);
  }
  for (const remark of found.remarks) console.error(`\n${remark}`);
  for (const step of stacks.length === 0 ? [nextStep(found)] : stacks.map((stack) => nextStepOf(stack, found)))
    console.error(`\n${step}`);
  return 0;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function nextStep({ schema, migrations, project }: DetectedProject): string {
  const up = `  ${projectCommand("up")}`;
  if (hasOwnProgram(project)) {
    return `Declare what is wanted in the project's program, with the classes of pulumi-palisade, and look at it on a stack of the project's:\n\n  ${projectCommand("preview", ["--stack", "<stack>"])}`;
  }
  if (schema !== undefined && !schema.hasMigrations) {
    return `There are no migrations yet, and the local database starts empty. Write the first from the schema, and bring all up:\n\n  ${projectCommand("migrations", ["new", "first"])}\n${up}`;
  }
  if (migrations?.format === "supabase") {
    return `An update applies what is pending in ${migrations.directory}, as \`supabase db push\` does. For a stack on the database that the Supabase CLI starts, name the variable with its address in Pulumi.${localStack}.yaml (config: {palisade:connection: DIRECT_URL}). Then, or for an empty local database:\n\n${up}`;
  }
  if (migrations !== undefined) {
    return `An update applies what is pending in ${migrations.directory}. Next, a local database with all of them:\n\n${up}`;
  }
  return `Next, a local database with all that is declared:\n\n${up}`;
}

/** For a stack on a database that somebody has already. */
function nextStepOf(stack: string, { schema, project }: DetectedProject): string {
  const declares = hasOwnProgram(project)
    ? "Declare what is wanted in the project's program, with the classes of pulumi-palisade. "
    : "";
  const migrates =
    schema === undefined || schema.hasMigrations
      ? ""
      : `Write the first migration from the schema:\n\n  ${projectCommand("migrations", ["new", "first"])}\n\n`;
  return (
    `${declares}${migrates}For the stack ${stack}, write the connection string of its database into .env.${stack}, which git ignores, as the variable that Pulumi.${stack}.yaml names (DIRECT_URL='postgresql://…'). ` +
    `If that database has tables already, have the program written from what is there:\n\n  ${projectCommand("adopt", [], stack)}\n\n` +
    `Make the stack, once, with a passphrase for its secrets (export PULUMI_CONFIG_PASSPHRASE=…), and look at what an update would change:\n\n  ${projectCommand("pulumi", ["stack", "init", stack])}\n  ${projectCommand("preview", [], stack)}`
  );
}
