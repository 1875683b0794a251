import { type Node, parseStatements } from "../sql/parser.ts";

/** Defaults that the database computes; Prisma's client generates `uuid()`, `cuid()` and the like. */
export const databaseDefaults: readonly string[] = ["now", "autoincrement", "dbgenerated", "sequence"];

/**
 * Whether the database computes a default for each row, judging by the function in schema.prisma and its arguments.
 * Await `loadParser` first.
 */
export function isComputedDefault(name: string, [expression]: readonly unknown[]): boolean {
  if (!databaseDefaults.includes(name)) return false;
  return name !== "dbgenerated" || typeof expression !== "string" || !isConstantDefault(expression);
}

/**
 * Whether a default is a constant (`'{}'::text[]`, `'draft'`), rather than computed for each row (`gen_random_uuid()`,
 * `CURRENT_TIMESTAMP`). A default that can't be parsed counts as computed. Await `loadParser` first.
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
