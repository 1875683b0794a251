import type { Node } from "../../sql/parser.ts";
import { jsonPlace, type PrefixPart } from "./restriction.ts";

/** One side of a comparison. */
export type Operand =
  | { readonly is: "constant"; readonly text: string | null }
  | { readonly is: "list"; readonly items: readonly string[] }
  /** A column, a value nested in a JSON column, or the result of a function of one. */
  | { readonly is: "column"; readonly place: string; readonly of?: ColumnFunction }
  /** Texts and columns, concatenated by `||`. */
  | { readonly is: "joined"; readonly parts: readonly PrefixPart[] }
  | { readonly is: "unknown" };

type ColumnFunction = "length" | "upper" | "lower" | "jsonType";

/** The row's column that a possibly qualified name, such as `new` and `id`, refers to. Undefined: none. */
export type FindColumn = (parts: readonly string[]) => string | undefined;

/**
 * The stand-in for `now()`. It is far in the future: a value that has to be later than `now()` really is, and an
 * ordinary date is earlier.
 */
export const now = "2090-01-01 00:00:00+00";

export function readOperand(node: Node | undefined, find: FindColumn): Operand {
  const [type, body] = Object.entries(node ?? {})[0] as [string, Node];
  const inner = (each: unknown) => readOperand(each as Node, find);
  switch (type) {
    case "TypeCast":
    case "CollateClause":
      return readCast(inner(body.arg), body);
    case "A_Const":
      return { is: "constant", text: constantText(body) };
    case "SQLValueFunction":
      return /DATE|TIME/.test(String(body.op)) ? { is: "constant", text: now } : unknown;
    case "A_ArrayExpr":
      return readList(((body.elements ?? []) as Node[]).map(inner));
    case "List":
      return readList(((body.items ?? []) as Node[]).map(inner));
    case "ColumnRef": {
      const place = find(namesIn(body.fields));
      return place === undefined ? unknown : { is: "column", place };
    }
    case "FuncCall":
      return readCall(lastName(body.funcname), ((body.args ?? []) as Node[]).map(inner));
    case "A_Expr":
      return readOperator(
        lastName(body.name),
        inner(body.rexpr),
        body.lexpr === undefined ? undefined : inner(body.lexpr),
      );
    default:
      return unknown;
  }
}

const unknown: Operand = { is: "unknown" };

/** A list written as a constant: `'{a,b}'::text[]`. */
function readCast(operand: Operand, { typeName }: Node): Operand {
  const isArray = ((typeName as Node | undefined)?.arrayBounds as unknown[] | undefined) !== undefined;
  if (operand.is !== "constant" || operand.text === null || !isArray) return operand;
  const items = /^\{(.*)\}$/s.exec(operand.text)?.[1] ?? "";
  const item = /"((?:[^"\\]|\\.)*)"|([^,]+)/g;
  return {
    is: "list",
    items: [...items.matchAll(item)].map(([, quoted, plain = ""]) => quoted?.replace(/\\(.)/g, "$1") ?? plain),
  };
}

function readList(items: readonly Operand[]): Operand {
  const texts = items.flatMap((item) => (item.is === "constant" && item.text !== null ? [item.text] : []));
  return texts.length === items.length ? { is: "list", items: texts } : unknown;
}

function readCall(name: string, operands: readonly Operand[]): Operand {
  const [first = unknown, second] = operands;
  if (["now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"].includes(name)) {
    return { is: "constant", text: now };
  }
  if (name === "timezone") return second ?? unknown;
  if (first.is !== "column") return unknown;
  // Trimming has no effect on generated texts, which have no spaces around them.
  if (["btrim", "ltrim", "rtrim"].includes(name)) return first;
  const of = functionsOfColumns.get(name);
  return of === undefined || first.of !== undefined ? unknown : { ...first, of };
}

const functionsOfColumns: ReadonlyMap<string, ColumnFunction> = new Map([
  ...["length", "char_length", "character_length", "octet_length", "cardinality", "array_length"].map(
    (name) => [name, "length"] as const,
  ),
  ...["jsonb_array_length", "json_array_length"].map((name) => [name, "length"] as const),
  ...["jsonb_typeof", "json_typeof"].map((name) => [name, "jsonType"] as const),
  ["lower", "lower"],
  ["upper", "upper"],
]);

function readOperator(operator: string, right: Operand, left: Operand | undefined): Operand {
  if (left === undefined) {
    const isNegative = operator === "-" && right.is === "constant" && right.text !== null;
    return isNegative ? { is: "constant", text: `-${right.text}` } : unknown;
  }
  if (["->", "->>"].includes(operator) && left.is === "column" && right.is === "constant" && right.text !== null) {
    return { is: "column", place: jsonPlace(left.place, [right.text]) };
  }
  if (operator === "||") {
    const parts = [...partsOf(left), ...partsOf(right)];
    return parts.some((part) => part === undefined) ? unknown : { is: "joined", parts: parts as PrefixPart[] };
  }
  // A moment shortly before or after the stand-in for `now()` is as far in the future.
  if (["+", "-"].includes(operator) && left.is === "constant" && left.text === now) return left;
  return unknown;
}

export function partsOf(operand: Operand): readonly (PrefixPart | undefined)[] {
  if (operand.is === "constant" && operand.text !== null) return [operand.text];
  if (operand.is === "column" && operand.of === undefined) return [{ column: operand.place }];
  return operand.is === "joined" ? operand.parts : [undefined];
}

function constantText({ isnull, ival, fval, sval, boolval, bsval }: Node): string | null {
  if (isnull) return null;
  if (ival) return String((ival as Node).ival ?? 0);
  if (fval) return String((fval as Node).fval);
  if (boolval) return String((boolval as Node).boolval ?? false);
  if (bsval) return String((bsval as Node).bsval).replace(/^[bx]/, "");
  return String((sval as Node | undefined)?.sval ?? "");
}

export function namesIn(list: unknown): readonly string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval ?? "*"));
}

export function lastName(list: unknown): string {
  return namesIn(list).at(-1) ?? "";
}
