import { type Node, parseStatements } from "../../sql/parser.ts";

/** A call in a policy's condition that runs more than once. */
export interface Call {
  readonly schema: string;
  readonly name: string;
  /**
   * When it runs: for each row; for each row, because columns of the row are arguments; or for each row that a
   * sub-select reads.
   */
  readonly how: "row" | "columns" | "inner";
}

/** The calls of a condition outside of `(select …)`. @param condition as PostgreSQL prints it, with qualified names */
export function repeatedCalls(condition: string): readonly Call[] {
  try {
    return callsIn(parseStatements(`select ${condition}`), "row");
  } catch {
    // Nothing is known of a condition that can't be parsed.
    return [];
  }
}

function callsIn(value: unknown, place: "row" | "inner"): readonly Call[] {
  if (Array.isArray(value)) return value.flatMap((item) => callsIn(item, place));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "SubLink") return callsInSubSelect(inner as Node, place);
    const own = key === "FuncCall" ? [callOf(inner as Node, place)] : [];
    return [...own, ...callsIn(inner, place)];
  });
}

function callsInSubSelect({ subselect, testexpr }: Node, place: "row" | "inner"): readonly Call[] {
  const outside = callsIn(testexpr, place);
  const { fromClause = [], ...rest } = ((subselect as Node | undefined)?.SelectStmt ?? {}) as Node;
  const readsRows = JSON.stringify(fromClause).includes('"RangeVar"');
  if (readsRows) return [...outside, ...callsIn(rest, "inner")];
  // A sub-select runs once, unless it uses columns of the row.
  return [...outside, ...(hasColumns(rest) || hasColumns(fromClause) ? callsIn([rest, fromClause], place) : [])];
}

function callOf({ funcname, args }: Node, place: "row" | "inner"): Call {
  const names = ((funcname ?? []) as Node[]).map((part) => String((part.String as Node | undefined)?.sval ?? ""));
  const [name = "", schema = "pg_catalog"] = names.reverse();
  return { schema, name, how: place === "row" && hasColumns(args) ? "columns" : place };
}

function hasColumns(node: unknown): boolean {
  return JSON.stringify(node ?? []).includes('"ColumnRef"');
}
