import { basename } from "node:path";
import { readConnectionString } from "../database/connection.ts";
import { ensureEngine } from "../engine/index.ts";
import { refuseMisplacedConnection } from "../engine/running/misplaced-connection.ts";
import { readPulumiArguments } from "../engine/running/pulumi-arguments.ts";
import { type PulumiTarget, resolveTarget } from "../engine/running/pulumi-target.ts";
import { InputError } from "../errors/errors.ts";
import { ensureLocalDatabase } from "../local/index.ts";
import type { ConnectionSetting } from "../settings/connection-setting.ts";
import { refuseUnknownStack } from "../settings/known-stacks.ts";
import { readProjectIn, stackFile } from "../settings/project.ts";

export interface StackDatabase {
  readonly stack: string;
  /** How it is configured: by a variable or, for the local database, not at all. */
  readonly connection: ConnectionSetting;
  readonly connectionString: string;
}

/**
 * The stack that Pulumi would use, and the database in its configuration.
 * @throws {InputError} if there is no such stack, or its database can't be determined here
 */
export async function findStackDatabase(named: string | undefined, directory: string): Promise<StackDatabase> {
  return await databaseOf(await resolveStack(named, directory), directory);
}

/**
 * The database in a stack's configuration.
 * @param configFile the path of the configuration. Default: the stack's own file.
 * @throws {InputError} if there is no such stack, or its database can't be determined here
 */
export async function databaseOf(
  { stack, connection }: Pick<PulumiTarget, "stack" | "connection">,
  directory: string,
  configFile?: string,
): Promise<StackDatabase> {
  const project = readProjectIn(directory);
  const file = configFile ?? stackFile(project, stack);
  refuseUnknownStack(project, stack, file);
  refuseMisplacedConnection(connection);
  if (connection.kind === "unknown") {
    const advice = `set palisade:connection in ${basename(file)} to the name of the variable with its address`;
    throw new InputError(`the stack's database can't be known here: ${connection.reason}; ${advice}`);
  }
  const connectionString =
    connection.kind === "variable"
      ? readConnectionString(connection.name, directory, stack)
      : (await ensureLocalDatabase({ projectDirectory: directory, report })).url;
  return { connectionString, connection, stack };
}

/** The stack that `pulumi preview` would use, with its configuration and the location of its state. */
export async function resolveStack(named: string | undefined, directory: string): Promise<PulumiTarget> {
  const engine = await ensureEngine(report);
  const command = readPulumiArguments(["preview", ...(named === undefined ? [] : ["--stack", named])]);
  return resolveTarget(command, { directory, environment: process.env, engine });
}

function report(line: string): void {
  console.error(line);
}
