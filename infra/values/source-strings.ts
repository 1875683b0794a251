/**
 * A string's source. It has the quotes that need fewer backslashes, as formatters choose them. A character that is
 * invisible, or that would change how the line is displayed, is written as an escape.
 */
export function quoteString(text: string): string {
  const count = (mark: string) => text.split(mark).length - 1;
  const quote = count('"') > count("'") ? "'" : '"';
  const escaped = text.replaceAll(/[\\\n\r\t]/g, (mark) => marks[mark] ?? mark).replaceAll(quote, `\\${quote}`);
  return quote + escapeUnseen(escaped) + quote;
}

/** A text of several lines, as a template without values. */
export function writeTemplate(text: string): string {
  const escaped = text.replaceAll(/[\\`]|\$(?=\{)/g, (mark) => `\\${mark}`).replaceAll("\r", "\\r");
  return `\`${escapeUnseen(escaped)}\``;
}

/** Whether a text contains characters that have to be escaped in source code. */
export function holdsUnseen(text: string): boolean {
  return text.search(unseen) >= 0;
}

/**
 * The width of a text in columns, as formatters count them: two for East Asian characters and emoji, none for combining
 * accents.
 */
export function widthOf(text: string): number {
  if (/^[\0-~]*$/.test(text)) return text.length;
  const letters = [...text].filter((letter) => !/^\p{M}$/u.test(letter));
  return letters.reduce((width, letter) => width + (wide.test(letter) ? 2 : 1), 0);
}

const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u1100-\u115f\u3000-\u303f\uac00-\ud7a3\uff01-\uff60\uffe0-\uffe6]$/u;

const marks: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control characters, direction marks, unusual spaces, lone surrogates, and unassigned characters. */
const unseen = /(?![ \n\t])[\p{C}\p{Z}]|\p{Default_Ignorable_Code_Point}/gu;

function escapeUnseen(text: string): string {
  const number = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replaceAll(unseen, (character) => character.split("").map(number).join(""));
}
