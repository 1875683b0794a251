import { listWords } from "../values/list-words.ts";
import type { AcceptedDifference } from "./accepted.ts";
import type { Command } from "./attempt.ts";
import { letterOf, letters } from "./format.ts";
import { escapeMarkup } from "./junit.ts";
import type { Failure, MatrixCell, Report } from "./report.ts";

/**
 * The result as one page: without scripts and without anything from elsewhere, so that it works offline and as an attachment. What a cell's
 * letters and colour say is there as words too, for whoever hears the page.
 */
export function formatHtml(report: Report, differences: readonly AcceptedDifference[]): string {
  const { counts, failures, matrix, notTried, found } = report;
  const isProven = failures.length + differences.length === 0;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who may do what: ${isProven ? "as expected" : "not as expected"}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Who may do what</h1>
<p>${counts.asExpected} attempts as expected, <strong>${counts.failed} not as expected</strong>, ${counts.found} found that nobody stated, ${counts.notTried} not tried.</p>
<div class="scroll" role="region" aria-labelledby="matrix" tabindex="0">
<table>
<caption id="matrix">What each kind of person did. Small letters: rows that are theirs or their tenant's; capitals: rows of others as well. ${escapeMarkup(legend)}</caption>
<thead><tr><th scope="col">Object</th>${matrix.kinds.map((kind) => `<th scope="col">${escapeMarkup(kind)}</th>`).join("")}</tr></thead>
<tbody>
${matrix.rows.map(({ object, cells }) => `<tr><th scope="row">${escapeMarkup(object)}</th>${cells.map(formatCell).join("")}</tr>`).join("\n")}
</tbody>
</table>
</div>
${section("Not as expected", failures.map(formatFailure))}
${section(
  "Not as it was accepted",
  differences.map(
    ({ object, kind, line, isNew }) =>
      `<li>${escapeMarkup(object)}, ${escapeMarkup(kind)}: ${isNew ? "new" : "gone"}: ${escapeMarkup(line)}</li>`,
  ),
)}
${section(
  "Not tried",
  notTried.map(
    ({ object, person, command, reason, count }) =>
      `<li>${escapeMarkup([object, person, command].filter((word) => word !== undefined).join(", "))}: ${escapeMarkup(reason)}${count > 1 ? ` (${count} times)` : ""}</li>`,
  ),
)}
${section(
  "Found, and stated by nobody",
  Object.entries(found).map(
    ([object, kinds]) =>
      `<li><details><summary>${escapeMarkup(object)}</summary><ul>${Object.entries(kinds)
        .map(([kind, lines]) => `<li>${escapeMarkup(kind)}: ${escapeMarkup(lines.join("; "))}</li>`)
        .join("")}</ul></details></li>`,
  ),
)}
</main>
</body>
</html>
`;
}

const legend = `${letters.map(([command, letter]) => `${letter}: ${command}`).join(", ")}.`;

function section(title: string, items: readonly string[]): string {
  return items.length === 0 ? "" : `<section><h2>${title} (${items.length})</h2><ul>${items.join("\n")}</ul></section>`;
}

function formatFailure({ person, command, what, object, row, problem, because, statement }: Failure): string {
  const title = `${person}: ${command}${what === undefined ? "" : ` (${what})`} on ${object}, ${row}: ${problem}`;
  const reason = because === undefined ? "" : `<p>Let through by ${escapeMarkup(because)}</p>`;
  return `<li><details open><summary>${escapeMarkup(title)}</summary>${reason}<pre tabindex="0"><code>${escapeMarkup(statement)}</code></pre></details></li>`;
}

function formatCell(cell: MatrixCell): string {
  const shown = letters.map(([command]) => letterOf(cell, command)).join("") || "–";
  const words = [
    ...wordsFor(
      "theirs",
      cell.own.filter((command) => !cell.all.includes(command)),
    ),
    ...wordsFor("others' too", cell.all),
    ...(cell.failed ? ["not as expected"] : []),
    ...(cell.notTried ? ["partly not tried"] : []),
  ];
  const marks = `${cell.failed ? " !" : ""}${cell.notTried ? " ?" : ""}`;
  const label = words.length === 0 ? "nothing" : words.join("; ");
  return `<td${cell.failed ? ' class="failed"' : ""}><span aria-hidden="true">${shown}${marks}</span><span class="heard">${escapeMarkup(label)}</span></td>`;
}

function wordsFor(whose: string, commands: readonly Command[]): readonly string[] {
  return commands.length === 0 ? [] : [`${listWords(commands)} ${whose}`];
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; } main { max-width: 75rem; margin: 0 auto; padding: 1.5rem; }
.scroll { overflow-x: auto; } .scroll:focus-visible, pre:focus-visible, summary:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
table { border-collapse: collapse; } caption { text-align: left; padding-bottom: .75rem; }
th, td { border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); padding: .3rem .6rem; text-align: left; white-space: nowrap; }
td { font-family: ui-monospace, monospace; } td.failed { background: #b00020; color: #fff; font-weight: bold; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
td { position: relative; }
`;
