import { diffLines } from "diff";
import { type Difference, formatPath, type Properties, type Value, valueAt } from "../values/properties.ts";

/**
 * Describes a change in lines that are readable in the plain preview, where Pulumi shows no values: one line for each
 * property and, for a text of several lines, only the lines that change.
 * @param found the differences
 * @param canonical declared texts in the server's words, by path, for comparison with live texts, which are in those
 * words too
 */
export function describeDifferences(
  found: readonly Difference[],
  from: Properties,
  to: Properties,
  canonical: ReadonlyMap<string, string>,
): string {
  return found
    .map(({ path }) => {
      const name = formatPath(path);
      const before = valueAt(from, path);
      const after = valueAt(to, path);
      if (!isLong(before) || !isLong(after)) return `${name}: ${show(before)} => ${show(after)}`;
      const inServersWords = canonical.get(name);
      const candidates = [
        changedLines(before, after),
        ...(inServersWords === undefined ? [] : [changedLines(before, inServersWords)]),
      ];
      return [
        `${name}:`,
        ...candidates.reduce((shortest, lines) => (lines.length < shortest.length ? lines : shortest)),
      ].join("\n");
    })
    .join("\n");
}

function isLong(value: Value | undefined): value is string {
  return typeof value === "string" && value.trim().includes("\n");
}

function show(value: Value | undefined): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}

function changedLines(before: string, after: string): string[] {
  return diffLines(`${before.trim()}\n`, `${after.trim()}\n`).flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    const sign = added ? "+" : "-";
    return value
      .trimEnd()
      .split("\n")
      .map((line) => `  ${sign} ${line}`);
  });
}
