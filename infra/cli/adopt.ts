import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkProgram } from "../adopt/check-program.ts";
import { adopt } from "../adopt/index.ts";
import { ObjectFilter } from "../adopt/object-filter.ts";
import { type PreviewOptions, type ProgramPreview, previewProgram } from "../adopt/preview-program.ts";
import type { Target } from "../adopt/target.ts";
import { describeLeftOut, type ProgramFile, writeFiles } from "../adopt/write-program.ts";
import { readConnectionString } from "../database/connection.ts";
import { Database } from "../database/database.ts";
import { stackExists } from "../engine/state/state-folder.ts";
import { InputError } from "../errors/errors.ts";
import { kinds } from "../kinds/registry.ts";
import { localFolders, localStack } from "../settings/local-stack.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { variableName } from "../settings/variable-name.ts";
import { findTarget } from "./adopt/find-target.ts";
import { findStackDatabase } from "./stack-database.ts";

const usage = `${projectCommand("adopt")}  writes a program that declares what the live database has, and previews it; the database stays as it is

  --out DIR       the folder of the program. Default: the project's own program, or stacks
  --url-env NAME  the NAME of the environment variable that holds the connection string. Default: the stack's database
  --stack NAME    whose database, and whose configuration the preview takes. Default: the selected stack
  --only WHAT     only this: a schema (public), a table (public.tasks) or a kind (Bucket); may be given several times
  --without WHAT  all but this; likewise

What the program declares already stays as it is, and is not declared a second time: what is left out today can be taken in by the same
command later. The exit code is 1 where the preview shows a difference.`;

/** `palisade adopt`: a program for a database that is there already. */
export async function run(args: readonly string[], folder = process.cwd()): Promise<number> {
  const { help, out, "url-env": variable, stack: named, only, without } = readArguments(args);
  if (help) {
    console.error(usage);
    return 0;
  }
  if (variable !== undefined && !variableName.test(variable)) {
    throw new InputError(
      "--url-env takes the NAME of an environment variable, such as DIRECT_URL; never the connection string itself",
    );
  }
  const filter = new ObjectFilter(kinds, only, without);
  const report = (line: string) => console.error(line);
  const database =
    variable === undefined
      ? await findStackDatabase(named, folder)
      : {
          stack: named ?? localStack,
          connectionString: readConnectionString(variable, folder, named ?? localStack, "--url-env"),
        };
  const { stack, connectionString } = database;
  // npm runs commands in the project's folder; a person means the folder that they are in.
  const outFolder = out === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), out);
  await refuseUnreachable(connectionString);
  const target = await findTarget({ folder, out: outFolder, stack, variable, report });
  const { files, objects, leftOut } = await adopt({ target, stack, connectionString, filter });
  const ownState = variable === undefined && target.directory === folder && hasState(target, stack);
  const preview = await prove(target, files, { stack, connectionString, ownState, report });
  for (const { path, before } of files) {
    report(`${before === undefined ? "wrote" : "added to"}  ${relative(process.cwd(), path)}`);
  }
  for (const one of leftOut) report(`left out  ${describeLeftOut(one)}`);
  if (objects.length === 0) report("There is nothing that the program does not declare already.");
  return tellPreview(preview, target, target.directory === folder ? projectCommand("up", [], stack) : undefined);
}

/** Before anything is written. @throws {DatabaseError} where the database can't be reached */
async function refuseUnreachable(connectionString: string): Promise<void> {
  const database = new Database(connectionString);
  try {
    await database.look((session) => session.run("select"));
  } finally {
    await database.close();
  }
}

/** Writes the files, has them compiled, and previews the program. Where either can't be done, everything is as it was. */
async function prove(target: Target, files: readonly ProgramFile[], options: PreviewOptions): Promise<ProgramPreview> {
  const restore = writeFiles(files);
  try {
    const [isChecked, preview] = await Promise.all([checkProgram(target, files), previewProgram(target, options)]);
    if (!isChecked) options.report("The program's types are not checked: the project has no TypeScript.");
    return preview;
  } catch (error) {
    restore();
    throw error;
  }
}

/** @param up the command that deploys the program, where it is this project's */
function tellPreview(
  { exitCode, adopted, changes, errors }: ProgramPreview,
  target: Target,
  up: string | undefined,
): number {
  for (const line of [...errors, ...changes]) console.error(line);
  if (exitCode === 0 && changes.length === 0) {
    const number = adopted === 1 ? "1 object as it is" : `${adopted} objects as they are`;
    const who = up === undefined ? `an update, from ${target.directory},` : `\`${up}\``;
    const goOn = adopted === 0 ? "" : `: ${who} takes over ${number}, and executes no statement`;
    console.error(`0 differences between ${relative(process.cwd(), target.main)} and the database${goOn}.`);
    return 0;
  }
  const count = changes.length === 1 ? "1 difference" : `${changes.length} differences`;
  console.error(`The program is written, and its preview shows ${errors.length > 0 ? "errors and " : ""}${count}.`);
  return 1;
}

/** Whether there is a state of the stack that a preview can be made beside. */
function hasState({ directory }: Target, stack: string): boolean {
  if (process.env.PULUMI_BACKEND_URL) return true;
  const project = readProjectIn(directory);
  return stackExists(localFolders(directory).state, project.name, stack);
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        out: { type: "string" },
        "url-env": { type: "string" },
        stack: { type: "string", short: "s" },
        only: { type: "string", multiple: true, default: [] },
        without: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
