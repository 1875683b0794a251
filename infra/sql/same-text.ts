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
    return key === "BoolExpr" ? flatten(value as Node) : value;
  });
}

/** `a and (b and c)` is `(a and b) and c`. */
function flatten({ args, ...expression }: Node): Node {
  const inner = ((args ?? []) as Node[]).flatMap((arg) => {
    const nested = arg.BoolExpr as Node | undefined;
    return nested !== undefined && nested.boolop === expression.boolop && expression.boolop !== "NOT_EXPR"
      ? (flatten(nested).args as Node[])
      : [arg];
  });
  return { ...expression, args: inner };
}

/** Where in its text a node stands. */
function isPlace(key: string): boolean {
  return key === "stmt_len" || key === "location" || key.endsWith("_location");
}
