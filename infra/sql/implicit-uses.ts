import type { Node } from "./parser.ts";
import { referencesOf } from "./references.ts";

/** A name in a text that may make PostgreSQL run functions which the text does not call. */
export interface ImplicitUse {
  readonly kind: "view" | "insert" | "write" | "operator" | "domain" | "cast";
  readonly schema: string | undefined;
  readonly name: string;
  /** For an insert: the columns with values. Undefined: not known, so that any column may get its default. */
  readonly columns?: readonly string[];
  /** For a cast: the source type. */
  readonly from?: TypeName;
}

export interface TypeName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The views, tables that are written to, operators and types in a parsed text. */
export function implicitUsesOf(tree: unknown): readonly ImplicitUse[] {
  const { relations } = referencesOf(tree);
  const uses = relations.flatMap(({ schema, name, command }): ImplicitUse[] =>
    command === "select" ? [{ kind: "view", schema, name }] : [],
  );
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      uses.push(...usesOfNode(key, inner as Node));
      visit(inner);
    }
  };
  visit(tree);
  return uses;
}

function usesOfNode(key: string, node: Node): readonly ImplicitUse[] {
  const relation = node?.relation as Node | undefined;
  const table = relation && { schema: textOf(relation.schemaname), name: String(relation.relname) };
  if (key === "InsertStmt" && table !== undefined) {
    const columns = ((node.cols ?? []) as Node[]).map((column) => String((column.ResTarget as Node).name));
    const isKnown = columns.length > 0 && !holds(node, "SetToDefault");
    return [
      { kind: "insert", ...table, ...(isKnown && { columns }) },
      { kind: "write", ...table },
    ];
  }
  if ((key === "UpdateStmt" || key === "MergeStmt") && table !== undefined) return [{ kind: "write", ...table }];
  if (key === "A_Expr") return named("operator", node.name);
  if (key === "SubLink") return named("operator", node.operName);
  if (key === "typeName" || key === "TypeName") return named("domain", node.names);
  if (key === "TypeCast") {
    const inner = (node.arg as Node | undefined)?.TypeCast as Node | undefined;
    const [from] = named("domain", (inner?.typeName as Node | undefined)?.names);
    if (from === undefined) return [];
    return named("cast", (node.typeName as Node).names).map((use) => ({
      ...use,
      from: { schema: from.schema, name: from.name },
    }));
  }
  return [];
}

function named(kind: ImplicitUse["kind"], names: unknown): readonly ImplicitUse[] {
  const [name, schema] = ((names ?? []) as Node[])
    .map((item) => String((item.String as Node | undefined)?.sval))
    .reverse();
  return name === undefined ? [] : [{ kind, schema, name }];
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

function holds(tree: unknown, wanted: string): boolean {
  if (Array.isArray(tree)) return tree.some((item) => holds(item, wanted));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, inner]) => key === wanted || holds(inner, wanted));
}
