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

/** What a statement is about that names no object. */
export const nobody: readonly unknown[] = [];

/** What a statement is about, as the parser names it: a schema, a name, and a policy's name after its table's. */
export function subjectOf(statement: Node): readonly unknown[] {
  const [[type, body] = ["", {}]] = Object.entries(statement) as [string, Record<string, unknown>][];
  switch (type) {
    case "CreatePolicyStmt":
    case "AlterPolicyStmt":
      return [...relation(body.table), body.policy_name];
    case "CreateTrigStmt":
      return [...relation(body.relation), body.trigname];
    case "AlterTableStmt": {
      const [first] = (body.cmds ?? []) as Record<string, Node>[];
      const { name } = first?.AlterTableCmd ?? {};
      return [...relation(body.relation), ...(name === undefined ? [] : [name])];
    }
    case "CommentStmt":
      return named(body.object as Node);
    case "DropStmt":
    case "GrantStmt":
      return named((body.objects as Node[])[0]);
    case "AlterOwnerStmt":
      return named(body.object as Node);
    case "CreateFunctionStmt":
      return strings(body.funcname as unknown[]);
    case "AlterFunctionStmt":
      return named({ ObjectWithArgs: body.func });
    case "CreateSchemaStmt":
      return [body.schemaname];
    case "AlterDefaultPrivilegesStmt":
      return defaultsOf(body.options as { DefElem: Node }[]);
    case "CreateRoleStmt":
      return [body.role];
    case "AlterRoleStmt":
    case "AlterRoleSetStmt":
      return rolesIn([{ RoleSpec: body.role }]);
    case "DropRoleStmt":
      return rolesIn(body.roles);
    case "GrantRoleStmt":
      return rolesIn(body.grantee_roles);
    case "CreatePublicationStmt":
    case "AlterPublicationStmt":
      return [body.pubname];
    case "InsertStmt": {
      const [row] = (body.selectStmt as { SelectStmt: { valuesLists: { List: { items: Node[] } }[] } }).SelectStmt
        .valuesLists;
      return [constant(row?.List.items[0])];
    }
    case "UpdateStmt":
    case "DeleteStmt":
      return [constant((body.whereClause as { A_Expr: { rexpr: Node } }).A_Expr.rexpr)];
    case "VariableSetStmt":
      expect(body.name).toBe("storage.allow_delete_query");
      return nobody;
    case "DoStmt":
      return nobody;
    default:
      return [`an unexpected ${type}`];
  }
}

/** The role and the schema whose default privileges a statement changes. */
function defaultsOf(options: readonly { readonly DefElem: Node }[]): readonly unknown[] {
  const listOf = (name: string) => {
    const { arg } = options.find(({ DefElem }) => DefElem.defname === name)?.DefElem ?? {};
    return (arg as { List?: { items?: readonly Node[] } } | undefined)?.List?.items ?? [];
  };
  return [...rolesIn(listOf("roles")), ...strings(listOf("schemas"))];
}

/** An object, in whichever of the parser's ways it is named. */
function named(object: Node | undefined): readonly unknown[] {
  const { List, RangeVar, ObjectWithArgs, String: one } = (object ?? {}) as Record<string, Node | undefined>;
  if (RangeVar) return relation(RangeVar);
  if (ObjectWithArgs) return strings(ObjectWithArgs.objname as unknown[]);
  return List ? strings(List.items as unknown[]) : [one?.sval];
}

function relation(range: unknown): readonly unknown[] {
  const { schemaname, relname } = range as Node;
  return [schemaname, relname];
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
