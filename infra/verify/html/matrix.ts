import { listWords } from "../../values/list-words.ts";
import type { Command } from "../attempt.ts";
import { letters } from "../format.ts";
import { escapeMarkup } from "../junit.ts";
import type { Failure, Matrix, MatrixCell } from "../report.ts";

/** The table of who may do what. A screen reader gets the meaning of a cell's letters and colour in words. */
export function formatMatrix({ kinds, rows }: Matrix, failures: readonly Failure[]): string {
  const used = letters.filter(([command]) =>
    rows.some(({ cells }) => cells.some(({ own, all }) => [...own, ...all].includes(command))),
  );
  const hasFailed = rows.some(({ cells }) => cells.some(({ failed }) => failed));
  return `${hasFailed ? onlyFailed : ""}
${formatKey(used)}
<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
<table>
<caption id="caption">What each kind of person did with each object</caption>
<thead><tr><th scope="col">Object</th>${kinds.map((kind) => `<th scope="col">${name(kind)}</th>`).join("")}</tr></thead>
<tbody>
${rows.map((row) => formatRow(row, kinds, failures)).join("\n")}
</tbody>
</table>
</div>`;
}

/**
 * Markup for a name from the database or the declaration. It is isolated, so that its writing direction affects nothing
 * else.
 */
export function name(text: string): string {
  return `<bdi>${escapeMarkup(text)}</bdi>`;
}

/** The anchor of the first failure of an object and a kind of person. */
export function failureId(index: number): string {
  return `failure-${index + 1}`;
}

// Works without a script: the style sheet reacts to the checkbox.
const onlyFailed =
  '<p><input type="checkbox" id="only-failed"> <label for="only-failed">Only objects with something that is not as expected</label></p>';

/** Hidden from screen readers, for which the cells are words. */
function formatKey(used: readonly (readonly [Command, string])[]): string {
  const keys = used.map(([command, letter]) => `<li><b>${letter}</b> ${wordOf(command)}</li>`);
  return `<div class="key" aria-hidden="true"><ul>
${keys.join("")}
<li><b class="own">a</b> rows that are theirs or their tenant's</li><li><b class="all">A</b> rows of others as well</li>
<li><b class="bad">!</b> not as expected</li><li><b>?</b> partly not tried</li>
</ul></div>`;
}

function formatRow(
  { object, cells }: Matrix["rows"][number],
  kinds: readonly string[],
  failures: readonly Failure[],
): string {
  const shown = letters.filter(([command]) => cells.some(({ own, all }) => [...own, ...all].includes(command)));
  const row = cells.map((cell, index) => {
    const failure = failures.findIndex((each) => each.object === object && each.kind === kinds[index]);
    return formatCell(cell, shown, failure < 0 ? undefined : failureId(failure));
  });
  const isFailed = cells.some(({ failed }) => failed);
  return `<tr${isFailed ? ' class="failed"' : ""}><th scope="row">${name(object)}</th>${row.join("")}</tr>`;
}

/** Every command keeps its place within a cell, so that a column can be read downwards. */
function formatCell(
  cell: MatrixCell,
  shown: readonly (readonly [Command, string])[],
  failure: string | undefined,
): string {
  const marks = shown.map(([command, letter]) => {
    if (cell.all.includes(command)) return `<b class="all">${letter.toUpperCase()}</b>`;
    return cell.own.includes(command) ? `<b class="own">${letter}</b>` : "<i>·</i>";
  });
  const words = [
    ...wordsFor(
      "theirs",
      cell.own.filter((command) => !cell.all.includes(command)),
    ),
    ...wordsFor("others' too", cell.all),
    ...(cell.notTried ? ["partly not tried"] : []),
  ];
  const heard = `<span class="heard">${escapeMarkup(words.length === 0 ? "nothing" : words.join("; "))}</span>`;
  const bad =
    failure === undefined
      ? '<b class="bad" aria-hidden="true">!</b><span class="heard">; not as expected</span>'
      : `<a class="bad" href="#${failure}"><span aria-hidden="true">!</span><span class="heard">not as expected</span></a>`;
  const unsure = cell.notTried ? "<b>?</b>" : "";
  return `<td${cell.failed ? ' class="failed"' : ""}><span aria-hidden="true">${marks.join("") || "–"}${unsure}</span>${heard}${cell.failed ? ` ${bad}` : ""}</td>`;
}

function wordsFor(whose: string, commands: readonly Command[]): readonly string[] {
  return commands.length === 0 ? [] : [`${listWords(commands.map(wordOf))} ${whose}`];
}

function wordOf(command: Command): string {
  if (command === "move") return "move to another tenant";
  return command === "point" ? "point to another tenant's row" : command;
}
