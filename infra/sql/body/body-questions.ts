import { nodesOf } from "../nodes.ts";
import { type Node, parseStatements } from "../parser.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { type FunctionUse, referencesOf } from "../references.ts";
import { readTokens, type Token, UnreadableBody } from "../tokens.ts";
import type { Body, Query } from "./body.ts";
import { is } from "./cursor.ts";
import { type Edit, edit, findInto } from "./edit.ts";
import type { Variable } from "./scope.ts";

/**
 * A query of a function's body in a form that the server can be asked about as a SQL function, and what is needed to
 * judge the answer.
 */
export interface BodyQuestion {
  readonly query: Query;
  readonly sql: string;
  /** The variables that it uses, by name. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** The tables that it writes to, which appear in it as `pg_temp.palisade_copy_0` and so on. */
  readonly copies: readonly string[];
  /** Fields of records, which are replaced by a null of unknown type. */
  readonly fields: ReadonlySet<string>;
  /** Tables with unqualified names. */
  readonly unqualified: ReadonlySet<string>;
  /** The functions it calls. */
  readonly calls: readonly FunctionUse[];
  /** The tables that it writes to, in the order of `copies`. */
  readonly written: readonly string[];
}

/** The questions about a body. Queries that may be misunderstood are left out. Await `loadParser` first. */
export function questionsOf(body: Body, functionName: string): readonly BodyQuestion[] {
  if (body.changesSchema || body.prefersVariables) return [];
  return body.queries.flatMap((query) => questionOf(body, query, functionName) ?? []);
}

function questionOf(body: Body, query: Query, functionName: string): BodyQuestion | undefined {
  // A single word or constant can't be wrong.
  if (query.to - query.from < 2) return undefined;
  const tokens = body.tokens.slice(query.from, query.to);
  try {
    const unasked = [...(query.form === "statement" ? findInto(tokens) : []), ...findRowLocks(tokens)];
    const { edits, variables, fields } = readMentions(body, query, tokens, unasked, functionName);
    const [first, last] = [tokens[0], tokens.at(-1)];
    const text = edit(body.text.slice(first?.start, last?.end), [...edits, ...unasked], first?.start ?? 0);
    const sql = query.form === "expression" ? `select ${text}` : text;
    const [statement, ...more] = parseStatements(sql);
    if (statement === undefined || more.length > 0) return undefined;
    const { sql: onCopies, copies, written } = writeToCopies(sql, statement);
    const { relations, functions } = referencesOf(statement);
    const unqualified = new Set(relations.flatMap(({ schema, name }) => (schema === undefined ? [name] : [])));
    // A temporary table from elsewhere would take precedence over any other table of its name.
    if (body.runsUnknown && unqualified.size > 0) return undefined;
    return { query, sql: onCopies, copies, written, variables, fields, unqualified, calls: functions };
  } catch {
    return undefined;
  }
}

/**
 * The variables that a query uses, and the reasons not to ask about it.
 * @throws {UnreadableBody} if a name is ambiguous
 */
function readMentions(
  { labels }: Body,
  { scope }: Query,
  tokens: readonly Token[],
  unasked: readonly Edit[],
  functionName: string,
): Pick<BodyQuestion, "variables" | "fields"> & { readonly edits: readonly Edit[] } {
  const variables = new Map<string, Variable>();
  const fields = new Set<string>();
  const edits: Edit[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "parameter") throw new UnreadableBody();
    if (token.kind !== "word" && token.kind !== "name") continue;
    if (unasked.some(({ start, end }) => token.start >= start && token.end <= end)) continue;
    const isField = is(tokens[index - 1], ".");
    if (labels.has(token.value) && is(tokens[index + 1], ".")) throw new UnreadableBody();
    const variable = scope.find(token.value);
    if (variable === undefined) continue;
    if (isField && tokens[index - 2]?.value === functionName && !("parameter" in variable)) throw new UnreadableBody();
    if (!("type" in variable) || variable.type !== undefined) {
      variables.set(token.value, variable);
    } else if (!isField) {
      const field = fieldAfter(tokens, index);
      fields.add(field.value);
      edits.push({ start: token.start, end: field.end, text: "null" });
    }
  }
  return { variables, fields, edits };
}

/** The field of a record that is read there. The record as a whole has an unknown type. */
function fieldAfter(tokens: readonly Token[], index: number): Token {
  const [dot, field, after] = tokens.slice(index + 1, index + 4);
  const isName = field?.kind === "word" || field?.kind === "name";
  if (!is(dot, ".") || !isName || [".", "[", "("].some((sign) => is(after, sign))) throw new UnreadableBody();
  return field;
}

/** FOR UPDATE and the like would lock the table even if the server only parses them. */
function findRowLocks(tokens: readonly Token[]): readonly Edit[] {
  const forms = [["update"], ["no", "key", "update"], ["share"], ["key", "share"]];
  return tokens.flatMap((token, index) => {
    const form = forms.find((words) => words.every((word, place) => is(tokens[index + 1 + place], word)));
    if (!is(token, "for") || form === undefined) return [];
    let last = index + form.length;
    if (is(tokens[last + 1], "of")) {
      last += 2;
      while (is(tokens[last + 1], ".") || is(tokens[last + 1], ",")) last += 2;
    }
    if (is(tokens[last + 1], "nowait")) last++;
    else if (is(tokens[last + 1], "skip")) last += 2;
    return [{ start: token.start, end: tokens[last]?.end ?? token.end, text: "" }];
  });
}

/**
 * To parse a statement that writes, the server takes a write lock on the table. So the question uses an empty copy of
 * the table's columns.
 */
function writeToCopies(
  sql: string,
  statement: Node,
): { readonly sql: string; readonly copies: readonly string[]; readonly written: readonly string[] } {
  const targets = nodesOf(statement, ...writes).map(({ relation }) => relation as Node);
  if (targets.length === 0) return { sql, copies: [], written: [] };
  const tokens = readTokens(sql);
  const bytes = Buffer.from(sql);
  const edits = targets.map((target, index): Edit => {
    const start = bytes.subarray(0, Number(target.location ?? 0)).toString().length;
    let at = tokens.findIndex((token) => token.start === start);
    while (is(tokens[at + 1], ".")) at += 2;
    const end = tokens[at]?.end;
    if (end === undefined) throw new UnreadableBody();
    const alias = target.alias === undefined ? ` as ${quoteIdentifier(String(target.relname))}` : "";
    return { start, end, text: `pg_temp.${copyName(index)}${alias}` };
  });
  const { relations } = referencesOf(statement);
  const qualifiers = new Set(relations.map(({ name }) => name));
  // A column qualified by table and schema would no longer be found.
  if (hasQualifiedColumns(statement, qualifiers)) throw new UnreadableBody();
  return {
    sql: edit(sql, edits, 0),
    copies: targets.map(({ schemaname, relname }) =>
      schemaname === undefined
        ? quoteIdentifier(String(relname))
        : quoteQualified({ schema: String(schemaname), name: String(relname) }),
    ),
    written: targets.map(({ relname }) => String(relname)),
  };
}

export function copyName(index: number): string {
  return `palisade_copy_${index}`;
}

const writes = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

function hasQualifiedColumns(tree: unknown, tables: ReadonlySet<string>): boolean {
  if (Array.isArray(tree)) return tree.some((item) => hasQualifiedColumns(item, tables));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, inner]) => {
    if (key !== "ColumnRef") return hasQualifiedColumns(inner, tables);
    const fields = ((inner as Node).fields ?? []) as Node[];
    const second = (fields[1]?.String as Node | undefined)?.sval;
    return fields.length > 2 && tables.has(String(second));
  });
}
