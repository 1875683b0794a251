import { z } from "zod";
import { describeConnectionSource, readConnectionString } from "../database/connection.ts";
import type { DatabaseOptions } from "../database/database.ts";
import type { Problem } from "../errors/errors.ts";
import { SettingsError } from "../errors/settings-error.ts";
import { ensureLocalDatabase } from "../local/index.ts";
import { localOnlyVariable } from "../settings/local-only.ts";
import { readProject } from "../settings/project.ts";
import { findProjectFile } from "../settings/project-file.mjs";
import { scratchDatabaseVariable } from "../settings/scratch-database.ts";
import { describeUnknownSettings, type providerSettings } from "../settings/setting-names.ts";
import { variableName } from "../settings/variable-name.ts";
import type { Properties } from "../values/properties.ts";

const duration = "it must be a number of seconds, greater than 0, such as 3 (at most 2147483)";
const attempts = "it must be a whole number, at least 1, such as 5";

/** The provider's configuration, `palisade:<name>` in Pulumi.<stack>.yaml. */
export const configurationInput = z.object({
  /**
   * The NAME of the environment variable that holds the database's connection string; never the string itself.
   * Absent: the local database of this project.
   */
  connection: z
    .string()
    .regex(
      variableName,
      "it must be the name of an environment variable, such as DIRECT_URL; write the connection string itself into .env (DIRECT_URL=…), never into the stack's configuration, and change the password where that has been shared",
    )
    .optional()
    .describe(
      "The name of the environment variable that holds the database's connection string. Absent: the project's local database.",
    ),
  /** Whether creating may take over an object that exists and differs from its declaration. Default: false. */
  adopt: flag()
    .default(false)
    .describe("Whether creating may take over an object that exists and differs from its declaration. Default: false."),
  /**
   * The longest, in seconds, that one attempt stands in line for a lock, with the application in line behind it. The first attempts
   * stand there for a quarter of a second, and only a busy table is given all of it. Another deployment on the same database is waited
   * for twenty times as long. Default: 3.
   * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
   */
  lockTimeoutSeconds: seconds()
    .optional()
    .describe("The longest, in seconds, that one attempt stands in line for a lock. Default: 3."),
  /**
   * How often, at least, a lock is asked for before the change is given up, with an error that names who holds it. Attempts that are over
   * soon, because others come and go, don't count alone: as many time-outs, less one, must have passed as well. Default: 5.
   */
  lockAttempts: z.coerce
    .number(attempts)
    .int(attempts)
    .positive(attempts)
    .optional()
    .describe("How often, at least, a lock is asked for before the change is given up. Default: 5."),
  /**
   * After this many seconds a statement is ended, and its transaction rolled back; migrations are not meant. Default: 60.
   * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT
   */
  statementTimeoutSeconds: seconds()
    .optional()
    .describe("After this many seconds a statement is ended, and its transaction rolled back. Default: 60."),
  /**
   * Whether an update proves, after its last change, who may do what by trying it, as `palisade verify` does, and fails where that is not
   * as `verify.ts` says. Default: false.
   */
  verify: flag()
    .default(false)
    .describe("Whether an update proves at its end who may do what, as `palisade verify` does. Default: false."),
} satisfies Readonly<Record<(typeof providerSettings)[number], z.ZodType>>);

/** Values in a settings file are text. */
function flag() {
  return z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], {
    error: "it must be true or false",
  });
}

/** PostgreSQL allows time limits of up to 2^31 milliseconds. */
function seconds() {
  return z.coerce.number(duration).positive(duration).max(2_147_483, duration);
}

export interface Configuration {
  /** The name of the environment variable. Undefined: the local database. */
  readonly connection: string | undefined;
  readonly adopt: boolean;
  /** Whether an update proves access at its end. */
  readonly verify: boolean;
  readonly database: DatabaseOptions;
  connect(projectDirectory: string, stack: string): Promise<string>;
  /** Where the connection string comes from, for messages; empty for the local database. */
  describeSource(projectDirectory: string, stack: string): string;
}

export function readConfiguration(
  args: Properties,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { configuration: Configuration; problems: readonly Problem[] } {
  const parsed = configurationInput.safeParse(args);
  const { connection, adopt, verify, ...limits } = parsed.data ?? configurationInput.parse({});
  return {
    configuration: {
      connection,
      adopt,
      verify,
      database: {
        ...milliseconds("lockTimeoutMilliseconds", limits.lockTimeoutSeconds),
        ...milliseconds("statementTimeoutMilliseconds", limits.statementTimeoutSeconds),
        ...(limits.lockAttempts === undefined ? {} : { lockAttempts: limits.lockAttempts }),
      },
      async connect(projectDirectory, stack) {
        if (connection !== undefined) return readConnectionString(connection, projectDirectory, stack);
        return (await ensureLocalDatabase({ projectDirectory })).url;
      },
      describeSource: (projectDirectory, stack) =>
        connection === undefined ? "" : describeConnectionSource(connection, projectDirectory, stack),
    },
    // The engine would print the failing property's value, which may be a connection string here, so no property is
    // named.
    problems: [
      ...(parsed.error?.issues ?? []).map((issue) => ({
        path: [],
        message: `palisade:${issue.path.join(".")}: ${issue.message}`,
      })),
      ...(connection !== undefined && environment[localOnlyVariable] ? [notLocal(connection)] : []),
      ...(isBesideScratch(connection, environment) ? [notScratch(connection)] : []),
    ],
  };
}

/** Unknown names among a stack's settings. The engine's own keys about the plugin are ignored. */
export function unknownSettings(args: Properties, projectDirectory: string): readonly Problem[] {
  const names = Object.keys(args).filter((name) => !engineArguments.has(name) && !name.startsWith("__"));
  // The file is read only if it matters: the engine reads some that are refused here.
  if (describeUnknownSettings(names).length === 0) return [];
  return describeUnknownSettings(names, findOwnSettings(projectDirectory)).map((message) => ({ path: [], message }));
}

function findOwnSettings(projectDirectory: string): ReadonlySet<string> | undefined {
  const file = findProjectFile(projectDirectory);
  try {
    return file === undefined ? undefined : readProject(file).ownSettings;
  } catch (error) {
    if (error instanceof SettingsError) return undefined;
    throw error;
  }
}

const engineArguments: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "parameterization"]);

function notLocal(connection: string): Problem {
  return {
    path: [],
    message:
      "this update was approved without asking, which is for the local database alone, and the database is the one that " +
      `${connection} names; nothing has been changed. Run it in a terminal, or with --yes`,
  };
}

function isBesideScratch(
  connection: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const scratch = environment[scratchDatabaseVariable];
  return scratch !== undefined && (connection === undefined || environment[connection] !== scratch);
}

function notScratch(connection: string | undefined): Problem {
  const database = connection === undefined ? "the local database" : `the database that ${connection} names`;
  return {
    path: [],
    message: `the program is deployed on a scratch database to be proven, and a provider of its own leads to ${database}, which stays as it is`,
  };
}

function milliseconds(name: keyof DatabaseOptions, seconds: number | undefined): DatabaseOptions {
  return seconds === undefined ? {} : { [name]: Math.max(1, Math.round(seconds * 1000)) };
}
