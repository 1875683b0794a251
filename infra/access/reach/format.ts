import type { ReachFact } from "./fact.ts";
import { compareFindings, describeFinding, type Finding } from "./finding.ts";

/** The matrix as text: a section for each role, a line for each object. */
export function formatFacts(facts: readonly ReachFact[]): string {
  const roles = [...new Set(facts.map(({ role }) => role))];
  return roles.map((role) => [role, ...formatRole(facts.filter((fact) => fact.role === role))].join("\n")).join("\n\n");
}

function formatRole(facts: readonly ReachFact[]): readonly string[] {
  const objects = new Map<string, ReachFact[]>();
  for (const fact of facts) {
    const key = `${fact.object.kind} ${fact.object.id}`;
    objects.set(key, [...(objects.get(key) ?? []), fact]);
  }
  const width = Math.min(60, Math.max(...[...objects.keys()].map((key) => key.length)));
  return [...objects]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, list]) => `  ${key.padEnd(width)}  ${formatCommands(list)}`);
}

/** `every row: select (id, title); rows by policies: insert; truncate` */
function formatCommands(facts: readonly ReachFact[]): string {
  const groups = new Map<string, string[]>();
  for (const fact of facts) {
    const key = extentOf(fact);
    const columns = fact.columns === undefined ? "" : ` (${fact.columns.join(", ")})`;
    const privilege = fact.privilege === undefined ? "" : ` ${fact.privilege}`;
    groups.set(key, [...(groups.get(key) ?? []), `${fact.command}${privilege}${columns}`]);
  }
  return [...groups]
    .map(([extent, commands]) => (extent === "" ? commands.join(", ") : `${commands.join(", ")}: ${extent}`))
    .join("; ");
}

const plainWays = ["privilege", "membership", "public bucket", "publication", "attribute", "default privileges"];

function extentOf({ rows, policies = [], way, as, through = [], role, command, object }: ReachFact): string {
  const unit = object.kind === "bucket" ? "file" : "row";
  if (command === "execute") return as === role ? "" : `with the rights of ${as}`;
  if (through.length > 0) {
    return through
      .map((reached) => `${reached.rows === "every" ? "every row" : "rows"} of ${reached.table} as ${as}`)
      .join(", ");
  }
  if (rows === "some") return `${unit}s by ${policies.join(", ")}`;
  if (rows === "every") return `every ${unit}${plainWays.includes(way) ? "" : ` (${way})`}`;
  return plainWays.includes(way) || command === "own" ? "" : way;
}

/** The findings, the worst first, one line each. */
export function formatFindings(findings: readonly Finding[]): string {
  return [...findings].sort(compareFindings).map(describeFinding).join("\n");
}
