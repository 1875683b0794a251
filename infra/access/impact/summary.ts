import { listWords } from "../../values/list-words.ts";
import { nameRole } from "../roles.ts";
import type { ImpactLine, ImpactNote } from "./notes.ts";

/** The number of lines that a summary repeats, the worst first. */
const mostRepeated = 3;

/**
 * Summarises how a whole preview changes access: how many gain, how many lose, and the worst changes. Undefined:
 * nothing changes.
 * @param cause the summary's subject
 */
export function summariseImpact(
  lines: readonly ImpactLine[],
  cause = "Who reaches what changes",
): ImpactNote | undefined {
  if (lines.length === 0) return undefined;
  const counts = [
    describeCount(lines, "gains", "gain", "gains"),
    describeCount(lines, "loses", "loss", "losses"),
    describeCount(lines, undefined, "other change", "other changes"),
  ].filter((count) => count !== undefined);
  const warned = lines
    .filter(({ rank }) => rank !== undefined)
    .sort((left, right) => (left.rank ?? 0) - (right.rank ?? 0));
  const said = `${cause}: ${listWords(counts)}.`;
  if (warned.length === 0) return { severity: "info", message: said };
  const heading = warned.length > mostRepeated ? `The worst of ${warned.length}:` : "The worst:";
  const worst = warned.slice(0, mostRepeated).map(({ message }) => `  ${message}`);
  return { severity: "warning", message: [`${said} ${heading}`, ...worst].join("\n") };
}

function describeCount(
  lines: readonly ImpactLine[],
  verb: string | undefined,
  singular: string,
  plural: string,
): string | undefined {
  const found = lines.filter((line) =>
    verb === undefined ? line.verb !== "gains" && line.verb !== "loses" : line.verb === verb,
  );
  if (found.length === 0) return undefined;
  const roles = [...new Set(found.flatMap((line) => line.roles))].sort();
  return `${found.length} ${found.length === 1 ? singular : plural} (${listWords(roles.map(nameRole), 5)})`;
}
