import { type Node, parseStatements } from "../../../sql/parser.ts";
import { readTokens, type Token, UnreadableBody } from "../../../sql/tokens.ts";

/** An expression as tokens and as a parse tree. */
export interface ReadExpression {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly tree: unknown;
  /** The index of the token at a node's location. */
  tokenAt(location: unknown): number | undefined;
}

const before = "select (\n";

/** Undefined if the text is not exactly one expression that can be parsed with certainty. */
export function readExpression(text: string): ReadExpression | undefined {
  const tree = parseExpression(text);
  const tokens = tokensOf(text);
  if (tree === undefined || tokens === undefined) return undefined;
  // The parser counts bytes.
  const indexes = new Map<number, number>();
  let bytes = Buffer.byteLength(before);
  let at = 0;
  for (const [index, { start }] of tokens.entries()) {
    bytes += Buffer.byteLength(text.slice(at, start));
    at = start;
    indexes.set(bytes, index);
  }
  return { text, tokens, tree, tokenAt: (location) => indexes.get(Number(location ?? 0)) };
}

function parseExpression(text: string): unknown {
  try {
    const [statement, ...more] = parseStatements(`${before}${text}\n)`);
    const { targetList = [], ...clauses } = (statement?.SelectStmt ?? {}) as Node;
    const [target, ...others] = targetList as Node[];
    const isOne = more.length === 0 && others.length === 0 && clauses.fromClause === undefined;
    return isOne ? (target?.ResTarget as Node | undefined)?.val : undefined;
  } catch {
    return undefined;
  }
}

function tokensOf(text: string): readonly Token[] | undefined {
  try {
    return readTokens(text);
  } catch (error) {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  }
}

/**
 * A text that is the same for trees with the same meaning: without locations, and without aliases that PostgreSQL would
 * choose by default.
 * @param qualified the fields of columns to use instead of the written ones, by location
 */
export function treeText(tree: unknown, qualified: ReadonlyMap<unknown, unknown> = new Map()): string {
  return JSON.stringify(tree, (key, value: unknown) => {
    if (key === "location" || key.endsWith("_location") || key === "stmt_len") return undefined;
    if (key === "ResTarget") return withoutOwnName(value as Node);
    if (key !== "ColumnRef") return value;
    const column = value as Node;
    return { fields: qualified.get(column.location) ?? column.fields };
  });
}

function withoutOwnName(target: Node): Node {
  return isOwnName(target) ? { ...target, name: undefined } : target;
}

/** Whether a result's name is the one that it would have without `AS`; for a call, the function's name. */
export function isOwnName({ name, val }: Node): boolean {
  return name !== undefined && name === ownName(val);
}

/** @see FigureColname in PostgreSQL's parse_target.c */
function ownName(value: unknown): string | undefined {
  const { FuncCall: call, TypeCast: cast, SubLink: link } = (value ?? {}) as Readonly<Record<string, Node | undefined>>;
  if (call !== undefined) return lastName(call.funcname);
  if (cast !== undefined) return ownName(cast.arg);
  if (link?.subLinkType !== "EXPR_SUBLINK") return undefined;
  const query = (link.subselect as Node | undefined)?.SelectStmt as Node | undefined;
  const [target] = (query?.targetList ?? []) as Node[];
  const { name, val } = (target?.ResTarget ?? {}) as Node;
  return name === undefined ? ownName(val) : String(name);
}

function lastName(list: unknown): string | undefined {
  const name = ((list ?? []) as Node[]).at(-1)?.String as Node | undefined;
  return name === undefined ? undefined : String(name.sval);
}
