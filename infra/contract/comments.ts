/** A text that stands in a comment, which it must not end. */
export function inComment(text: string): string {
  return text.replaceAll("*/", "*\\/");
}
