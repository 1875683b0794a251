import * as pulumi from "@pulumi/pulumi";
import { type SqlText, sql } from "../sql/tag.ts";
import { readTokens, UnreadableBody } from "../sql/tokens.ts";

/**
 * Puts a user's condition in parentheses, so that a component can combine it with its own.
 * @param place the component and the property, for the message
 * @throws {pulumi.RunError} if the text closes a parenthesis that it does not open, and so would end the component's condition
 */
export function parenthesised(condition: SqlText, place: string): SqlText {
  const problem = parenthesisProblem(condition.known);
  if (problem !== undefined) throw new pulumi.RunError(`${place}: ${problem}`);
  return sql`(${condition})`;
}

function parenthesisProblem(text: string): string | undefined {
  try {
    let depth = 0;
    // Escapes in a quoted name (U&"…") do not change where it ends.
    for (const { kind, value } of readTokens(text.replaceAll(/u&(?=")/gi, " "))) {
      if (kind !== "symbol") continue;
      if (value === "(") depth++;
      if (value === ")" && --depth < 0) return "the condition closes a parenthesis that it does not open";
    }
    return depth > 0 ? "the condition opens a parenthesis that it does not close" : undefined;
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return "the condition is no SQL that can be read to its end: look for a quotation mark or a comment that is not closed";
  }
}
