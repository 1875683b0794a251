import { countWaysIn, describeFinding, type Finding, formatObject } from "../../access/reach/finding.ts";
import type { Server } from "../../catalog/catalog.ts";
import type { Context } from "../../lifecycle/context.ts";
import type { Perimeter } from "./kind.ts";

/** The key under which a run records what it has shown first, along with the states of its resources. */
const shownKey = "ways in";

/** What to report about a perimeter. */
export interface WaysIn {
  /** Existing undeclared access, the worst first. */
  readonly open: readonly Finding[];
  /** Undeclared access that pending migrations are about to open. */
  readonly pending: readonly Finding[];
  /** Exceptions that match nothing. */
  readonly unused: readonly string[];
  readonly server: Server;
}

/** Reports what this run has not reported yet: an update finds again what its preview reported. */
export function tellOnce(found: WaysIn, { enforce }: Perimeter, { operation, previewed, urn, report }: Context): void {
  const isFirst = (line: string) => operation.reportedInRun.noteFirst("perimeter", urn, line);
  const describe = (finding: Finding) =>
    `${describeFinding(finding)}${enforce === "close" ? whyItStays(finding, found.server) : ""}`;
  const tell = (findings: readonly Finding[], heading: (number: string) => string) => {
    const lines = findings.map(describe).filter(isFirst);
    if (lines.length > 0) report("warning", [heading(countWaysIn(lines.length)), ...lines].join("\n"));
  };
  const outcome = enforce === "close" ? "the update closes" : 'nothing closes, as enforce is "report"';
  tell(found.open, (number) => `${number} that no resource declares, and that ${outcome}:`);
  tell(found.pending, (number) => {
    const then = enforce === "close" ? "closed in the same transaction" : 'left open, as enforce is "report"';
    return `${number} that a pending migration makes and no resource declares, ${then}:`;
  });
  for (const object of found.unused) {
    const line = `the exception for ${object} matches nothing: no request reaches that, or a resource declares it. Remove the exception`;
    if (isFirst(line)) report("warning", line);
  }
  previewed.note(urn, shownKey, {
    objects: [...found.open, ...found.pending].map(({ object }) => formatObject(object)),
  });
}

/** The objects that this run has shown first: in a deployment, those of its preview. */
export function shownObjects({ previewed, urn }: Context): ReadonlySet<string> {
  return new Set((previewed.firstOf(urn, shownKey)?.objects ?? []) as readonly string[]);
}

function whyItStays({ advice, owner }: Finding, { isSuperuser, actsAs, user }: Server): string {
  if (advice !== undefined) return ` (this stays: ${advice})`;
  if (owner === undefined || isSuperuser || actsAs.includes(owner)) return "";
  return ` (this stays, as ${user} may not close it; ${owner} can)`;
}
