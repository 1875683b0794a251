import { listWords } from "../../values/list-words.ts";
import type { MutationReport, MutationResult } from "./mutation-report.ts";

/** The score, the mutations that survived with the people they affect, and the equivalent ones with the reason. */
export function formatMutations({ counts, score, results, unread, wrong }: MutationReport): string {
  const survivors = results.filter(({ outcome }) => outcome === "survived");
  const parts = [
    ...(survivors.length === 0 ? [] : [["Nobody would notice:", ...survivors.map(formatSurvivor)].join("\n")]),
    ...(wrong.length === 0
      ? []
      : [["Stated as equivalent, and not so:", ...wrong.map((line) => `  ${line}`)].join("\n")]),
    ...(unread.length === 0
      ? []
      : [["Not mutated:", ...unread.map(({ object, reason }) => `  ${object} can't be read: ${reason}`)].join("\n")]),
    formatEquivalents(results),
    `${counts.noticed} of ${counts.noticed + counts.survived} mutations noticed (${percentOf(score)} %); ${counts.equivalent} change nothing, ${counts.impossible} the server does not take.`,
  ];
  return parts.filter((text) => text !== "").join("\n\n");
}

/** Rounds down, so that 100 means all. */
function percentOf(score: number): number {
  return Math.floor(score * 1000) / 10;
}

function formatSurvivor({ name, unnoticed = [] }: MutationResult): string {
  if (unnoticed.length === 0) return `  ${name}\n    nothing that was tried shows a difference`;
  return `  ${name}\n    ${listWords(unnoticed, mostChanges)}`;
}

const mostChanges = 5;

function formatEquivalents(results: readonly MutationResult[]): string {
  const reasons = new Map<string, number>();
  for (const { outcome, because = "" } of results)
    if (outcome === "equivalent") reasons.set(because, (reasons.get(because) ?? 0) + 1);
  if (reasons.size === 0) return "";
  return ["Equivalent:", ...[...reasons].map(([because, count]) => `  ${count}: ${because}`)].join("\n");
}
