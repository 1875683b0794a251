import { type Token, UnreadableBody } from "../tokens.ts";
import { is } from "./cursor.ts";

/** A range of a text, and its replacement. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @param offset the text's start within the text that the edits refer to */
export function edit(text: string, edits: readonly Edit[], offset: number): string {
  let at = 0;
  let result = "";
  for (const { start, end, text: replacement } of [...edits].sort((left, right) => left.start - right.start)) {
    if (start - offset < at) throw new UnreadableBody();
    result += text.slice(at, start - offset) + replacement;
    at = end - offset;
  }
  return result + text.slice(at);
}

/** The position of INTO and its targets, by PL/pgSQL's rules. */
export function findInto(tokens: readonly Token[]): readonly Edit[] {
  const at = tokens.findIndex(
    (token, index) => is(token, "into") && !is(tokens[index - 1], "insert") && !is(tokens[index - 1], "merge"),
  );
  const into = tokens[at];
  if (into === undefined) return [];
  let last = is(tokens[at + 1], "strict") ? at + 2 : at + 1;
  while (is(tokens[last + 1], ".") || is(tokens[last + 1], ",")) last += 2;
  const end = tokens[last]?.end;
  if (end === undefined) throw new UnreadableBody();
  return [{ start: into.start, end, text: "" }];
}
