import { type Node, parseStatements } from "../sql/parser.ts";

/** Defaults that the database fills in; `uuid()`, `cuid()` and the like are made by Prisma's client. */
export const databaseDefaults: readonly string[] = ["now", "autoincrement", "dbgenerated", "sequence"];

/**
 * Whether the database computes a default anew for each row, by the function that schema.prisma names and what it is given.
 * `loadParser` must have been awaited.
 */
export function isComputedDefault(name: string, [expression]: readonly unknown[]): boolean {
  if (!databaseDefaults.includes(name)) return false;
  return name !== "dbgenerated" || typeof expression !== "string" || !isConstantDefault(expression);
}

/**
 * Whether a default is a value for every new row (`'{}'::text[]`, `'draft'`), rather than something that the database computes for each
 * (`gen_random_uuid()`, `CURRENT_TIMESTAMP`). Whatever the grammar does not know counts as computed.
 * `loadParser` must have been awaited.
 */
export function isConstantDefault(expression: string): boolean {
  try {
    const [statement, ...more] = parseStatements(`select ${expression}`);
    return statement !== undefined && more.length === 0 && expression.trim() !== "" && !computes(statement);
  } catch {
    return false;
  }
}

const computing = ["FuncCall", "SQLValueFunction", "SubLink", "ColumnRef", "ParamRef", "XmlExpr", "fromClause"];

function computes(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(computes);
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree as Node).some(([key, inner]) => computing.includes(key) || computes(inner));
}
