/** Escapes a text within a comment, so that it does not end the comment. */
export function inComment(text: string): string {
  return text.replaceAll("*/", "*\\/");
}
