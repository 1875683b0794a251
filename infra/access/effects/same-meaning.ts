import { relationOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { isName, printedForm } from "./printed-form.ts";
import { stringsIn } from "./statement-parts.ts";

/** The relations in the FROM of a query and of those around it that have any, innermost first: each on the left and on the right. */
type Scopes = readonly (readonly [readonly Relation[], readonly Relation[]])[];

/** A relation by the name that columns have before them; without a schema if it has an alias. */
interface Relation {
  readonly schema?: string | undefined;
  readonly name: string;
}

/**
 * Whether two parse trees of valid SQL have the same meaning: the same text, or one as a person writes it and the other
 * as PostgreSQL prints it. Where it depends on the database, they are taken to differ; a constant without a type is
 * taken to have the type that the other one states. Await `loadParser` first.
 * @param table the table whose columns both may name
 */
export function isSameMeaning(left: unknown, right: unknown, table?: QualifiedName): boolean {
  const own = table === undefined ? [] : [table];
  return isSame(printedForm(left), printedForm(right), [[own, own]]);
}

function isSame(left: unknown, right: unknown, scopes: Scopes): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index], scopes));
  }
  if (!isNode(left) || !isNode(right)) return left === right;
  if ("ColumnRef" in left && "ColumnRef" in right) return isSameColumn(left.ColumnRef, right.ColumnRef, scopes);
  if ("RangeVar" in left && "RangeVar" in right) return isSameRelation(left.RangeVar, right.RangeVar);
  if ("SelectStmt" in left && "SelectStmt" in right) {
    const from = [relationsIn(left.SelectStmt), relationsIn(right.SelectStmt)] as const;
    const isOfNothing = from.every((relations) => relations.length === 0);
    return isSameNode(left.SelectStmt as Node, right.SelectStmt as Node, isOfNothing ? scopes : [from, ...scopes]);
  }
  if ("TypeCast" in left !== "TypeCast" in right) {
    const [cast, other] = "TypeCast" in left ? [left.TypeCast as Node, right] : [right.TypeCast as Node, left];
    return isText(other) && isSame(cast.arg, other, scopes);
  }
  return isSameNode(left, right, scopes);
}

function isSameNode(left: Node, right: Node, scopes: Scopes): boolean {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => {
    const [mine, other] = [left[key], right[key]];
    return isName(key, mine) && isName(key, other)
      ? isSameName(stringsIn(mine), stringsIn(other))
      : isSame(mine, other, scopes);
  });
}

/** Without a schema, a name is found in those that every session of the platform searches. */
function isSameName(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === right.length) return left.join(".") === right.join(".");
  const [short, [schema = "", ...rest]] = left.length < right.length ? [left, right] : [right, left];
  return (schema === "public" || schema === "extensions") && short.join(".") === rest.join(".");
}

function isText(node: Node): boolean {
  return ((node.A_Const as Node | undefined)?.sval ?? undefined) !== undefined;
}

/**
 * A name without its relation is found in the innermost query that has such a column. If the other side names a
 * relation of that query, then it is that one, as otherwise the name would be ambiguous.
 */
function isSameColumn(left: unknown, right: unknown, scopes: Scopes): boolean {
  const [ofLeft, column, rest] = splitColumn(left);
  const [ofRight, otherColumn, otherRest] = splitColumn(right);
  if (column !== otherColumn || rest !== otherRest) return false;
  const places = [find(ofLeft, scopes, 0), find(ofRight, scopes, 1)];
  if (ofLeft.length > 0 && ofRight.length > 0) {
    return places[0] === places[1] && (places[0] !== undefined || ofLeft.join(".") === ofRight.join("."));
  }
  if (ofLeft.length === 0 && ofRight.length === 0) return true;
  return places.some((place) => place?.startsWith("0."));
}

/** What stands before a column's name, and the name; `*` is a star in `rest`. */
function splitColumn(node: unknown): readonly [relation: readonly string[], column: string, rest: string] {
  const fields = ((node as Node).fields ?? []) as Node[];
  const isStar = fields.at(-1)?.A_Star !== undefined;
  const names = stringsIn(isStar ? fields.slice(0, -1) : fields);
  return isStar ? [names, "", "*"] : [names.slice(0, -1), names.at(-1) ?? "", ""];
}

/** Which relation of which query is meant: `0.1` is the innermost query's second. */
function find(names: readonly string[], scopes: Scopes, side: 0 | 1): string | undefined {
  const name = names.at(-1);
  const schema = names.at(-2);
  if (name === undefined) return undefined;
  for (const [depth, scope] of scopes.entries()) {
    const index = scope[side].findIndex(
      (each) => each.name === name && (schema === undefined || each.schema === schema),
    );
    if (index >= 0) return `${depth}.${index}`;
  }
  return undefined;
}

function relationsIn(query: unknown): readonly Relation[] {
  return (((query as Node).fromClause ?? []) as Node[]).flatMap(relationsOf);
}

function relationsOf({ JoinExpr, RangeVar, ...other }: Node): readonly Relation[] {
  if (JoinExpr !== undefined) {
    const { larg, rarg, alias } = JoinExpr as Node;
    return alias === undefined ? [larg, rarg].flatMap((side) => relationsOf(side as Node)) : [aliased(alias)];
  }
  const [item] = Object.values(RangeVar === undefined ? other : { RangeVar }) as Node[];
  if (item?.alias !== undefined) return [aliased(item.alias)];
  return [RangeVar === undefined ? { name: "" } : relationOf(RangeVar)];
}

function aliased(alias: unknown): Relation {
  return { name: String((alias as Node).aliasname) };
}

/** An alias matters only to those who name the relation by it. */
function isSameRelation(left: unknown, right: unknown): boolean {
  const [first, second] = [left, right].map((node) => {
    const { alias, schemaname: _schema, relname: _name, ...rest } = node as Node;
    const { schema, name } = relationOf(node);
    return { ...rest, schema, name, columns: (alias as Node | undefined)?.colnames };
  });
  return isSameNode(first as Node, second as Node, []);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
