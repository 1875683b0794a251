import { countWaysIn, describeFinding } from "../access/reach/finding.ts";
import { projectCommand } from "../settings/project-command.ts";
import type { Context } from "./context.ts";
import { readUndeclaredReach } from "./undeclared.ts";

/**
 * Reports what can be reached although no resource declares it. This happens once a run, when the program's last
 * resource is known. If the program has a resource that reports it, a perimeter, nothing is said here.
 */
export async function warnOfUndeclared({ operation, urn, report }: Context): Promise<void> {
  const { declarations, reportedInRun } = operation;
  if (!declarations.isWholeWith(urn)) return;
  const isReported = declarations.all().some(({ kind }) => operation.kindNamed(kind)?.findingsWithin !== undefined);
  if (isReported || !reportedInRun.noteFirst("no perimeter")) return;
  const { now, pending } = await readUndeclaredReach(operation);
  const found = [...now, ...pending];
  if (found.length === 0) return;
  const soon = pending.length === 0 ? "" : `, ${pending.length} of them by a pending migration`;
  const worst = found.slice(0, 3).map(describeFinding);
  const rest = found.length > 3 ? [`and ${found.length - 3} more`] : [];
  const { stack } = operation.options;
  report(
    "warning",
    [
      `${countWaysIn(found.length)} that no resource declares${soon}:`,
      ...worst,
      ...rest,
      `${projectCommand("reach", ["--undeclared"], stack)} lists them. With a Perimeter in the program they are drift, and it can close them`,
    ].join("\n"),
  );
}
