import type { AcceptedDifference } from "./accepted.ts";
import { type Report, unprovenIn } from "./report.ts";

/**
 * One test case for each object and kind of person, which fails if an outcome is unexpected or not accepted; and one
 * test case for declarations that are not proven.
 */
export function formatJunit(
  { matrix, failures, notTried, counts }: Report,
  differences: readonly AcceptedDifference[],
): string {
  const problems = [
    ...failures.map(({ object, kind, person, command, row, problem, because, statement }) => ({
      ...{ object, kind, title: `${person}: ${command} on ${object}, ${row}: ${problem}` },
      text: [...(because === undefined ? [] : [`let through by ${because}`]), statement].join("\n"),
    })),
    ...differences.map(({ object, kind, line, isNew }) => ({
      ...{
        object,
        kind,
        title: `${isNew ? "found, and not accepted" : "accepted, and not found any more"}: ${line}`,
        text: "",
      },
    })),
  ];
  const cells = matrix.rows.flatMap(({ object }) => matrix.kinds.map((kind) => ({ object, kind })));
  // Objects outside the matrix, such as a role, or who subscribes to a publication.
  const others = differences.filter(
    ({ object, kind }) => !cells.some((cell) => cell.object === object && cell.kind === kind),
  );
  const places = new Map(
    [...cells, ...others].map(({ object, kind }) => [JSON.stringify([object, kind]), { object, kind }]),
  );
  const cases = [...places.values()].map(({ object, kind }) => {
    const own = problems.filter((problem) => problem.object === object && problem.kind === kind);
    const skipped = notTried.filter((each) => each.object === object && (each.person ?? kind) === kind);
    const inner = [
      ...own.map(({ title, text }) => `<failure message="${escapeMarkup(title)}">${escapeMarkup(text)}</failure>`),
      ...(own.length === 0 && skipped.length > 0
        ? [`<skipped message="${escapeMarkup(skipped.map(({ reason }) => reason).join("; "))}"/>`]
        : []),
    ];
    return {
      xml: `    <testcase classname="${escapeMarkup(object)}" name="${escapeMarkup(kind)}">${inner.join("")}</testcase>`,
      own,
    };
  });
  const unproven = unprovenIn({ notTried, counts }).map(({ object, command, reason }) => {
    const name = command === undefined ? "stated" : `stated: ${command}`;
    return {
      xml: `    <testcase classname="${escapeMarkup(object)}" name="${name}"><failure message="${escapeMarkup(reason)}"></failure></testcase>`,
      own: [reason],
    };
  });
  const all = [...cases, ...unproven];
  const failing = all.filter(({ own }) => own.length > 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="palisade verify" tests="${all.length}" failures="${failing}">`,
    `  <testsuite name="palisade verify" tests="${all.length}" failures="${failing}">`,
    ...all.map(({ xml }) => xml),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Escapes text for XML and HTML. A character that XML does not allow becomes a question mark. */
export function escapeMarkup(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
    .replaceAll(/[^\t\n\r\x20-\ufffd]/g, "?");
}
