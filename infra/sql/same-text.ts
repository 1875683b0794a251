import { isPlace, operandsOf } from "./nodes.ts";
import { type Node, parseStatements } from "./parser.ts";

/** A condition, which is an expression, or a whole statement. */
export type TextForm = "condition" | "statement";

/**
 * Whether two texts have the same meaning by the grammar alone: they differ only in white space, comments, case,
 * parentheses or the grouping of a chain of ANDs or ORs. Await `loadParser` first.
 */
export function isSameText(form: TextForm, left: string, right: string): boolean {
  if (left === right) return true;
  try {
    return meaning(form, left) === meaning(form, right);
  } catch {
    // The server may support syntax that the parser does not.
    return false;
  }
}

function meaning(form: TextForm, text: string): string {
  const statements = parseStatements(form === "condition" ? `select (\n${text}\n)` : text);
  return JSON.stringify(statements, (key, value: unknown) => {
    if (isPlace(key)) return undefined;
    if (key === "CreateFunctionStmt") return { ...(value as Node), replace: undefined };
    return key === "BoolExpr" ? { ...(value as Node), args: operandsOf(value as Node) } : value;
  });
}
