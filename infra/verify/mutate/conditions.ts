import type { Node } from "../../sql/parser.ts";

/** A node of type boolean. */
export interface Condition {
  readonly node: Node;
  /** For a part of a conjunction or disjunction: the constant that makes the part irrelevant. */
  readonly neutral?: "true" | "false";
}

/**
 * Every condition in a tree: those of WHERE, ON, HAVING, WHEN and FILTER, the operands of AND, OR and NOT, comparisons
 * and EXISTS.
 */
export function conditionsIn(tree: unknown, root?: Node): readonly Condition[] {
  const found = new Map<Node, Condition>();
  const add = (node: unknown, neutral?: "true" | "false") => {
    if (typeof node !== "object" || node === null) return;
    if (!found.has(node as Node)) found.set(node as Node, { node: node as Node, ...(neutral && { neutral }) });
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (conditionKeys.includes(key)) add(inner);
      if (key === "BoolExpr") {
        const { boolop, args } = inner as Node;
        const neutral = boolop === "AND_EXPR" ? "true" : boolop === "OR_EXPR" ? "false" : undefined;
        for (const arg of (args ?? []) as Node[]) add(arg, neutral);
      }
      if (key === "CaseExpr" && (inner as Node).arg === undefined)
        for (const item of ((inner as Node).args ?? []) as Node[]) add((item.CaseWhen as Node | undefined)?.expr);
      visit(inner);
      if (isCondition(key, inner as Node)) add(value);
    }
  };
  add(root);
  visit(tree);
  return [...found.values()];
}

const conditionKeys = ["whereClause", "quals", "havingClause", "agg_filter"];

/** Whether the node's kind alone makes it a condition. */
function isCondition(kind: string, node: Node): boolean {
  if (kind === "BoolExpr" || kind === "NullTest" || kind === "BooleanTest") return true;
  if (kind === "SubLink") return ["EXISTS_SUBLINK", "ANY_SUBLINK", "ALL_SUBLINK"].includes(String(node.subLinkType));
  if (kind !== "A_Expr") return false;
  const [name] = ((node.name ?? []) as Node[]).slice(-1);
  return comparisons.includes(String((name?.String as Node | undefined)?.sval));
}

const comparisons = ["=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~", "@>", "<@", "&&", "?"];

/** Whether `conditionsIn` finds this node of an expression by itself. */
export function isConditionNode(node: Node): boolean {
  return Object.entries(node).some(([kind, inner]) => isCondition(kind, inner as Node));
}
