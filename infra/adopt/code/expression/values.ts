import { formatName, formatReference } from "../../../sql/names.ts";
import type { Node } from "../../../sql/parser.ts";
import { nameProblem, type QualifiedName } from "../../../sql/quote.ts";
import type { Code } from "../literal.ts";
import type { ExpressionScope } from "./expression.ts";
import type { ReadExpression } from "./read.ts";

/** A part of an expression that becomes a value of the program. */
export interface FoundValue {
  readonly first: number;
  readonly last: number;
  readonly code: Code;
  /** What the value stands for in SQL. */
  readonly sql: string;
  /** For an unqualified column: its location, and the fields that its node has when it is qualified. */
  readonly qualified?: readonly [location: unknown, fields: unknown];
}

/** What a qualifier refers to. Undefined: something other than a table by its own name. */
type Relations = ReadonlyMap<string, QualifiedName | undefined>;

/** The tables, columns and functions in an expression that the program has values for. */
export function findValues(read: ReadExpression, scope: ExpressionScope): readonly FoundValue[] {
  const found: FoundValue[] = [];
  const add = (location: unknown, names: readonly string[], sql: string, code: Code | undefined, fields?: unknown) => {
    const first = read.tokenAt(location);
    if (code === undefined || first === undefined || !isWritten(read, first, names)) return;
    const qualified = fields === undefined ? {} : { qualified: [location, fields] as const };
    found.push({ first, last: first + names.length * 2 - 2, code, sql, ...qualified });
  };
  const addColumn = ({ fields, location }: Node, queries: readonly Relations[]) => {
    const names = namesOf(fields);
    const [column, qualifier, ...rest] = names?.toReversed() ?? [];
    if (names === undefined || column === undefined || rest.length > 0) return;
    if (qualifier === undefined && queries.length > 0) return;
    const table = qualifier === undefined ? scope.table : resolve(qualifier, queries, scope.table);
    if (table === undefined || !isUsable(table, column)) return;
    const isBare = qualifier === undefined;
    const sql = `${formatName(table.name)}.${formatName(column)}`;
    add(
      location,
      names,
      sql,
      scope.names.column(table, column),
      isBare ? [nameNode(table.name), ...(fields as Node[])] : undefined,
    );
  };
  const addCall = ({ funcname, location }: Node) => {
    const [schema, name, ...rest] = namesOf(funcname) ?? [];
    if (schema === undefined || name === undefined || rest.length > 0) return;
    const of = { schema, name };
    add(location, [schema, name], formatReference(of), scope.function(of));
  };
  const addTable = ({ schemaname, relname, location }: Node) => {
    if (schemaname === undefined) return;
    const of = { schema: String(schemaname), name: String(relname) };
    if (isUsable(of)) add(location, [of.schema, of.name], formatReference(of), scope.names.table(of));
  };
  const visit = (value: unknown, queries: readonly Relations[]): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, queries);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "ColumnRef") addColumn(inner as Node, queries);
      if (key === "FuncCall") addCall(inner as Node);
      if (key === "RangeVar") addTable(inner as Node);
      visit(inner, key === "SelectStmt" ? [...queries, relationsOf(inner as Node)] : queries);
    }
  };
  visit(read.tree, []);
  return found.sort((left, right) => left.first - right.first);
}

/** The names that a query's FROM clause introduces. */
function relationsOf({ fromClause }: Node): Relations {
  const relations = new Map<string, QualifiedName | undefined>();
  const visit = (item: Node) => {
    const [[kind, value] = ["", {}]] = Object.entries(item) as [string, Node][];
    const alias = value.alias as Node | undefined;
    if (kind === "JoinExpr") {
      for (const side of [value.larg, value.rarg]) if (side !== undefined) visit(side as Node);
      // An alias on a join hides the names of the joined tables.
      if (alias !== undefined) for (const name of relations.keys()) relations.set(name, undefined);
    }
    const table =
      kind === "RangeVar" && alias === undefined && value.schemaname !== undefined
        ? { schema: String(value.schemaname), name: String(value.relname) }
        : undefined;
    const name = alias?.aliasname ?? (kind === "RangeVar" ? value.relname : undefined);
    if (name !== undefined) relations.set(String(name), table);
  };
  for (const item of (fromClause ?? []) as Node[]) visit(item);
  return relations;
}

function resolve(
  name: string,
  queries: readonly Relations[],
  own: QualifiedName | undefined,
): QualifiedName | undefined {
  const query = queries.findLast((relations) => relations.has(name));
  if (query !== undefined) return query.get(name);
  return own?.name === name ? own : undefined;
}

/** Whether the text at this place consists of exactly these names, joined by dots. */
function isWritten({ tokens }: ReadExpression, first: number, names: readonly string[]): boolean {
  return names.every((name, index) => {
    const token = tokens[first + index * 2];
    const isName = token !== undefined && (token.kind === "word" || token.kind === "name") && token.value === name;
    return isName && (index === 0 || tokens[first + index * 2 - 1]?.value === ".");
  });
}

/** The `sql` tag refuses names that Pulumi can't transmit. */
function isUsable({ schema, name }: QualifiedName, column = "column"): boolean {
  return [schema, name, column].every((one) => nameProblem(one) === undefined);
}

/** Undefined if one of them is not a name: `tasks.*`. */
function namesOf(list: unknown): readonly string[] | undefined {
  const names = ((list ?? []) as Node[]).map(({ String: name }) => name as Node | undefined);
  return names.every((name) => name !== undefined) ? names.map((name) => String(name.sval)) : undefined;
}

function nameNode(name: string): Node {
  return { String: { sval: name } };
}
