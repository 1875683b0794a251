import { projectCommand } from "../settings/project-command.ts";
import type { AcceptedDifference } from "./accepted.ts";
import type { Command } from "./attempt.ts";
import { groupBy } from "./group-by.ts";
import {
  type Failure,
  type Findings,
  type Matrix,
  type MatrixCell,
  type NotTried,
  type Report,
  unprovenIn,
} from "./report.ts";

/** The letters of the matrix, in order. */
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
 * The whole result as text: the matrix, failures with their statements, findings, what could not be tried, and a
 * summary.
 * @param differences from the accepted findings; undefined if none have been accepted yet
 * @param stack whose database was tried
 */
export function formatReport(
  report: Report,
  differences: readonly AcceptedDifference[] | undefined,
  stack: string,
): string {
  return [
    formatMatrix(report.matrix),
    legend,
    ...formatFailures(report),
    ...(differences === undefined ? formatFound(report.found, stack) : []),
    ...formatAdvice(report),
    ...formatRest(report, differences, stack),
  ].join("\n\n");
}

/** Only the failures, what could not be tried, and the summary. */
export function formatBrief(
  report: Report,
  differences: readonly AcceptedDifference[] | undefined,
  stack: string,
): string {
  return [...formatFailures(report), ...formatRest(report, differences, stack)].join("\n\n");
}

function formatFailures({ failures }: Report): readonly string[] {
  const more = failures.length - mostFailures;
  return [
    ...varied(failures).slice(0, mostFailures).map(formatFailure),
    ...(more > 0 ? [`and ${more} more failures (--json has all)`] : []),
  ];
}

/**
 * Puts one failure for each command, object and reason first: of a failure that many people share, one example is
 * enough.
 */
function varied(failures: readonly Failure[]): readonly Failure[] {
  const groups = groupBy(failures, ({ object, command, because, what }) =>
    JSON.stringify([object, command, because ?? what]),
  );
  const firsts = new Set([...groups.values()].flatMap((group) => group.slice(0, 1)));
  return [...firsts, ...failures.filter((failure) => !firsts.has(failure))];
}

function formatRest(
  { notTried, counts }: Report,
  differences: readonly AcceptedDifference[] | undefined,
  stack: string,
): readonly string[] {
  return [
    ...(differences === undefined || differences.length === 0 ? [] : [formatDifferences(differences, stack)]),
    ...formatNotTried(
      "Not tried:",
      notTried.filter(({ isStated }) => !isStated),
    ),
    ...formatNotTried("Stated, and not proven, which is a failure too:", unprovenIn({ notTried, counts })),
    `${counts.asExpected} as expected, ${counts.failed} not as expected, ${formatCount(counts.found, differences)}, ${counts.notTried} not tried.`,
  ];
}

function formatCount(found: number, differences: readonly AcceptedDifference[] | undefined): string {
  if (differences === undefined) return `${found} found that nobody stated`;
  if (differences.length === 0) return `${found} found and accepted`;
  return `${found} found, with ${differences.length === 1 ? "1 difference" : `${differences.length} differences`} from what is accepted`;
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

/** Empty, the small letter for one's own rows, or the capital letter if it includes other people's rows. */
function letterOf({ own, all }: MatrixCell, wanted: Command): string {
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

function formatAdvice({ advice }: Report): readonly string[] {
  if (advice.length === 0) return [];
  const lines = advice.map(({ object, problem, remedy }) => `  ${object}: ${problem}\n    ${remedy}`);
  return [["Slow where there are many rows (advice, no failure):", ...lines].join("\n")];
}

function formatDifferences(differences: readonly AcceptedDifference[], stack: string): string {
  return [
    "Not as it was accepted:",
    ...differences.map(({ object, kind, line, isNew }) => `  ${isNew ? "+" : "-"} ${object}, ${kind}: ${line}`),
    `To accept it: ${projectCommand("verify", ["--accept"], stack)}`,
  ].join("\n");
}

function formatFound(found: Findings, stack: string): readonly string[] {
  const lines = Object.entries(found).flatMap(([object, kinds]) =>
    Object.entries(kinds).map(([kind, what]) => `  ${object}, ${kind}: ${what.join("; ")}`),
  );
  if (lines.length === 0) return [];
  return [
    [
      "Found, and stated by nobody:",
      ...lines,
      `To have a change of it fail from now on: ${projectCommand("verify", ["--accept"], stack)}`,
    ].join("\n"),
  ];
}

function formatNotTried(title: string, notTried: readonly NotTried[]): readonly string[] {
  if (notTried.length === 0) return [];
  const lines = notTried.map(
    ({ object, person, command, reason, count }) =>
      `  ${object}${person === undefined ? "" : `, ${person}`}${command === undefined ? "" : `, ${command}`}: ${reason}${count > 1 ? ` (${count} times)` : ""}`,
  );
  return [[title, ...lines].join("\n")];
}
