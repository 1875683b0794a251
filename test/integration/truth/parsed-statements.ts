import { expect } from "vitest";
import { type Node, parseStatements } from "../../../infra/sql/parser.ts";

/** The expression that a query gives. */
export function readTarget(query: string): Node {
  const { targetList } = readSelect(query) as { targetList: { ResTarget: { val: Node } }[] };
  return targetList[0]?.ResTarget.val ?? {};
}

/** The table that a query reads. */
export function readFrom(query: string): Node {
  const { fromClause } = readSelect(query) as { fromClause: { RangeVar: Node }[] };
  return fromClause[0]?.RangeVar ?? {};
}

/** A query's clauses. */
export function readSelect(query: string): Node {
  const [statement, ...more] = parseStatements(query);
  expect(more).toEqual([]);
  return withoutPlaces(statement?.SelectStmt) as Node;
}

/** The table that a statement is about. */
export function relationOf(statement: Node): unknown {
  const [[type, body] = ["", {}]] = Object.entries(statement) as [string, Record<string, unknown>][];
  if (type === "DropStmt") return strings((body.objects as [{ List: { items: unknown[] } }])[0].List.items).slice(0, 2);
  const range = (
    type === "CreatePolicyStmt" || type === "AlterPolicyStmt"
      ? body.table
      : type === "GrantStmt"
        ? (body.objects as [{ RangeVar: Node }])[0].RangeVar
        : body.relation
  ) as Node;
  return [range.schemaname, range.relname];
}

/** What a statement is about, as the parser names it. */
export function subjectOf(statement: Node): unknown {
  const [[type, body] = ["", {}]] = Object.entries(statement) as [string, Record<string, unknown>][];
  switch (type) {
    case "CreatePolicyStmt":
    case "AlterPolicyStmt":
      return [(body.table as Node).schemaname, (body.table as Node).relname, body.policy_name];
    case "DropStmt": {
      const [object] = body.objects as [{ List?: { items: unknown[] }; String?: { sval: string } }];
      return object.List ? strings(object.List.items) : strings([object]);
    }
    case "CreateSchemaStmt":
      return [body.schemaname];
    case "GrantStmt":
      return strings(body.objects as unknown[]);
    case "CreatePublicationStmt":
    case "AlterPublicationStmt":
      return [body.pubname];
    case "InsertStmt": {
      const [row] = (body.selectStmt as { SelectStmt: { valuesLists: { List: { items: Node[] } }[] } }).SelectStmt
        .valuesLists;
      return [constant(row?.List.items[0])];
    }
    case "UpdateStmt":
      return [constant((body.whereClause as { A_Expr: { rexpr: Node } }).A_Expr.rexpr)];
    case "DeleteStmt":
      return [constant((body.whereClause as { A_Expr: { rexpr: Node } }).A_Expr.rexpr)];
    case "VariableSetStmt":
      expect(body.name).toBe("storage.allow_delete_query");
      return expect.anything();
    case "DoStmt":
      return expect.anything();
    default:
      return `an unexpected ${type}`;
  }
}

function constant(node: Node | undefined): string | undefined {
  return (node as { A_Const?: { sval?: { sval?: string } } } | undefined)?.A_Const?.sval?.sval;
}

function strings(list: readonly unknown[]): string[] {
  return list.map((item) => (item as { String: { sval: string } }).String.sval);
}

export function rolesIn(list: unknown): string[] {
  return (list as { RoleSpec: { roletype: string; rolename?: string } }[]).map(({ RoleSpec: role }) =>
    role.roletype === "ROLESPEC_PUBLIC" ? "public" : (role.rolename ?? ""),
  );
}

/** The parser's places of things in the text differ with every space. */
export function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== "location" && key !== "stmt_location" && key !== "stmt_len",
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutPlaces(inner)]));
}
