import { functionIdentity } from "../../catalog/functions.ts";
import { isPlace, nameOf } from "../../sql/nodes.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { formatArgumentType } from "../../sql/signature.ts";

/** The roles in a statement; `user` is the deploying role. */
export function rolesOf(list: unknown, user: string): readonly string[] {
  return ((list ?? []) as Node[]).map(({ RoleSpec }) => roleOf(RoleSpec, user));
}

export function roleOf(node: unknown, user: string): string {
  const { roletype, rolename } = (node ?? {}) as Node;
  if (roletype === "ROLESPEC_PUBLIC") return "public";
  return roletype === "ROLESPEC_CSTRING" ? String(rolename) : user;
}

/**
 * A function as GRANT, ALTER and DROP name it: a prefix of its signature, or all of it if the statement lists the
 * argument types.
 */
export interface NamedFunction {
  readonly name: string;
  readonly signature: string | undefined;
}

export function functionOf(node: unknown): NamedFunction {
  const { objname, objargs, args_unspecified: isBare } = (node ?? {}) as Node;
  const name = nameOf(objname);
  const types = ((objargs ?? []) as Node[]).map(({ TypeName }) => formatArgumentType(TypeName as Node));
  const isKnown = isBare !== true && !types.includes(undefined);
  return named(name, isKnown ? (types as string[]) : undefined);
}

/** The function that a CREATE FUNCTION statement creates. */
export function createdFunctionOf({ funcname, parameters }: Node): NamedFunction {
  const types = ((parameters ?? []) as Node[])
    .map(({ FunctionParameter }) => FunctionParameter as Node)
    .filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE")
    .map(({ argType }) => formatArgumentType(argType as Node));
  return named(nameOf(funcname), types.includes(undefined) ? undefined : (types as string[]));
}

/** Whether a function's options make it SECURITY DEFINER; undefined if they don't say. */
export function securityIn(options: unknown): boolean | undefined {
  const found = ((options ?? []) as Node[])
    .map(({ DefElem }) => DefElem as Node)
    .find(({ defname }) => defname === "security");
  return found && ((found.arg as Node | undefined)?.Boolean as Node | undefined)?.boolval === true;
}

export function isFunction({ name, signature }: NamedFunction, id: string): boolean {
  return signature === undefined ? id.startsWith(`${name}(`) : signature === id;
}

export function stringsIn(list: unknown): readonly string[] {
  return ((list ?? []) as Node[]).map(({ String: text }) => String((text as Node | undefined)?.sval ?? ""));
}

/** The value of a constant; undefined for any other expression. */
export function constantOf(node: unknown): string | number | boolean | null | undefined {
  const constant = ((node ?? {}) as Node).A_Const as Node | undefined;
  if (constant === undefined) return undefined;
  if (constant.isnull === true) return null;
  const { sval, ival, boolval } = constant as Readonly<Record<string, Node | undefined>>;
  if (sval !== undefined) return String(sval.sval ?? "");
  if (boolval !== undefined) return boolval.boolval === true;
  return ival === undefined ? undefined : Number(ival.ival ?? 0);
}

/** Whether two parse trees are equal apart from the locations. */
export function isSameTree(left: unknown, right: unknown): boolean {
  return textOf(left) === textOf(right);
}

/** The parse tree of a condition; undefined if it can't be parsed. */
export function expressionIn(sql: string): unknown {
  try {
    const [statement] = parseStatements(`select (${sql}\n)`);
    const [target] = ((statement?.SelectStmt as Node | undefined)?.targetList ?? []) as Node[];
    return (target?.ResTarget as Node | undefined)?.val;
  } catch {
    return undefined;
  }
}

function textOf(tree: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => (isPlace(key) ? undefined : value)) ?? "";
}

function named(name: QualifiedName, argumentTypes: readonly string[] | undefined): NamedFunction {
  return {
    name: formatQualified(name),
    signature: argumentTypes && functionIdentity({ ...name, argumentTypes }),
  };
}
