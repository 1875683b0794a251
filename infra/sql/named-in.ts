import { escapePattern } from "../values/pattern.ts";

/**
 * Whether a text of SQL has a name as a word, with a schema or without, in whatever case: also in a comment or a string, so that rather too much
 * is taken for named.
 */
export function isNamedIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${escapePattern(name)}(?![\\w$])`, "i").test(text);
}

/** Whether a text of SQL calls a function of this name, in the same way. */
export function isCalledIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${escapePattern(name)}"?\\s*\\(`, "i").test(text);
}
