import { projectCommand } from "../settings/project-command.ts";
import type { AcceptedDifference } from "./accepted.ts";
import type { Command } from "./attempt.ts";
import type { Failure, Findings, Matrix, MatrixCell, NotTried, Report } from "./report.ts";

/** The letters of the matrix, in their order. */
export const letters: readonly (readonly [Command, string])[] = [
  ["select", "s"],
  ["insert", "i"],
  ["update", "u"],
  ["delete", "d"],
  ["move", "m"],
  ["point", "p"],
  ["execute", "x"],
  ["receive", "r"],
  ["send", "w"],
];

/**
 * The whole result for a person to read: matrix, failures with their statements, what nobody stated, what could not be tried, and a sum.
 * @param differences from what was accepted; undefined: nothing was yet
 */
export function formatReport(report: Report, differences: readonly AcceptedDifference[] | undefined): string {
  const { failures, notTried, matrix, counts } = report;
  const parts = [
    formatMatrix(matrix),
    legend,
    ...failures.slice(0, mostFailures).map(formatFailure),
    ...(failures.length > mostFailures ? [`and ${failures.length - mostFailures} more failures (--json has all)`] : []),
    ...(differences === undefined ? formatFound(report.found) : []),
    ...(differences === undefined || differences.length === 0 ? [] : [formatDifferences(differences)]),
    ...(notTried.length === 0 ? [] : [formatNotTried(notTried)]),
    `${counts.asExpected} as expected, ${counts.failed} not as expected, ${counts.found} found that nobody stated, ${counts.notTried} not tried.`,
  ];
  return parts.join("\n\n");
}

const mostFailures = 10;

const legend =
  "s select, i insert, u update, d delete, m move to another tenant, p point to another tenant's row, x execute, r receive, w send; small: rows that are theirs or their tenant's, capital: rows of others as well;\n! not as expected, ? some of it could not be tried";

function formatMatrix({ kinds, rows }: Matrix): string {
  const table = [["", ...kinds], ...rows.map(({ object, cells }) => [object, ...cells.map(formatCell)])];
  const widths = ["", ...kinds].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function formatCell(cell: MatrixCell): string {
  const text = letters.map(([command]) => letterOf(cell, command)).join("");
  return `${text === "" ? "-" : text}${cell.failed ? " !" : ""}${cell.notTried ? " ?" : ""}`;
}

/** Nothing, the small letter for rows of one's own, the capital for others' as well. */
export function letterOf({ own, all }: MatrixCell, wanted: Command): string {
  const letter = letters.find(([command]) => command === wanted)?.[1] ?? "";
  return all.includes(wanted) ? letter.toUpperCase() : own.includes(wanted) ? letter : "";
}

function formatFailure(failure: Failure): string {
  const { object, person, command, what, row, problem, because, statement } = failure;
  return [
    `${person}: ${command}${what === undefined ? "" : ` (${what})`} on ${object}, ${row}: ${problem}`,
    ...(because === undefined ? [] : [`  let through by ${because}`]),
    ...statement.split("\n").map((line) => `    ${line}`),
  ].join("\n");
}

function formatDifferences(differences: readonly AcceptedDifference[]): string {
  return [
    "Not as it was accepted:",
    ...differences.map(({ object, kind, line, isNew }) => `  ${isNew ? "+" : "-"} ${object}, ${kind}: ${line}`),
    `To accept it: ${projectCommand("verify", ["--accept"])}`,
  ].join("\n");
}

function formatFound(found: Findings): readonly string[] {
  const lines = Object.entries(found).flatMap(([object, kinds]) =>
    Object.entries(kinds).map(([kind, what]) => `  ${object}, ${kind}: ${what.join("; ")}`),
  );
  if (lines.length === 0) return [];
  return [
    [
      "Found, and stated by nobody:",
      ...lines,
      `To have a change of it fail from now on: ${projectCommand("verify", ["--accept"])}`,
    ].join("\n"),
  ];
}

function formatNotTried(notTried: readonly NotTried[]): string {
  return [
    "Not tried:",
    ...notTried.map(
      ({ object, person, command, reason, count }) =>
        `  ${object}${person === undefined ? "" : `, ${person}`}${command === undefined ? "" : `, ${command}`}: ${reason}${count > 1 ? ` (${count} times)` : ""}`,
    ),
  ].join("\n");
}
