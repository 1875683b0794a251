import type { Node } from "../../sql/parser.ts";
import { columnName, subPlan } from "./read-plan.ts";

/**
 * The columns whose indexes would avoid reading the whole table: one for each alternative of the condition. Empty if no
 * index would help, because an alternative is true for every row (`is_admin() or …`), or tests no column for equality.
 * @param isText whether an index on the column supports the column cast to text
 */
export function columnsToIndex(filter: Node, isText: (column: string) => boolean): readonly string[] {
  const { BoolExpr: both } = filter as { BoolExpr?: Node };
  if (both !== undefined) {
    const parts = ((both.args ?? []) as Node[]).map((part) => columnsToIndex(part, isText));
    if (both.boolop === "OR_EXPR") return parts.every((part) => part.length > 0) ? [...new Set(parts.flat())] : [];
    if (both.boolop !== "AND_EXPR") return [];
    // Equality with one value leaves fewer rows than equality with one of several.
    const known = parts.filter((part) => part.length > 0);
    const single = ((both.args ?? []) as Node[]).findIndex(
      (part, index) => (part.A_Expr as Node | undefined)?.kind === "AEXPR_OP" && (parts[index] ?? []).length > 0,
    );
    return (single < 0 ? known[0] : parts[single]) ?? [];
  }
  const { kind, name, lexpr, rexpr } = ((filter as { A_Expr?: Node }).A_Expr ?? {}) as Node;
  if (!isEquals(name)) return [];
  const sides = [lexpr, ...(kind === "AEXPR_OP" ? [rexpr] : [])] as readonly Node[];
  const others = [rexpr, lexpr] as readonly Node[];
  for (const [index, side] of sides.entries()) {
    const column = columnOf(side, isText);
    if (column !== undefined && !dependsOnRow(others[index])) return [column];
  }
  return [];
}

/** Whether a sub-select runs for each row: what `in (select …)` and `exists (…)` become in a plan. */
export function asksSubPlan(filter: Node): boolean {
  return JSON.stringify(filter).includes(`"sval":"${subPlan}"`);
}

function isEquals(name: unknown): boolean {
  return JSON.stringify(name) === JSON.stringify([{ String: { sval: "=" } }]);
}

function columnOf(node: Node, isText: (column: string) => boolean): string | undefined {
  const { ColumnRef: column, TypeCast: cast } = node as { ColumnRef?: Node; TypeCast?: Node };
  if (column !== undefined) return columnName(column);
  const inner = (cast?.arg as Node | undefined)?.ColumnRef as Node | undefined;
  const name = inner && columnName(inner);
  const isCastToText = JSON.stringify((cast?.typeName as Node | undefined)?.names ?? "").endsWith('"text"}}]');
  return name !== undefined && isCastToText && isText(name) ? name : undefined;
}

function dependsOnRow(node: Node | undefined): boolean {
  const text = JSON.stringify(node ?? {});
  return text.includes('"ColumnRef"') || text.includes(subPlan);
}
