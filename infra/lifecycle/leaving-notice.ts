import { summariseImpact } from "../access/impact/summary.ts";
import type { Context } from "./context.ts";
import { impactOfLeaving } from "./leaving.ts";
import { reportNotes } from "./notes.ts";

/** Shows a line under any resource or, without a URN, under the stack. */
export type Log = (severity: "info" | "warning", urn: string, message: string) => void;

/**
 * Reports who gains and loses access through the resources that have left the program. This happens once a run, when
 * the program's last resource is known.
 */
export async function tellOfLeaving({ operation, urn }: Context, log: Log): Promise<void> {
  if (!operation.declarations.isWholeWith(urn) || !operation.reportedInRun.noteFirst("leaving")) return;
  const impacts = await impactOfLeaving(operation);
  for (const [leaving, impact] of impacts) {
    operation.impacts.set(leaving, impact);
    reportNotes(impact.notes, (severity, message) => log(severity, leaving, message));
  }
  const lines = [...impacts.values()].flatMap((impact) => impact.lines);
  const summary = summariseImpact(lines, "Who reaches what changes by what leaves the program");
  if (summary !== undefined) log(summary.severity, "", summary.message);
}
