import { isPlace, operandsOf } from "../../sql/nodes.ts";
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
  const node = Object.fromEntries(entries.map(([key, value]) => [key, printedForm(value)])) as Node;
  const [kind = ""] = Object.keys(node);
  return forms[kind]?.(node[kind] as Node) ?? node;
}

/** What a node of the kind becomes; undefined if it stays as it is. */
const forms: Readonly<Record<string, (node: Node) => unknown>> = {
  A_Expr: expressionForm,
  BoolExpr: ({ boolop, args }) => combined(String(boolop), args as Node[]),
  CaseExpr: ({ defresult, ...rest }) => (isNull(defresult) ? { CaseExpr: rest } : undefined),
  SelectStmt: selectForm,
  SubLink: subLinkForm,
  TypeCast: castForm,
};

/** Whether a property is the name of a function, a type or an operator: a list of its parts. */
export function isName(key: string, value: unknown): value is readonly Node[] {
  return (key === "funcname" || key === "names" || key === "name") && Array.isArray(value);
}

/** A name's last part, if what stands before it is nothing or `pg_catalog`. */
function catalogName(names: unknown): string | undefined {
  const [first, second, ...more] = stringsIn(names);
  if (second === undefined) return first;
  return first === "pg_catalog" && more.length === 0 ? second : undefined;
}

function expressionForm({ kind, name: operator, lexpr, rexpr }: Node): Node {
  const compare = (by: unknown, right: unknown): Node =>
    expressionForm({ kind: "AEXPR_OP", name: by, lexpr, rexpr: right });
  const items = ((rexpr as Node | undefined)?.List as Node | undefined)?.items as Node[] | undefined;
  if (kind === "AEXPR_IN" && items !== undefined) {
    const [only] = items;
    if (items.length === 1) return compare(operator, only);
    // With columns among them, PostgreSQL compares these one by one.
    if (JSON.stringify(items).includes('"ColumnRef"')) return { A_Expr: { kind, name: operator, lexpr, rexpr } };
    const quantifier = catalogName(operator) === "=" ? "AEXPR_OP_ANY" : "AEXPR_OP_ALL";
    return expressionForm({ kind: quantifier, name: operator, lexpr, rexpr: { A_ArrayExpr: { elements: items } } });
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
  const side = comparisons.has(catalogName(operator) ?? "") ? comparedForm : (node: unknown) => node;
  return { A_Expr: { kind: isPattern ? "AEXPR_OP" : kind, name: operator, lexpr: side(lexpr), rexpr: side(rexpr) } };
}

const comparisons: ReadonlySet<string> = new Set(["=", "<>", "<", ">", "<=", ">="]);

/** A whole number that is compared is printed with a type where the other side has another one, `5` as `(5)::numeric`. */
function comparedForm(node: unknown): unknown {
  const { A_ArrayExpr: list, TypeCast: cast } = (node ?? {}) as Node;
  if (list !== undefined) {
    const { elements, ...rest } = list as Node;
    return { A_ArrayExpr: { ...rest, elements: ((elements ?? []) as Node[]).map(comparedForm) } };
  }
  if (cast === undefined) return node;
  const { arg, typeName } = cast as Node;
  return numberTypes.has(plainType(typeName) ?? "") ? (wholeNumberIn(arg) ?? node) : node;
}

const numberTypes: ReadonlySet<string> = new Set(["int2", "int4", "int8", "numeric", "float8"]);

/** `5`, or `'5'`. */
function wholeNumberIn(node: unknown): Node | undefined {
  const constant = ((node ?? {}) as Node).A_Const as Readonly<Record<string, Node | undefined>> | undefined;
  if (constant?.ival !== undefined || /^-?\d+$/.test(String(constant?.fval?.fval))) return node as Node;
  const text = String(constant?.sval?.sval);
  if (!/^-?\d+$/.test(text)) return undefined;
  const number = Number(text);
  if (Math.abs(number) >= 2 ** 31) return { A_Const: { fval: { fval: text } } };
  return { A_Const: { ival: number === 0 ? {} : { ival: number } } };
}

/** The name of a type that has neither a length nor elements. */
function plainType(typeName: unknown): string | undefined {
  const { names, typmods, arrayBounds } = (typeName ?? {}) as Node;
  return typmods === undefined && arrayBounds === undefined ? catalogName(names) : undefined;
}

function operatorNamed(name: string): readonly Node[] {
  return [{ String: { sval: name } }];
}

function combined(boolop: string, args: readonly Node[]): Node {
  return { BoolExpr: { boolop, args: operandsOf({ boolop, args }) } };
}

/**
 * Only ORDER BY and GROUP BY read the names of its columns; EXISTS reads no column at all. `in (select …)` is
 * `= any (select …)`.
 */
function subLinkForm({ operName, subselect, ...rest }: Node): unknown {
  const { targetList, ...query } = ((subselect as Node).SelectStmt ?? {}) as Node;
  const readsNames = query.sortClause !== undefined || query.groupClause !== undefined;
  const targets = ((targetList ?? []) as Node[]).map(({ ResTarget }) => (ResTarget as Node).val as Node);
  const isAnyRow =
    rest.subLinkType === "EXISTS_SUBLINK" && targets.every((val) => "ColumnRef" in val || "A_Const" in val);
  const isEqual = rest.subLinkType === "ANY_SUBLINK" && catalogName(operName) === "=";
  return {
    SubLink: {
      ...rest,
      ...(isEqual ? {} : { operName }),
      subselect: { SelectStmt: { ...query, targetList: readsNames ? targetList : isAnyRow ? [] : targets } },
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

/** `array['a']::text[]` is printed as `array['a'::text]`, and a cast that changes nothing is not printed. */
function castForm({ arg, typeName }: Node): unknown {
  const { arrayBounds, ...elementType } = typeName as Node;
  const { A_ArrayExpr: list, A_Expr: expression } = arg as Node;
  const operator = ((expression ?? {}) as Node).name;
  if (plainType(typeName) === "text" && catalogName(operator) === "->>") return arg;
  const elements = ((list as Node | undefined)?.elements ?? []) as Node[];
  if (elements.length > 0 && (arrayBounds as Node[] | undefined)?.length === 1 && elements.every(isConstant)) {
    return {
      A_ArrayExpr: { elements: elements.map((element) => ({ TypeCast: { arg: element, typeName: elementType } })) },
    };
  }
  return undefined;
}

/** With or without a type. */
function isNull(node: unknown): boolean {
  const cast = ((node ?? {}) as Node).TypeCast as Node | undefined;
  return constantOf(cast?.arg ?? node) === null;
}

function isConstant(node: Node): boolean {
  return "A_Const" in node;
}
