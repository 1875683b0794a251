import type { Node } from "../../sql/parser.ts";
import { readSearchPath } from "../../sql/search-path.ts";

/** The path that a statement sets. `unknown`: it may set one, depending on the run. Undefined: it sets none. */
export function pathSetBy(statements: readonly Node[]): readonly string[] | "unknown" | undefined {
  const [statement] = statements;
  if (statements.length === 1 && statement !== undefined) {
    const setting = statement.VariableSetStmt as Node | undefined;
    if (setting !== undefined) return pathOfSet(setting);
    const { targetList, op: _op, limitOption: _limitOption, ...clauses } = (statement.SelectStmt ?? {}) as Node;
    const targets = ((targetList ?? []) as Node[]).map((target) => (target.ResTarget as Node).val as Node);
    const set = targets.map(({ FuncCall: call }) => (isSetConfig(call) ? pathOfCall(call) : undefined));
    const last = set.findLast((path) => path !== undefined);
    if (Object.keys(clauses).length === 0 && last !== undefined) return last;
  }
  return mayCall(statements) ? "unknown" : undefined;
}

function pathOfSet({ kind, name, args }: Node): readonly string[] | "unknown" | undefined {
  if (kind !== "VAR_RESET_ALL" && name !== "search_path") return undefined;
  const values = ((args ?? []) as Node[]).map(constantOf);
  if (kind !== "VAR_SET_VALUE" || !values.every((value) => value !== undefined)) return "unknown";
  return values.filter((schema) => schema !== "");
}

function pathOfCall({ args }: Node): readonly string[] | "unknown" | undefined {
  const [name, value] = ((args ?? []) as Node[]).map(constantOf);
  if (name !== undefined && name.toLowerCase() !== "search_path") return undefined;
  return name === undefined || value === undefined ? "unknown" : readSearchPath(value);
}

function mayCall(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(mayCall);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === "FuncCall" && isSetConfig(inner) && pathOfCall(inner) !== undefined) || mayCall(inner),
  );
}

function isSetConfig(call: unknown): call is Node {
  const names = ((call as Node | undefined)?.funcname ?? []) as Node[];
  return (names.at(-1)?.String as Node | undefined)?.sval === "set_config";
}

function constantOf(node: Node): string | undefined {
  const constant = node.A_Const as Node | undefined;
  // An empty string has no value in the tree.
  const value = constant?.sval as Node | undefined;
  return value === undefined ? undefined : String(value.sval ?? "");
}
