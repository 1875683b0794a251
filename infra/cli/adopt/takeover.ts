import { relative } from "node:path";
import { runPulumi } from "../../engine/running/pulumi.ts";
import type { PulumiTarget } from "../../engine/running/pulumi-target.ts";
import { stackExists, stateFolder } from "../../engine/state/state-folder.ts";
import { isLocalDatabase } from "../../local/index.ts";
import type { ConnectionSetting } from "../../settings/connection-setting.ts";
import { stackFile } from "../../settings/project.ts";
import { projectCommand } from "../../settings/project-command.ts";
import type { StackDatabase } from "../stack-database.ts";

/**
 * Whether the stack's configuration refers to that database. Each project has its own local database.
 * @param folder of the stack's project
 */
export function isDatabaseOf(
  { connection }: Pick<PulumiTarget, "connection">,
  folder: string,
  { connection: read, connectionString }: Pick<StackDatabase, "connection" | "connectionString">,
): boolean {
  if (connection.kind === "variable") return read.kind === "variable" && read.name === connection.name;
  return connection.kind === "none" && isLocalDatabase(connectionString, folder);
}

/** Whether the stack already exists in its backend. */
export async function hasState(
  target: PulumiTarget,
  directory: string,
  report: (line: string) => void,
): Promise<boolean> {
  const { project, stack } = target;
  if (project === undefined) return false;
  const folder = stateFolder(target, directory, process.env);
  if (folder !== undefined) return stackExists(folder, project.name, stack);
  const { exitCode, stdout } = await runPulumi(["stack", "ls", "--json", "--non-interactive"], {
    directory,
    output: "capture",
    report,
  });
  if (exitCode === 0) {
    const stacks = JSON.parse(stdout) as readonly { readonly name: string }[];
    return stacks.some(({ name }) => name.split("/").at(-1) === stack);
  }
  report(
    `Where the stacks' state is can't be asked (${projectCommand("pulumi", ["stack", "ls"])}): the preview is of a new stack.`,
  );
  return false;
}

/**
 * What to say about an update once the program is written.
 * @param isOwn whether the update goes to the database that was read
 * @param home the folder in which the command was called
 */
export function describeTakeover(
  { stack, connection, project }: Pick<PulumiTarget, "stack" | "connection" | "project">,
  directory: string,
  isOwn: boolean,
  home: string,
): (objects: string) => string {
  const who = directory === home ? `\`${projectCommand("up", [], stack)}\`` : `an update, from ${directory},`;
  if (isOwn) return (objects) => `${who} takes over ${objects}, and executes no statement`;
  const file = project === undefined ? `Pulumi.${stack}.yaml` : relative(home, stackFile(project, stack));
  return (objects) =>
    `an update takes over ${objects}, and executes no statement, once palisade:connection in ${file} names the variable with this database's address (now ${meaningOf(connection)})`;
}

function meaningOf(connection: ConnectionSetting): string {
  if (connection.kind === "variable") return `it is ${connection.name}`;
  return connection.kind === "none" ? "nothing names another than the local database" : "it can't be known here";
}
