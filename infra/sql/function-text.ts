import { type Node, parseStatements } from "./parser.ts";
import { defaultSearchPath } from "./search-path.ts";

/** What a CREATE FUNCTION statement says about how the function works. */
export interface FunctionText {
  readonly language: string;
  readonly isSecurityDefiner: boolean;
  /** The schemas in which the body finds unqualified names. Undefined: the caller's. */
  readonly searchPath: readonly string[] | undefined;
  /** The minimum and maximum number of arguments. */
  readonly arity: readonly [number, number];
  /** The defaults of its last arguments, in order. */
  readonly defaults: readonly Node[];
  /** Whether the names in its body are resolved at creation (BEGIN ATOMIC, RETURN), instead of each time it runs. */
  readonly isBoundWhenMade: boolean;
  /** The statements of its body; undefined if its language is not SQL. */
  readonly statements: readonly Node[] | undefined;
  /** The body, if it is a string; otherwise undefined. */
  readonly source: string | undefined;
  /** All parameters in order, including OUT parameters; empty for one without a name. */
  readonly parameterNames: readonly string[];
  /** `trigger`, `event_trigger` or another type. Undefined: there is no RETURNS clause. */
  readonly resultType: string | undefined;
}

/** Await `loadParser` first. @throws the parser's error, also for the body of a SQL function */
export function readFunctionText(definition: string): FunctionText {
  const create = (parseStatements(definition)[0]?.CreateFunctionStmt ?? {}) as Node;
  const options = new Map<string, Node>();
  const settings: Node[] = [];
  for (const item of (create.options ?? []) as Node[]) {
    const { defname, arg } = item.DefElem as Node;
    if (defname === "set") settings.push((arg as Node).VariableSetStmt as Node);
    else options.set(String(defname), arg as Node);
  }
  const parsedBody = create.sql_body as Node | undefined;
  const language = text(options.get("language")) ?? (parsedBody === undefined ? "" : "sql");
  return {
    language,
    isSecurityDefiner: (options.get("security")?.Boolean as Node | undefined)?.boolval === true,
    searchPath: searchPathOf(settings),
    isBoundWhenMade: parsedBody !== undefined,
    defaults: ((create.parameters ?? []) as Node[])
      .map((parameter) => (parameter.FunctionParameter as Node).defexpr as Node | undefined)
      .filter((value) => value !== undefined),
    arity: arityOf((create.parameters ?? []) as Node[]),
    statements: language.toLowerCase() === "sql" ? statementsOf(parsedBody, options.get("as")) : undefined,
    source: sourceOf(options.get("as")),
    parameterNames: ((create.parameters ?? []) as Node[]).map(({ FunctionParameter: parameter }) =>
      String((parameter as Node).name ?? ""),
    ),
    resultType: text((((create.returnType as Node | undefined)?.names ?? []) as Node[]).at(-1)),
  };
}

function statementsOf(parsedBody: Node | undefined, body: Node | undefined): readonly Node[] {
  if (parsedBody !== undefined) return [parsedBody];
  const sql = sourceOf(body) ?? "";
  return sql.trim() === "" ? [] : parseStatements(sql);
}

function sourceOf(body: Node | undefined): string | undefined {
  return text((((body?.List as Node | undefined)?.items ?? []) as Node[])[0]);
}

/**
 * FROM CURRENT uses that of the provider's sessions, in which functions are created. If there are several settings, the
 * last one counts.
 */
function searchPathOf(settings: readonly Node[]): readonly string[] | undefined {
  const setting = settings.findLast(({ name }) => name === "search_path");
  if (setting?.kind === "VAR_SET_CURRENT") return defaultSearchPath;
  if (setting?.kind !== "VAR_SET_VALUE") return undefined;
  const values = ((setting.args ?? []) as Node[]).map((value) => (value.A_Const as Node | undefined)?.sval as Node);
  return values.map((value) => String(value?.sval ?? "")).filter((schema) => schema !== "");
}

function arityOf(parameters: readonly Node[]): readonly [number, number] {
  const given = parameters
    .map((parameter) => parameter.FunctionParameter as Node)
    .filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE");
  const isVariadic = given.some(({ mode }) => mode === "FUNC_PARAM_VARIADIC");
  const needed = given.filter(({ defexpr, mode }) => defexpr === undefined && mode !== "FUNC_PARAM_VARIADIC");
  return [needed.length, isVariadic ? Number.POSITIVE_INFINITY : given.length];
}

function text(node: Node | undefined): string | undefined {
  const value = (node?.String as Node | undefined)?.sval;
  return value === undefined ? undefined : String(value);
}
