import { escapePattern } from "../values/pattern.ts";

/**
 * Whether a SQL text contains a name as a word, qualified or not, in any case. Comments and strings count as well, so
 * the result errs on the side of yes.
 */
export function isNamedIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${escapePattern(name)}(?![\\w$])`, "i").test(text);
}

/** Whether a SQL text calls a function of this name, by the same rule. */
export function isCalledIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${escapePattern(name)}"?\\s*\\(`, "i").test(text);
}
