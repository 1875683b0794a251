import type { Node } from "./parser.ts";

export type Command = "select" | "insert" | "update" | "delete";

/** A table or view in a text. If it is unqualified, it is looked up along the search path. */
export interface RelationUse {
  readonly schema: string | undefined;
  readonly name: string;
  readonly command: Command;
}

/** A function that a text calls. */
export interface FunctionUse {
  readonly schema: string | undefined;
  readonly name: string;
  readonly argumentCount: number;
}

export interface References {
  readonly relations: readonly RelationUse[];
  readonly functions: readonly FunctionUse[];
}

/** What a parsed text reads, writes and calls, at any depth. The names of its own CTEs are not tables. */
export function referencesOf(tree: unknown): References {
  const relations: RelationUse[] = [];
  const functions: FunctionUse[] = [];
  const visit = (value: unknown, known: ReadonlySet<string>): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, known);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const names = new Set([...known, ...withQueryNames(value as Node)]);
    for (const [key, inner] of Object.entries(value)) {
      if (key === "RangeVar") addRelation(inner as Node, "select", names);
      else if (key in writes) {
        const { relation, ...rest } = inner as Node;
        const inside = new Set([...names, ...withQueryNames(inner as Node)]);
        for (const command of writes[key] ?? []) addRelation(relation as Node, command, new Set());
        visit(rest, inside);
      } else {
        if (key === "FuncCall") addFunction(inner as Node);
        visit(inner, names);
      }
    }
  };
  const addRelation = (range: Node, command: Command, withQueries: ReadonlySet<string>) => {
    const name = String(range.relname);
    const schema = range.schemaname === undefined ? undefined : String(range.schemaname);
    if (schema === undefined && withQueries.has(name)) return;
    relations.push({ schema, name, command });
  };
  const addFunction = (call: Node) => {
    const [name = "", schema] = strings(call.funcname).reverse();
    functions.push({ schema, name, argumentCount: ((call.args ?? []) as unknown[]).length });
  };
  visit(tree, new Set());
  return { relations, functions };
}

/** Whether it neither writes nor locks rows. */
export function isReadOnly(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.every(isReadOnly);
  if (typeof tree !== "object" || tree === null) return true;
  return Object.entries(tree).every(
    ([key, inner]) => !(key in writes) && key !== "lockingClause" && !(key === "intoClause") && isReadOnly(inner),
  );
}

const writes: Readonly<Record<string, readonly Command[]>> = {
  InsertStmt: ["insert"],
  UpdateStmt: ["update"],
  DeleteStmt: ["delete"],
  MergeStmt: ["insert", "update", "delete"],
};

function withQueryNames(node: Node): string[] {
  const queries = ((node.withClause as Node | undefined)?.ctes ?? []) as Node[];
  return queries.map((query) => String((query.CommonTableExpr as Node | undefined)?.ctename));
}

function strings(list: unknown): string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval));
}
