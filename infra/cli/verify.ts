import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readConnectionString } from "../database/connection.ts";
import { Database } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import type { NotCopied } from "../scratch/copy-items.ts";
import { withScratchDatabase } from "../scratch/scratch-database.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { loadParser } from "../sql/parser.ts";
import { compareAccepted, readAccepted, writeAccepted } from "../verify/accepted.ts";
import type { Verification } from "../verify/declaration.ts";
import { formatBrief, formatReport } from "../verify/format.ts";
import { formatHtml } from "../verify/html/page.ts";
import { formatJunit } from "../verify/junit.ts";
import { formatMutations } from "../verify/mutate/format-mutations.ts";
import { mutate } from "../verify/mutate/mutate.ts";
import { type NotTried, type Report, unprovenIn } from "../verify/report.ts";
import { type VerifyOptions, verify } from "../verify/verify.ts";
import { readOptions } from "./read-options.ts";
import { findStackDatabase, type StackDatabase } from "./stack-database.ts";
import { describeWayBack } from "./way-back.ts";

const usage = `${projectCommand("verify")}  proves who may do what by trying it on the stack's database; everything is rolled back

  --stack NAME   whose database; the selected stack unless told
  --url-env NAME  the NAME of the environment variable that holds the connection string; what the stack's settings name unless told
  --accept       write what was found and nobody stated into the file of accepted findings; from then on a change is a failure
  --brief        only what is wrong or could not be tried, and how to go back: as a deployment with palisade:verify shows it
  --json         the result as data, for other programs
  --html FILE    the result as a page that works offline
  --junit FILE   the result as JUnit's XML too, for a pipeline
  --scratch      try on a scratch database with the same schema, which is made for it and removed; the stack's is only read
  --mutate       change each policy, privilege, flag and helper function on a scratch database, and show what nobody would notice
  --only TEXT    of these changes, those with TEXT in their names
  --allow-outside  also run triggers and functions that reach outside the database, by HTTP, dblink and the like

What is expected is in verify.ts beside the program. The exit code is 1 where something is not as
expected, not as accepted, not noticed, or stated and could not be tried.`;

/** `palisade verify`: proves access by trying it. */
export async function run(args: readonly string[], directory = projectDirectory): Promise<number> {
  const options = readArguments(args);
  const { help, scratch, "allow-outside": allowOutside } = options;
  if (help) {
    console.error(usage);
    return 0;
  }
  refuseOutput("--html", outputFile(options.html, directory));
  refuseOutput("--junit", outputFile(options.junit, directory));
  const verification = await readVerification(directory);
  const { stack, connectionString } = await findDatabase(options, directory);
  await loadParser();
  const database = new Database(connectionString, { stack });
  try {
    if (options.mutate) return await mutateOnScratch(database, directory, verification, options);
    const trying = { allowOutside, rowsFile };
    const report = scratch
      ? await verifyOnScratch(database, directory, verification, trying)
      : await verify(database, verification, trying);
    const isProven = tellReport(report, directory, options);
    if (options.brief && !isProven) console.log(`\n${await describeWayBack(directory, stack)}`);
    return isProven ? 0 : 1;
  } finally {
    await database.close();
  }
}

/** Where a person finds the rows that a failure's statement is about. */
export const rowsFile = ".palisade/verify-rows.sql";

export interface Telling {
  /** Whether what was found is accepted from now on. */
  readonly accept?: boolean;
  readonly brief?: boolean;
  readonly json?: boolean;
  readonly html?: string | undefined;
  readonly junit?: string | undefined;
  /** Where the result goes. Default: standard output. */
  readonly print?: (text: string) => void;
}

/** Compares a report with what was accepted, and tells it. @returns whether all that is stated is proven, and nothing else differs */
export function tellReport(report: Report, directory: string, options: Telling = {}): boolean {
  const { accept, brief, json, html, junit, print = console.log } = options;
  if (report.rows !== undefined) {
    mkdirSync(join(directory, dirname(rowsFile)), { recursive: true });
    writeFileSync(join(directory, rowsFile), report.rows);
  }
  const acceptedFile = acceptedFileIn(directory);
  if (accept) writeAccepted(acceptedFile, report.found);
  const accepted = readAccepted(acceptedFile);
  const differences = accepted === undefined ? [] : compareAccepted(accepted, report.found);
  const format = brief ? formatBrief : formatReport;
  print(json ? JSON.stringify({ ...report, differences }, undefined, 2) : format(report, accepted && differences));
  const [junitFile, htmlFile] = [outputFile(junit, directory), outputFile(html, directory)];
  if (junitFile !== undefined) writeFileSync(junitFile, formatJunit(report, differences));
  if (htmlFile !== undefined) writeFileSync(htmlFile, formatHtml(report, differences));
  return report.failures.length + differences.length + unprovenIn(report).length === 0;
}

function acceptedFileIn(directory: string): string {
  return join(dirname(verificationFile(directory)), "verify.accepted.json");
}

function outputFile(file: string | undefined, directory: string): string | undefined {
  return file === undefined ? undefined : resolve(process.env.INIT_CWD ?? directory, file);
}

/** @throws {InputError} where a result could not be written, before anything is tried */
function refuseOutput(option: string, file: string | undefined): void {
  if (file === undefined) return;
  if (!existsSync(dirname(file))) throw new InputError(`${option}: there is no folder ${dirname(file)}; make it first`);
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new InputError(`${option}: ${file} is a folder; name a file in it`);
  }
}

function verificationFile(directory: string): string {
  return resolve(directory, readProjectIn(directory).paths.verification);
}

async function findDatabase(
  { stack, "url-env": variable }: ReturnType<typeof readArguments>,
  directory: string,
): Promise<Pick<StackDatabase, "stack" | "connectionString">> {
  if (variable === undefined || stack === undefined) return await findStackDatabase(stack, directory);
  return { stack, connectionString: readConnectionString(variable, directory, stack, "--url-env") };
}

/** Tries it on a copy of the database; what could not be copied is counted as not tried. */
async function verifyOnScratch(
  live: Database,
  directory: string,
  verification: Verification,
  options: VerifyOptions,
): Promise<Report> {
  const report = (line: string) => console.error(line);
  return await withScratchDatabase(live, { projectDirectory: directory, report }, async ({ database, notCopied }) => {
    return await verify(database, verification, { ...options, notTried: notTriedOf(notCopied) });
  });
}

/** What a scratch database has not can't be tried there. */
export function notTriedOf(notCopied: readonly NotCopied[]): readonly NotTried[] {
  return notCopied.map(({ object, reason }) => ({
    object,
    reason: `not in the scratch database: ${reason}`,
    count: 1,
  }));
}

/** Whether verifying would notice what goes wrong: tried on a copy of the database, never on itself. */
async function mutateOnScratch(
  live: Database,
  directory: string,
  verification: Verification,
  { json, only, ...options }: ReturnType<typeof readArguments>,
): Promise<number> {
  const report = (line: string) => console.error(line);
  const accepted = readAccepted(acceptedFileIn(directory));
  const result = await withScratchDatabase(live, { projectDirectory: directory, report }, ({ superuser }) =>
    mutate(superuser, verification, {
      ...{ allowOutside: options["allow-outside"], report },
      ...(accepted === undefined ? {} : { accepted }),
      ...(only === undefined ? {} : { only }),
    }),
  );
  console.log(json ? JSON.stringify(result, undefined, 2) : formatMutations(result));
  return result.counts.survived + result.wrong.length > 0 ? 1 : 0;
}

/** @throws {InputError} where there is none, or it exports no `verification` */
export async function readVerification(directory: string): Promise<Verification> {
  const file = verificationFile(directory);
  if (!existsSync(file)) {
    throw new InputError(
      `there is no ${file}, which says who the people are and who may do what; see docs/verify.md, and write one`,
    );
  }
  const { tsImport } = await import("tsx/esm/api");
  const loaded = await tsImport(pathToFileURL(file).href, import.meta.url).catch((error: unknown) => {
    throw new InputError(`${file} can't be loaded: ${error instanceof Error ? error.message : error}`);
  });
  const { verification } = loaded as { readonly verification?: Partial<Verification> | null };
  if (verification === undefined) throw new InputError(`${file} exports no \`verification\``);
  if (typeof verification?.people !== "object" || verification.people === null) {
    throw new InputError(
      `${file}: \`verification\` has no \`people\`, which says who belongs to what; see docs/verify.md`,
    );
  }
  return verification as Verification;
}

function readArguments(args: readonly string[]) {
  return readOptions(
    args,
    {
      stack: { type: "string", short: "s" },
      "url-env": { type: "string" },
      accept: { type: "boolean", default: false },
      brief: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      junit: { type: "string" },
      html: { type: "string" },
      mutate: { type: "boolean", default: false },
      only: { type: "string" },
      scratch: { type: "boolean", default: false },
      "allow-outside": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
    usage,
  );
}
