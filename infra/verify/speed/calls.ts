import { type Node, parseStatements } from "../../sql/parser.ts";

/** A call in a policy's condition that is not asked once. */
export interface Call {
  readonly schema: string;
  readonly name: string;
  /** How often: for each row, for each row because it is given columns of it, or for each row that a sub-select reads. */
  readonly how: "row" | "columns" | "inner";
}

/** The calls of a condition outside of `(select …)`. @param condition as PostgreSQL prints it, with qualified names */
export function repeatedCalls(condition: string): readonly Call[] {
  try {
    return callsIn(parseStatements(`select ${condition}`), "row");
  } catch {
    // What the parser does not know, it knows nothing of.
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
  // Asked once, unless it is given something of the row.
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
