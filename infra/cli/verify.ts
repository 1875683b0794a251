import { readConnectionString } from "../database/connection.ts";
import { Database } from "../database/database.ts";
import { withScratchDatabase } from "../scratch/scratch-database.ts";
import { refuseUnknownStack } from "../settings/known-stacks.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { loadParser } from "../sql/parser.ts";
import { readAccepted } from "../verify/accepted.ts";
import type { Verification } from "../verify/declaration.ts";
import { formatMutations } from "../verify/mutate/format-mutations.ts";
import { mutate } from "../verify/mutate/mutate.ts";
import type { Report } from "../verify/report.ts";
import { type VerifyOptions, verify } from "../verify/verify.ts";
import { readOptions } from "./read-options.ts";
import { databaseOf, resolveStack } from "./stack-database.ts";
import { notTriedOf } from "./verify/not-copied.ts";
import { outputFile, refuseOutput, rowsFile, tellReport } from "./verify/tell-report.ts";
import { acceptedFileIn, readVerification } from "./verify/verification-file.ts";
import { describeWayBack } from "./way-back.ts";

const usage = `${projectCommand("verify")}  proves who may do what by trying it on the stack's database; everything is rolled back

  --stack NAME   whose database; the selected stack unless told
  --url-env NAME  the NAME of the environment variable that holds the connection string; what the stack's settings name unless told
  --accept       write what was found and nobody stated into the file of accepted findings; from then on a change is a failure
  --brief        only what is wrong or could not be tried
  --after-update  how to go back as well, if something is wrong: for an update that ends with the proof
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
  const { help, scratch, "allow-outside": allowExternalEffects } = options;
  if (help) {
    console.error(usage);
    return 0;
  }
  refuseOutput("--html", outputFile(options.html, directory));
  refuseOutput("--junit", outputFile(options.junit, directory));
  const { stack, connect } = await findDatabase(options, directory);
  const verification = await readVerification(directory);
  await loadParser();
  const database = new Database(await connect(), { stack });
  try {
    if (options.mutate) return await mutateOnScratch(database, directory, verification, options);
    const trying = { allowExternalEffects, rowsFile };
    const report = scratch
      ? await verifyOnScratch(database, directory, verification, trying)
      : await verify(database, verification, trying);
    const isProven = tellReport(report, directory, { ...options, stack });
    if (options["after-update"] && !isProven) console.log(`\n${await describeWayBack(directory, stack)}`);
    return isProven ? 0 : 1;
  } finally {
    await database.close();
  }
}

/** Refuses an unknown stack, and leaves it to `connect` to find the database, which may have to be started. */
async function findDatabase(
  { stack: named, "url-env": variable }: ReturnType<typeof readArguments>,
  directory: string,
): Promise<{ readonly stack: string; readonly connect: () => Promise<string> }> {
  if (variable !== undefined) {
    const stack = named ?? (await resolveStack(undefined, directory)).stack;
    return { stack, connect: async () => readConnectionString(variable, directory, stack, "--url-env") };
  }
  const target = await resolveStack(named, directory);
  refuseUnknownStack(readProjectIn(directory), target.stack);
  return { stack: target.stack, connect: async () => (await databaseOf(target, directory)).connectionString };
}

/** Tries access on a copy of the database. Objects that could not be copied count as not tried. */
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

/** Runs mutation testing of the verification, on a copy of the database and never on the database itself. */
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
      ...{ allowExternalEffects: options["allow-outside"], report },
      ...(accepted === undefined ? {} : { accepted }),
      ...(only === undefined ? {} : { only }),
    }),
  );
  console.log(json ? JSON.stringify(result, undefined, 2) : formatMutations(result));
  return result.counts.survived + result.wrong.length > 0 ? 1 : 0;
}

function readArguments(args: readonly string[]) {
  return readOptions(
    args,
    {
      stack: { type: "string", short: "s" },
      "url-env": { type: "string" },
      accept: { type: "boolean", default: false },
      brief: { type: "boolean", default: false },
      "after-update": { type: "boolean", default: false },
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
