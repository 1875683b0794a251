import { relative, resolve } from "node:path";
import { checkProgram } from "../adopt/check-program.ts";
import { type Adoption, adopt } from "../adopt/index.ts";
import { objectKey } from "../adopt/left-out.ts";
import { findRefused } from "../adopt/live-objects.ts";
import { ObjectFilter } from "../adopt/object-filter.ts";
import { type PreviewOptions, type ProgramPreview, previewProgram } from "../adopt/preview-program.ts";
import type { Target } from "../adopt/target.ts";
import { describeLeftOut } from "../adopt/write-program.ts";
import { type WrittenFiles, writeOnTrial } from "../adopt/written-files.ts";
import { readConnectionString } from "../database/connection.ts";
import { Database } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import { kinds } from "../kinds/registry.ts";
import { projectCommand } from "../settings/project-command.ts";
import { variableName } from "../settings/variable-name.ts";
import { findTarget } from "./adopt/find-target.ts";
import { describeFirstProgram, replaceFirstProgram } from "./adopt/replace-first-program.ts";
import { describeTakeover, hasState, isDatabaseOf } from "./adopt/takeover.ts";
import { readOptions } from "./read-options.ts";
import { findStackDatabase, resolveStack, type StackDatabase } from "./stack-database.ts";

const usage = `${projectCommand("adopt")}  writes a program that declares what the live database has, and previews it; the database stays as it is

  --out DIR       the folder of the program. Default: the project's own program, or stacks
  --url-env NAME  the NAME of the environment variable that holds the connection string. Default: the stack's database
  --stack NAME    whose database, and whose configuration the preview takes. Default: the selected stack
  --only WHAT     only this: a schema (public), a table (public.tasks) or a kind (Bucket); may be given several times
  --without WHAT  all but this; likewise

What the program declares already stays as it is, and is not declared a second time: what is left out today can be taken in by the same
command later. The exit code is 1 where the preview shows a difference.`;

/** `palisade adopt`: writes a program for an existing database. */
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
  const database = await findDatabase(named, variable, folder);
  const { stack, connectionString } = database;
  // npm runs commands in the project's folder; the user means a path relative to their own working directory.
  const outFolder = out === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), out);
  await refuseUnreachable(connectionString);
  const isStacks = isDatabaseOf(await resolveStack(stack, folder), folder, database, folder);
  const { target, written, up, said } = await writeOnTrial(async (files) => {
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const { connection } = database;
    const target = await findTarget({ folder, out: outFolder, stack, connection, isStacks, files, report: say });
    const deployed = await resolveStack(stack, target.directory);
    const isOwn = isDatabaseOf(deployed, target.directory, database, folder);
    const ownState = isOwn && (await hasState(deployed, target.directory, say));
    const proof = { stack, connectionString, ownState, report: say };
    const written = await writeProven(target, filter, files, proof, report);
    return { target, written, up: describeTakeover(deployed, target.directory, isOwn, folder), said };
  });
  const { adoption, preview, isReplaced, kept } = written;
  for (const line of new Set(said)) report(line);
  const nameOf = (path: string) => relative(process.cwd(), path);
  if (isReplaced) report(`replaced  ${nameOf(target.main)}, which was as \`init\` wrote it`);
  for (const { path, before } of adoption.files) {
    if (isReplaced && path === target.main) continue;
    report(`${before === undefined ? "wrote" : "added to"}  ${nameOf(path)}`);
  }
  for (const one of adoption.leftOut) report(`left out  ${describeLeftOut(one)}`);
  const advice = adoption.files.length === 0 ? undefined : await describeFirstProgram(target, adoption, kept);
  if (advice !== undefined) report(advice);
  if (adoption.objects.length === 0) report("There is nothing that the program does not declare already.");
  return tellPreview(preview, target, up);
}

/** The database to read: the one in the named variable, or else the stack's. */
async function findDatabase(
  named: string | undefined,
  variable: string | undefined,
  folder: string,
): Promise<StackDatabase> {
  if (variable === undefined) return await findStackDatabase(named, folder);
  const { stack } = await resolveStack(named, folder);
  return {
    stack,
    connection: { kind: "variable", name: variable },
    connectionString: readConnectionString(variable, folder, stack, "--url-env"),
  };
}

/** Runs before anything is written. @throws {DatabaseError} if the database can't be reached */
async function refuseUnreachable(connectionString: string): Promise<void> {
  const database = new Database(connectionString);
  try {
    await database.look((session) => session.run("select"));
  } finally {
    await database.close();
  }
}

interface Written {
  readonly adoption: Adoption;
  readonly preview: ProgramPreview;
  /** Whether it took the place of the program of `init`. */
  readonly isReplaced: boolean;
  /** What would be declared no longer if it did, by `objectKey`. */
  readonly kept: readonly string[];
}

/**
 * Writes the program and previews it. Objects that the preview refuses, or for which it shows a difference, are taken
 * out until there are none. The program of `init` is replaced only by one that declares all that it declares.
 */
async function writeProven(
  target: Target,
  filter: ObjectFilter,
  files: WrittenFiles,
  options: PreviewOptions,
  report: (line: string) => void,
): Promise<Written> {
  const refused = new Map<string, string>();
  report("Reading what the database has.");
  const untouched = files.mark;
  let replaced = await replaceFirstProgram(target, filter, files, options);
  let before = files.mark;
  let kept: readonly string[] = [];
  for (;;) {
    const adoption = await adopt({ target, ...options, filter, refused });
    const standing = new Set([...adoption.declared, ...adoption.unread, ...adoption.objects.map(objectKey)]);
    kept = replaced?.filter((key) => !standing.has(key)) ?? kept;
    if (replaced !== undefined && kept.length > 0) {
      files.restore(untouched);
      replaced = undefined;
      before = untouched;
      refused.clear();
      continue;
    }
    for (const { path, text } of adoption.files) files.write(path, text);
    report("Compiling the program, and previewing it with Pulumi's engine.");
    const preview = await prove(target, adoption, options);
    const found = findRefused(adoption.objects, preview.refused);
    if (found.length === 0) {
      for (const one of adoption.unread)
        options.report(`can't be read, so what it declares may be declared again  ${one}`);
      return { adoption, preview, isReplaced: replaced !== undefined, kept };
    }
    files.restore(before);
    for (const { key, reason } of found) refused.set(key, reason);
    report(`Leaving out what the preview does not take as it is: ${found.map(({ key }) => key).join(", ")}.`);
  }
}

/** Compiles the written files, and previews the program. */
async function prove(target: Target, { files, objects }: Adoption, options: PreviewOptions): Promise<ProgramPreview> {
  // Both need the files until they end.
  const [checked, previewed] = await Promise.allSettled([checkProgram(target, files), previewProgram(target, options)]);
  if (checked.status === "rejected") throw checked.reason;
  if (previewed.status === "rejected") throw previewed.reason;
  if (!checked.value) options.report("The program's types are not checked: the project has no TypeScript.");
  const { value: preview } = previewed;
  const isWhole = preview.errors.length > 0 || preview.objects >= objects.length;
  const problem = `the preview knows ${preview.objects} objects, and ${objects.length} were written: look at ${projectCommand("preview", [], options.stack)}`;
  return isWhole ? preview : { ...preview, errors: [problem] };
}

/** @param up what an update needs, and what it takes over */
function tellPreview(
  { adopted, changes, errors }: ProgramPreview,
  target: Target,
  up: (objects: string) => string,
): number {
  for (const line of [...errors, ...changes]) console.error(line);
  if (errors.length === 0 && changes.length === 0) {
    const goOn = adopted === 0 ? "" : `: ${up(adopted === 1 ? "1 object as it is" : `${adopted} objects as they are`)}`;
    console.error(`0 differences between ${relative(process.cwd(), target.main)} and the database${goOn}.`);
    return 0;
  }
  const count = changes.length === 1 ? "1 difference" : `${changes.length} differences`;
  console.error(`The program is written, and its preview shows ${errors.length > 0 ? "errors and " : ""}${count}.`);
  return 1;
}

function readArguments(args: readonly string[]) {
  return readOptions(
    args,
    {
      out: { type: "string" },
      "url-env": { type: "string" },
      stack: { type: "string", short: "s" },
      only: { type: "string", multiple: true, default: [] },
      without: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
    usage,
  );
}
