import { isPlace } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { constantOf, stringsIn } from "./statement-parts.ts";

/**
 * A parse tree as PostgreSQL prints what it stored of it (pg_get_expr, pg_get_functiondef), as far as the grammar alone
 * tells: without places in the text, and with one form where the grammar has several. Await `loadParser` first.
 */
export function printedForm(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(printedForm);
  if (typeof tree !== "object" || tree === null) return tree;
  const entries = Object.entries(tree).filter(([key]) => !isPlace(key));
  const node = Object.fromEntries(
    entries.map(([key, value]) => [key, isName(key, value) ? withoutCatalog(value) : printedForm(value)]),
  ) as Node;
  const [kind = ""] = Object.keys(node);
  return forms[kind]?.(node[kind] as Node) ?? node;
}

/** What a node of the kind becomes; undefined if it stays as it is. */
const forms: Readonly<Record<string, (node: Node) => unknown>> = {
  A_Expr: expressionForm,
  BoolExpr: ({ boolop, args }) => combined(String(boolop), args as Node[]),
  CaseExpr: ({ defresult, ...rest }) => (constantOf(defresult) === null ? { CaseExpr: rest } : undefined),
  SelectStmt: selectForm,
  SubLink: subLinkForm,
  TypeCast: castForm,
};

/** Whether a property is the name of a function, a type or an operator: a list of its parts. */
export function isName(key: string, value: unknown): value is readonly Node[] {
  return (key === "funcname" || key === "names" || key === "name") && Array.isArray(value);
}

function withoutCatalog(names: readonly Node[]): readonly Node[] {
  return names.length === 2 && stringsIn(names)[0] === "pg_catalog" ? names.slice(1) : names;
}

function expressionForm({ kind, name: operator, lexpr, rexpr }: Node): unknown {
  const compare = (by: unknown, right: unknown) => ({
    A_Expr: { kind: "AEXPR_OP", name: by, lexpr, rexpr: right },
  });
  const text = stringsIn(operator).join(".");
  const items = ((rexpr as Node | undefined)?.List as Node | undefined)?.items as Node[] | undefined;
  if (kind === "AEXPR_IN" && items !== undefined) {
    const [only] = items;
    if (items.length === 1) return compare(operator, only);
    // With columns among them, PostgreSQL compares these one by one.
    if (JSON.stringify(items).includes('"ColumnRef"')) return undefined;
    const quantifier = text === "=" ? "AEXPR_OP_ANY" : "AEXPR_OP_ALL";
    return { A_Expr: { kind: quantifier, name: operator, lexpr, rexpr: { A_ArrayExpr: { elements: items } } } };
  }
  if (items !== undefined && (kind === "AEXPR_BETWEEN" || kind === "AEXPR_NOT_BETWEEN")) {
    const [low, high] = items;
    return kind === "AEXPR_BETWEEN"
      ? combined("AND_EXPR", [compare(operatorNamed(">="), low), compare(operatorNamed("<="), high)])
      : combined("OR_EXPR", [compare(operatorNamed("<"), low), compare(operatorNamed(">"), high)]);
  }
  if (kind === "AEXPR_NOT_DISTINCT") {
    return combined("NOT_EXPR", [{ A_Expr: { kind: "AEXPR_DISTINCT", name: operator, lexpr, rexpr } }]);
  }
  const isPattern = kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE" || kind === "AEXPR_SIMILAR";
  return { A_Expr: { kind: isPattern ? "AEXPR_OP" : kind, name: operator, lexpr, rexpr } };
}

function operatorNamed(name: string): readonly Node[] {
  return [{ String: { sval: name } }];
}

/** `a and (b and c)` is `a and b and c`. */
function combined(boolop: string, args: readonly Node[]): Node {
  const flat = args.flatMap((arg) => {
    const nested = arg.BoolExpr as Node | undefined;
    return nested?.boolop === boolop && boolop !== "NOT_EXPR" ? (nested.args as Node[]) : [arg];
  });
  return { BoolExpr: { boolop, args: flat } };
}

/** Nobody reads the names of its columns; EXISTS reads no column at all. `in (select …)` is `= any (select …)`. */
function subLinkForm({ operName, subselect, ...rest }: Node): unknown {
  const { targetList, ...query } = ((subselect as Node).SelectStmt ?? {}) as Node;
  const targets = ((targetList ?? []) as Node[]).map(({ ResTarget }) => (ResTarget as Node).val as Node);
  const isAnyRow =
    rest.subLinkType === "EXISTS_SUBLINK" && targets.every((val) => "ColumnRef" in val || "A_Const" in val);
  const isEqual = rest.subLinkType === "ANY_SUBLINK" && stringsIn(operName).join(".") === "=";
  return {
    SubLink: {
      ...rest,
      ...(isEqual ? {} : { operName }),
      subselect: { SelectStmt: { ...query, targetList: isAnyRow ? [] : targets } },
    },
  };
}

/** The two queries of a UNION are nodes without a kind. */
function selectForm({ targetList, larg, rarg, ...rest }: Node): Node {
  const sides = larg === undefined ? {} : { larg: selectForm(larg as Node), rarg: selectForm(rarg as Node) };
  return { SelectStmt: { ...rest, ...sides, targetList: named(targetList) } };
}

/** The columns of a query, each with the name that it gets if it is given none. */
function named(targets: unknown): unknown {
  return ((targets ?? []) as Node[]).map(({ ResTarget }) => {
    const { val, name, ...rest } = ResTarget as Node;
    return { ResTarget: { ...rest, val, name: name ?? usualName(val as Node) } };
  });
}

function usualName({ ColumnRef, FuncCall }: Node): string | undefined {
  const names = (ColumnRef as Node | undefined)?.fields ?? (FuncCall as Node | undefined)?.funcname;
  return stringsIn(names).at(-1) || undefined;
}

/**
 * A number or null is printed with a type where the type is not the usual one, `array['a']::text[]` as
 * `array['a'::text]`, and a cast that changes nothing is not printed.
 */
function castForm({ arg, typeName }: Node): unknown {
  const { names, ...type } = typeName as Node;
  const name = type.typmods === undefined && type.arrayBounds === undefined ? stringsIn(names).join(".") : "";
  const { A_ArrayExpr: list, A_Expr: expression } = arg as Node;
  if (constantOf(arg) === null) return arg;
  if (numberTypes.has(name)) {
    const number = numberIn(arg);
    if (number !== undefined) return { A_Const: number };
  }
  if (name === "text" && stringsIn((expression as Node | undefined)?.name).join() === "->>") return arg;
  const { arrayBounds, ...elementType } = type;
  const elements = ((list as Node | undefined)?.elements ?? []) as Node[];
  if (elements.length > 0 && (arrayBounds as Node[] | undefined)?.length === 1 && elements.every(isConstant)) {
    const cast = elements.map((element) => {
      const inner = { arg: element, typeName: { ...elementType, names } };
      return castForm(inner) ?? { TypeCast: inner };
    });
    return { A_ArrayExpr: { elements: cast } };
  }
  return undefined;
}

const numberTypes: ReadonlySet<string> = new Set(["int2", "int4", "int8", "numeric", "float4", "float8"]);

function isConstant(node: Node): boolean {
  return "A_Const" in node;
}

/** A number, or a text that is one. */
function numberIn(node: unknown): Node | undefined {
  const constant = ((node ?? {}) as Node).A_Const as Readonly<Record<string, Node | undefined>> | undefined;
  const text = constant?.fval?.fval ?? constant?.sval?.sval;
  if (text === undefined) return constant?.ival && (constant as Node);
  return /^-?\d+(\.\d+)?$/.test(String(text)) ? numberForm(String(text)) : undefined;
}

function numberForm(text: string): Node {
  const number = Number(text);
  const isInteger = Number.isInteger(number) && Math.abs(number) < 2 ** 31;
  if (isInteger && !text.includes(".")) return { ival: number === 0 ? {} : { ival: number } };
  return { fval: { fval: text } };
}
