import type { AcceptedDifference } from "../accepted.ts";
import { escapeMarkup } from "../junit.ts";
import { type Advice, type Failure, type NotTried, type Report, unprovenIn } from "../report.ts";
import { failureId, formatMatrix, name } from "./matrix.ts";
import { style } from "./style.ts";

/** The result as one page without scripts or external resources, so that it works offline and as an attachment. */
export function formatHtml(report: Report, differences: readonly AcceptedDifference[]): string {
  const { counts, failures, matrix, notTried, found, advice } = report;
  const unproven = unprovenIn(report);
  const failed = failures.length + differences.length;
  const wrong = failed + unproven.length;
  const verdict = wrong === 0 ? "As expected" : failed === 0 ? "Not proven" : `${failed} not as expected`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Who may do what: ${verdict.toLowerCase()}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Who may do what</h1>
<p class="verdict ${wrong === 0 ? "good" : "bad"}">${wrong === 0 ? "✓" : "✗"} ${verdict}</p>
<ul class="counts">
${count(counts.asExpected, "as expected")}
${count(counts.failed, "not as expected", failures.length > 0 ? "failures" : undefined)}
${differences.length > 0 ? count(differences.length, "not as it was accepted", "differences") : ""}
${count(counts.found, "found that nobody stated", Object.keys(found).length > 0 ? "found" : undefined)}
${count(counts.notTried, "not tried", notTried.length > 0 ? "not-tried" : undefined)}
</ul>
<section aria-labelledby="matrix"><h2 id="matrix">Matrix</h2>
${formatMatrix(matrix, failures)}
</section>
${section("failures", "Not as expected", failures.map(formatFailure), "failures")}
${section("differences", "Not as it was accepted", differences.map(formatDifference))}
${section("unproven", "Stated, and not proven", unproven.map(formatNotTried))}
${section("not-tried", "Not tried", notTried.map(formatNotTried))}
${section("advice", "Slow where there are many rows: advice, no failure", advice.map(formatAdvice))}
${section(
  "found",
  "Found, and stated by nobody",
  Object.entries(found).map(
    ([object, kinds]) =>
      `<li><details><summary>${name(object)}</summary><ul>${Object.entries(kinds)
        .map(([kind, lines]) => `<li>${name(kind)}: ${escapeMarkup(lines.join("; "))}</li>`)
        .join("")}</ul></details></li>`,
  ),
)}
</main>
</body>
</html>
`;
}

function count(number: number, words: string, target?: string): string {
  const text = `<b>${number}</b> ${words}`;
  return `<li>${target === undefined ? text : `<a href="#${target}">${text}</a>`}</li>`;
}

function section(id: string, title: string, items: readonly string[], listClass?: string): string {
  if (items.length === 0) return "";
  const list = listClass === undefined ? "" : ` class="${listClass}"`;
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title} (${items.length})</h2><ul${list}>${items.join("\n")}</ul></section>`;
}

function formatFailure(failure: Failure, index: number): string {
  const { person, command, what, object, row, problem, because, statement } = failure;
  const title = `${name(person)}: ${command}${what === undefined ? "" : ` (${escapeMarkup(what)})`} on ${name(object)}`;
  const reason = because === undefined ? "" : `<p>Let through by ${escapeMarkup(because)}</p>`;
  const place = `${escapeMarkup(person)}, ${command} on ${escapeMarkup(object)}`;
  return `<li id="${failureId(index)}"><h3>${title}</h3><p>Rows: ${escapeMarkup(row)}. It ${escapeMarkup(problem)}</p>${reason}
<details><summary>Statement to paste into psql</summary><pre tabindex="0" role="region" aria-label="Statement: ${place}"><code>${escapeMarkup(statement)}</code></pre></details></li>`;
}

function formatDifference({ object, kind, line, isNew }: AcceptedDifference): string {
  return `<li>${name(object)}, ${name(kind)}: ${isNew ? "new" : "gone"}: ${escapeMarkup(line)}</li>`;
}

function formatNotTried({ object, person, command, reason, count }: NotTried): string {
  const words = [
    name(object),
    ...(person === undefined ? [] : [name(person)]),
    ...(command === undefined ? [] : [command]),
  ];
  return `<li>${words.join(", ")}: ${escapeMarkup(reason)}${count > 1 ? ` (${count} times)` : ""}</li>`;
}

function formatAdvice({ object, problem, remedy }: Advice): string {
  return `<li>${name(object)}: ${escapeMarkup(problem)}<br><code>${escapeMarkup(remedy)}</code></li>`;
}
