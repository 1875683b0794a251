import { ensureEngine } from "../engine/index.ts";
import { type PastUpdate, readLastSuccess } from "../engine/state/last-success.ts";
import { projectCommand } from "../settings/project-command.ts";

/** What to run where a deployment has ended with access that is not as it should be. */
export async function describeWayBack(directory: string, stack: string): Promise<string> {
  const engine = await ensureEngine((line) => console.error(line));
  const last = await readLastSuccess(engine, directory, stack);
  return [
    "Nothing of the update was taken back. Either correct the program (or verify.ts) and deploy again, or go back to what was deployed before:",
    last === undefined ? "no update of this stack has succeeded before." : `${describeUpdate(last)}:`,
    ...(last === undefined ? [] : [`  git checkout ${last.commit ?? "<the commit of that time>"}`]),
    ...(last === undefined ? [] : [`  ${projectCommand("up", [], stack)}`]),
    `To see it all: ${projectCommand("verify", [], stack)}`,
  ].join("\n");
}

function describeUpdate({ version, endTime, isDirty }: PastUpdate): string {
  const which = version === undefined ? "the last update that succeeded" : `version ${version} of the stack`;
  const changes = isDirty ? ", when files differed from their commit" : "";
  return `${which}, of ${endTime}${changes}`;
}
