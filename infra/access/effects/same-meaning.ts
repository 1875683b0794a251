import { nodesOf, relationOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { isName, printedForm } from "./printed-form.ts";
import { constantOf, stringsIn } from "./statement-parts.ts";

/** What is known at a place in both trees. */
interface Place {
  /** The relations in the FROM of a query and of those around it that have any, innermost first: on the left, on the right. */
  readonly scopes: readonly (readonly [readonly Relation[], readonly Relation[]])[];
  /** The names of WITH queries. */
  readonly queries: ReadonlySet<string>;
}

/** A relation by the name that columns have before them; without a schema if it has an alias. */
interface Relation {
  readonly schema?: string | undefined;
  readonly name: string;
  /** Whether an outer join merges columns of it with another's, so that the name alone is neither's column. */
  readonly isMerged: boolean;
}

/**
 * Whether two parse trees of valid SQL have the same meaning: the same text, or one as a person writes it and the other
 * as PostgreSQL prints it. Where it depends on the columns of the database, they are taken to differ. Two things are
 * taken for granted: a constant without a type has the type that the other side states, and a name without a schema is
 * found in `public` or `extensions` if the other side names it there. So this serves messages only. Await `loadParser`
 * first.
 * @param table the table whose columns both may name
 */
export function isSameMeaning(left: unknown, right: unknown, table?: QualifiedName): boolean {
  const own = table === undefined ? [] : [{ ...table, isMerged: false }];
  const queries = [left, right].flatMap((tree) =>
    nodesOf(tree, "CommonTableExpr").map(({ ctename }) => String(ctename)),
  );
  return isSame(printedForm(left), printedForm(right), { scopes: [[own, own]], queries: new Set(queries) });
}

function isSame(left: unknown, right: unknown, place: Place): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index], place));
  }
  if (!isNode(left) || !isNode(right)) return left === right;
  if ("ColumnRef" in left && "ColumnRef" in right) return isSameColumn(left.ColumnRef, right.ColumnRef, place);
  if ("RangeVar" in left && "RangeVar" in right)
    return isSameRelation(left.RangeVar as Node, right.RangeVar as Node, place);
  if ("SelectStmt" in left && "SelectStmt" in right) {
    const from = [relationsIn(left.SelectStmt), relationsIn(right.SelectStmt)] as const;
    const isOfNothing = from.every((relations) => relations.length === 0);
    const scopes = isOfNothing ? place.scopes : [from, ...place.scopes];
    const [{ withClause: mine, ...query }, { withClause: other, ...otherQuery }] = [
      left.SelectStmt as Node,
      right.SelectStmt as Node,
    ];
    return isSame(mine, other, place) && isSameNode(query, otherQuery, { ...place, scopes });
  }
  if ("RangeSubselect" in left && "RangeSubselect" in right) {
    const [query, otherQuery] = [left.RangeSubselect as Node, right.RangeSubselect as Node];
    // Unless it is LATERAL, it does not see the relations beside it.
    return isSameNode(query, otherQuery, query.lateral === true ? place : { ...place, scopes: place.scopes.slice(1) });
  }
  if ("TypeCast" in left !== "TypeCast" in right) {
    const [cast, other] = "TypeCast" in left ? [left.TypeCast as Node, right] : [right.TypeCast as Node, left];
    return isUntyped(other, cast.typeName as Node) && isSame(cast.arg, other, place);
  }
  return isSameNode(left, right, place);
}

function isSameNode(left: Node, right: Node, place: Place): boolean {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => {
    const [mine, other] = [left[key], right[key]];
    return isName(key, mine) && isName(key, other)
      ? isSameName(stringsIn(mine), stringsIn(other))
      : isSame(mine, other, place);
  });
}

function isSameName(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === right.length) return left.join(".") === right.join(".");
  const [short, [schema = "", ...rest]] = left.length < right.length ? [left, right] : [right, left];
  return searched.has(schema) && short.join(".") === rest.join(".");
}

/** The schemas that every session of the platform searches. */
const searched: ReadonlySet<string> = new Set(["pg_catalog", "public", "extensions"]);

/** Whether it is a null, or a text that the type leaves as it is. */
function isUntyped(node: Node, { names, typmods }: Node): boolean {
  const value = constantOf(node);
  if (value === null) return true;
  if (typeof value !== "string" || typmods !== undefined) return false;
  const kept = changing[stringsIn(names).at(-1) ?? ""];
  return kept === undefined || kept.test(value);
}

/** The types that change some texts, and those texts that they leave as they are. */
const changing: Readonly<Record<string, RegExp>> = {
  char: /^$/,
  bpchar: /\S$/,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^$/,
  timetz: /^$/,
  timestamp: /^$/,
  timestamptz: /^$/,
};

/**
 * A name without its relation is found in the innermost query that has such a column. If the other side names a
 * relation of that query, then it is that one, as otherwise the name would be ambiguous.
 */
function isSameColumn(left: unknown, right: unknown, place: Place): boolean {
  const [ofLeft, column, rest] = splitColumn(left);
  const [ofRight, otherColumn, otherRest] = splitColumn(right);
  if (column !== otherColumn || rest !== otherRest) return false;
  const places = [find(ofLeft, place, 0), find(ofRight, place, 1)];
  if (ofLeft.length > 0 && ofRight.length > 0) {
    return places[0] === places[1] && (places[0] !== undefined || ofLeft.join(".") === ofRight.join("."));
  }
  // A name may also mean a whole row, that of the relation of this name.
  if (ofLeft.length === 0 && ofRight.length === 0) return find([column], place, 0) === find([column], place, 1);
  return places.some((found) => found?.startsWith("0.")) && !place.scopes[0]?.flat().some(({ isMerged }) => isMerged);
}

/** What stands before a column's name, and the name; `*` is a star in `rest`. */
function splitColumn(node: unknown): readonly [relation: readonly string[], column: string, rest: string] {
  const fields = ((node as Node).fields ?? []) as Node[];
  const isStar = fields.at(-1)?.A_Star !== undefined;
  const names = stringsIn(isStar ? fields.slice(0, -1) : fields);
  return isStar ? [names, "", "*"] : [names.slice(0, -1), names.at(-1) ?? "", ""];
}

/** Which relation of which query is meant: `0.1` is the innermost query's second. */
function find(names: readonly string[], { scopes }: Place, side: 0 | 1): string | undefined {
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
    const { larg, rarg, alias, jointype, usingClause, isNatural } = JoinExpr as Node;
    if (alias !== undefined) return [aliased(alias)];
    const isMerged = jointype !== "JOIN_INNER" && (usingClause !== undefined || isNatural === true);
    const inner = [larg, rarg].flatMap((side) => relationsOf(side as Node));
    return isMerged ? inner.map((relation) => ({ ...relation, isMerged })) : inner;
  }
  const [item] = Object.values(RangeVar === undefined ? other : { RangeVar }) as Node[];
  if (item?.alias !== undefined) return [aliased(item.alias)];
  return [{ ...(RangeVar === undefined ? { name: "" } : relationOf(RangeVar)), isMerged: false }];
}

function aliased(alias: unknown): Relation {
  return { name: String((alias as Node).aliasname), isMerged: false };
}

/** An alias matters only to those who name the relation by it. */
function isSameRelation(left: Node, right: Node, place: Place): boolean {
  const isOfQuery = (node: Node) => node.schemaname === undefined && place.queries.has(String(node.relname));
  if (isOfQuery(left) !== isOfQuery(right)) return false;
  const [first, second] = [left, right].map((node) => {
    const { alias, schemaname: _schema, relname: _name, ...rest } = node;
    const { schema, name } = relationOf(node);
    return { ...rest, schema, name, columns: (alias as Node | undefined)?.colnames };
  });
  return isSameNode(first as Node, second as Node, place);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
