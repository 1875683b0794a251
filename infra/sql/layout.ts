import { readTokens, UnreadableBody } from "./tokens.ts";

/** A part of the text of a `sql` template. */
export interface Part {
  readonly text: string;
  /** Whether it is written in the template itself, as opposed to a value. */
  readonly isWritten: boolean;
}

/**
 * Joins the parts, without the indentation that comes from the program's source. Nothing else is removed: values,
 * strings and quoted names keep every character.
 */
export function joinParts(parts: readonly Part[]): string {
  const text = parts.map((part) => part.text).join("");
  const runs = indentations(parts, quotedRanges(text) ?? [[0, text.length]]);
  const common = Math.min(...runs.filter(({ isBlank }) => !isBlank).map(({ length }) => length));
  let joined = "";
  let kept = 0;
  for (const { start, length } of runs) {
    joined += text.slice(kept, start);
    kept = start + (Number.isFinite(common) ? Math.min(common, length) : 0);
  }
  return joined + text.slice(kept);
}

/** Removes the white space around a whole text. */
export function trimText(text: string): string {
  const start = text.search(/[^ \t\n\r\f]/);
  if (start < 0) return "";
  const trimmed = text.slice(start);
  // A text that ends within a string is left for the server to refuse.
  return quotedRanges(trimmed) === undefined ? trimmed : trimmed.replace(/[ \t\n\r\f]+$/, "");
}

/** Whether text appended to it would be part of a comment. */
export function endsInComment(text: string): boolean {
  if (!text.includes("--")) return false;
  const last = quotedRanges(text)?.at(-1)?.[1] ?? 0;
  return /--[^\r\n]*$/.test(text.slice(last));
}

type Range = readonly [start: number, end: number];

/** The positions of the text's words, names, strings and symbols; undefined if they are uncertain. */
function quotedRanges(text: string): readonly Range[] | undefined {
  try {
    return readTokens(text).map(({ start, end }) => [start, end]);
  } catch (error) {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  }
}

interface Indentation {
  readonly start: number;
  readonly length: number;
  /** Whether the line contains nothing else. */
  readonly isBlank: boolean;
}

/** The written white space at the start of each line except the first, outside of the ranges. */
function indentations(parts: readonly Part[], ranges: readonly Range[]): readonly Indentation[] {
  const found: Indentation[] = [];
  let partStart = 0;
  let next = 0;
  for (const [index, part] of parts.entries()) {
    const isLast = parts.slice(index + 1).every(({ text }) => text === "");
    for (const match of part.isWritten ? part.text.matchAll(/\n([ \t]*)/g) : []) {
      const start = partStart + match.index + 1;
      while ((ranges[next]?.[1] ?? Number.POSITIVE_INFINITY) < start) next++;
      const [from, to] = ranges[next] ?? [start, start];
      const length = match[1]?.length ?? 0;
      const after = part.text[match.index + 1 + length];
      if (from < start && start < to) continue;
      found.push({ start, length, isBlank: after === undefined ? isLast : after === "\n" || after === "\r" });
    }
    partStart += part.text.length;
  }
  return found;
}
