import { loadModule, parseSync } from "libpg-query";
import { isReadOnly } from "./references.ts";

/**
 * PostgreSQL's own grammar, as WebAssembly. It tells what a text *is* (one expression, one CREATE FUNCTION); what the
 * text means, only the server can tell. It is loaded once in a process, because libpg-query keeps its instance in a
 * module variable.
 */
let loading: Promise<void> | undefined;

export async function loadParser(): Promise<void> {
  loading ??= Promise.resolve(loadModule());
  await loading;
}

export type Node = Readonly<Record<string, unknown>>;

/** The statements of a script. Await `loadParser` first. @throws the parser's error */
export function parseStatements(sql: string): Node[] {
  return splitStatements(sql).map(({ node }) => node);
}

export interface Statement {
  readonly node: Node;
  readonly text: string;
  /** Its start in the script, including preceding comments. */
  readonly start: number;
}

/**
 * The texts parsed most recently. The conditions of a table's policies are often the same, and a declaration is
 * examined several times. They belong to the process, as the parser does: its answer depends on the text alone, and
 * nobody changes the answer.
 */
const known = new Map<string, readonly Statement[]>();
const mostKnown = 100;

/** The statements of a script, each with its text and start. */
export function splitStatements(sql: string): readonly Statement[] {
  const statements = known.get(sql) ?? readStatements(sql);
  // The most recently used text is forgotten last.
  known.delete(sql);
  known.set(sql, statements);
  const [oldest] = known.keys();
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  return statements;
}

function readStatements(sql: string): Statement[] {
  const { stmts = [] } = parseSync(sql) as unknown as {
    stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[];
  };
  // The parser counts bytes.
  const bytes = Buffer.from(sql);
  const read = { bytes: 0, characters: 0 };
  return stmts.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    read.characters += bytes.subarray(read.bytes, start).toString().length;
    read.bytes = start;
    const text = bytes.subarray(start, length === undefined ? undefined : start + length).toString();
    return { node: stmt, text: text.trim(), start: read.characters };
  });
}

/**
 * Why the text is not exactly one expression; undefined if it is. Protects places where an expression is put in
 * parentheses: as the only argument of a call, it can't close them and continue, as `true) or (true` would.
 */
export function expressionProblem(sql: string): string | undefined {
  if (sql.includes("\0")) return "it holds a NUL character";
  let statements: Node[];
  try {
    statements = parseStatements(`${beforeExpression}${sql}\n)`);
  } catch (error) {
    return withoutParenthesis(error, sql);
  }
  const select = statements.length === 1 ? (statements[0]?.SelectStmt as Node | undefined) : undefined;
  const { targetList, op: _op, limitOption: _limitOption, ...clauses } = select ?? { more: true };
  const [target, ...moreTargets] = ((targetList ?? []) as Node[]).map((item) => item.ResTarget as Node);
  const { val, location: _location, ...alias } = target ?? { more: true };
  const call = (val as Node | undefined)?.FuncCall as Node | undefined;
  const { funcname: _name, args, funcformat: _format, location: _at, ...modifiers } = call ?? { more: true };
  const [argument, ...moreArguments] = (args ?? []) as Node[];
  const isOne = [clauses, moreTargets, alias, modifiers, moreArguments].every(
    (extra) => Object.keys(extra).length === 0,
  );
  if (!isOne || argument === undefined || "NamedArgExpr" in argument || "RowExpr" in argument) {
    return "it must be one expression that is true or false";
  }
  // The server would refuse writes, and would take locks for both just to parse them.
  if (!isReadOnly(argument)) return "a condition only reads; it can neither write nor lock rows";
  return undefined;
}

const beforeExpression = "select palisade(\n";

/** The parser's message, without the added parenthesis after the expression. */
function withoutParenthesis(error: unknown, sql: string): string {
  const { sqlDetails } = error as { sqlDetails?: { cursorPosition?: number } };
  const end = beforeExpression.length + [...sql].length + 1;
  if (sqlDetails?.cursorPosition === end) return "syntax error at end of input";
  return grammarMessage(error).replace(/\n\)"$/, '"');
}

export function grammarMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
