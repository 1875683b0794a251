import { type Node, parseStatements } from "../../sql/parser.ts";
import { solveComparison } from "./comparison.ts";
import { type FindColumn, lastName, namesIn, readOperand } from "./operand.ts";
import { type Alternative, conjoin, disjoin, only, unrestricted } from "./restriction.ts";

/**
 * The alternatives in which an expression, as PostgreSQL prints it, holds. Await `loadParser` first.
 * @returns an empty list if none is known
 */
export function solveExpression(expression: string, find: FindColumn): readonly Alternative[] {
  return solve(expressionOf(expression), true, find);
}

/** @throws the parser's error */
export function expressionOf(expression: string): Node {
  const [{ SelectStmt } = {}] = parseStatements(`select (${expression})`);
  const [{ ResTarget } = {}] = ((SelectStmt as Node).targetList ?? []) as Node[];
  return (ResTarget as Node).val as Node;
}

/**
 * The alternatives in which a trigger's WHEN condition does not hold, so that the trigger does not fire.
 * @param definition CREATE TRIGGER, as PostgreSQL prints it
 */
export function solveTrigger(definition: string, find: FindColumn): readonly Alternative[] {
  const [{ CreateTrigStmt } = {}] = parseStatements(definition);
  const { whenClause } = CreateTrigStmt as Node;
  return whenClause === undefined ? [unrestricted] : solve(whenClause as Node, false, find);
}

/** @param isWanted whether the expression has to be true or false */
function solve(node: Node | undefined, isWanted: boolean, find: FindColumn): readonly Alternative[] {
  const [type, body] = Object.entries(node ?? {})[0] as [string, Node];
  const again = (inner: unknown, wanted = isWanted) => solve(inner as Node, wanted, find);
  const args = (body.args ?? []) as Node[];
  switch (type) {
    case "BoolExpr":
      if (body.boolop === "NOT_EXPR") return again(args[0], !isWanted);
      return (body.boolop === "AND_EXPR") === isWanted
        ? args.map((arg) => again(arg)).reduce(conjoin, [unrestricted])
        : disjoin(args.map((arg) => again(arg)));
    case "NullTest":
      return solveNull(body, isWanted, find);
    case "BooleanTest":
      return solveTruth(body, isWanted, again);
    case "CaseExpr":
      return solveCase(body, isWanted, find);
    case "CoalesceExpr":
      return disjoin(args.map((arg) => again(arg)));
    case "A_Const":
    case "TypeCast":
      return solveConstant(node, isWanted, find) ?? again(body.arg);
    case "ColumnRef": {
      const place = find(namesIn(body.fields));
      return place === undefined ? tried(node, find) : [only(place, { oneOf: [isWanted ? "true" : "false"] })];
    }
    case "FuncCall":
      return solveCall(node, lastName(body.funcname), args, isWanted, find);
    case "A_Expr":
      return solveComparison(body, isWanted, find) ?? tried(node, find);
    default:
      return tried(node, find);
  }
}

function solveNull({ arg, nulltesttype }: Node, isWanted: boolean, find: FindColumn): readonly Alternative[] {
  const operand = readOperand(arg as Node, find);
  if (operand.is !== "column") return tried(arg, find);
  return [only(operand.place, { isNull: (nulltesttype === "IS_NULL") === isWanted })];
}

/** `is true`, `is not false` and the like. The value unknown is ignored. */
function solveTruth(
  { arg, booltesttype }: Node,
  isWanted: boolean,
  again: (inner: unknown, wanted: boolean) => readonly Alternative[],
): readonly Alternative[] {
  const isTrue = booltesttype === "IS_TRUE" || booltesttype === "IS_NOT_FALSE" || booltesttype === "IS_NOT_UNKNOWN";
  return again(arg, isTrue === isWanted);
}

/** The cases of a CASE, each with the negation of the conditions before it. */
function solveCase({ arg, args, defresult }: Node, isWanted: boolean, find: FindColumn): readonly Alternative[] {
  const ways: (readonly Alternative[])[] = [];
  let others: readonly Alternative[] = [unrestricted];
  for (const { CaseWhen } of (args ?? []) as Node[]) {
    const { expr, result } = CaseWhen as Node;
    const equals = { A_Expr: { kind: "AEXPR_OP", name: [{ String: { sval: "=" } }], lexpr: arg, rexpr: expr } };
    const condition = (arg === undefined ? expr : equals) as Node;
    ways.push(conjoin(conjoin(others, solve(condition, true, find)), solve(result as Node, isWanted, find)));
    others = conjoin(others, solve(condition, false, find));
  }
  if (defresult !== undefined) ways.push(conjoin(others, solve(defresult as Node, isWanted, find)));
  return disjoin(ways);
}

function solveConstant(
  node: Node | undefined,
  isWanted: boolean,
  find: FindColumn,
): readonly Alternative[] | undefined {
  const operand = readOperand(node, find);
  if (operand.is !== "constant") return undefined;
  return (operand.text === "true" || operand.text === "t") === isWanted ? [unrestricted] : [];
}

function solveCall(
  node: Node | undefined,
  name: string,
  args: readonly Node[],
  isWanted: boolean,
  find: FindColumn,
): readonly Alternative[] {
  const operands = args.map((arg) => readOperand(arg, find));
  const [first, second] = operands;
  if (name === "starts_with" && isWanted && first !== undefined && second !== undefined) {
    const compared = { kind: "AEXPR_OP", name: [{ String: { sval: "^@" } }], lexpr: args[0], rexpr: args[1] };
    return solveComparison(compared, true, find) ?? tried(node, find);
  }
  if (name === "isempty" && !isWanted && first?.is === "column") return [only(first.place, {})];
  return tried(node, find);
}

/** For what can't be parsed: the columns that occur in it, whose values are found by trying. */
function tried(tree: unknown, find: FindColumn): readonly Alternative[] {
  return [{ ...unrestricted, unknown: [...new Set(columnsIn(tree, find))] }];
}

function columnsIn(tree: unknown, find: FindColumn): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap((item) => columnsIn(item, find));
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, inner]) => {
    if (key !== "ColumnRef") return columnsIn(inner, find);
    return find(namesIn((inner as Node).fields)) ?? [];
  });
}
