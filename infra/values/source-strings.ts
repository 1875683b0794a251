/**
 * A string's source. Between the quotes that need fewer backslashes, as formatters choose them; a character that can't be seen, or that
 * would change how the line is shown, is written by its number.
 */
export function quoteString(text: string): string {
  const count = (mark: string) => text.split(mark).length - 1;
  const quote = count('"') > count("'") ? "'" : '"';
  const escaped = text.replaceAll(/[\\\n\r\t]/g, (mark) => marks[mark] ?? mark).replaceAll(quote, `\\${quote}`);
  return quote + escapeUnseen(escaped) + quote;
}

/** A text of several lines as a template without values. */
export function writeTemplate(text: string): string {
  const escaped = text.replaceAll(/[\\`]|\$(?=\{)/g, (mark) => `\\${mark}`).replaceAll("\r", "\\r");
  return `\`${escapeUnseen(escaped)}\``;
}

/** Whether a text holds what can be written in a source only by an escape. */
export function holdsUnseen(text: string): boolean {
  return text.search(unseen) >= 0;
}

/** How many columns a text takes as formatters count them: letters of East Asia and emoji two, accents of their own none. */
export function widthOf(text: string): number {
  if (/^[\0-~]*$/.test(text)) return text.length;
  const letters = [...text].filter((letter) => !/^\p{M}$/u.test(letter));
  return letters.reduce((width, letter) => width + (wide.test(letter) ? 2 : 1), 0);
}

const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u1100-\u115f\u3000-\u303f\uac00-\ud7a3\uff01-\uff60\uffe0-\uffe6]$/u;

const marks: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control characters, marks of writing direction, spaces that look like others, halves of a surrogate pair, and what nobody has a letter for. */
const unseen = /(?![ \n\t])[\p{C}\p{Z}]|\p{Default_Ignorable_Code_Point}/gu;

function escapeUnseen(text: string): string {
  const number = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replaceAll(unseen, (character) => character.split("").map(number).join(""));
}
