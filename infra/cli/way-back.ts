import { ensureEngine } from "../engine/index.ts";
import { type PastUpdate, readSuccessfulUpdates } from "../engine/state/update-history.ts";
import { projectCommand } from "../settings/project-command.ts";

/** What to run if access is wrong after a deployment. */
export async function describeWayBack(directory: string, stack: string): Promise<string> {
  const engine = await ensureEngine((line) => console.error(line));
  const updates = await readSuccessfulUpdates(engine, directory, stack);
  return [
    "Nothing of the update was taken back. Either correct the program (or verify.ts) and deploy again, or go back to what was deployed before:",
    ...describeLast(updates, stack),
    `To see it all: ${projectCommand("verify", [], stack)}`,
  ].join("\n");
}

function describeLast(updates: readonly PastUpdate[] | undefined, stack: string): readonly string[] {
  if (updates === undefined) {
    return [
      `the history of the stack can't be read now; ${projectCommand("pulumi", ["stack", "history"], stack)} shows it.`,
    ];
  }
  const [last] = updates;
  if (last === undefined) return ["none of the stack's last updates has succeeded."];
  return [
    `${describeUpdate(last)}:`,
    `  git checkout ${last.commit ?? "<the commit of that time>"}`,
    `  ${projectCommand("up", [], stack)}`,
  ];
}

function describeUpdate({ version, endTime, isDirty }: PastUpdate): string {
  const which = version === undefined ? "the last update that succeeded" : `version ${version} of the stack`;
  const changes = isDirty ? ", when files differed from their commit" : "";
  return `${which}, of ${endTime}${changes}`;
}
