import { ownEntry } from "../values/properties.ts";
import type { Node } from "./parser.ts";
import { type QualifiedName, quoteIdentifier } from "./quote.ts";

/**
 * Reads parts of statements that PostgreSQL's grammar represents in several ways. Unqualified names are taken to be in
 * `public`.
 */

/** The table in a `RangeVar`. */
export function relationOf(node: unknown): QualifiedName {
  const { schemaname, relname } = (node ?? {}) as Node;
  return { schema: String(schemaname ?? "public"), name: String(relname ?? "") };
}

/** The object in DROP or RENAME: a list of names, a type's name, a function with arguments, or a single name. */
export function objectOf(node: unknown): QualifiedName {
  const object = (node ?? {}) as Node;
  const list = (object.List as Node | undefined)?.items;
  const type = (object.TypeName as Node | undefined)?.names;
  const call = (object.ObjectWithArgs as Node | undefined)?.objname;
  return nameOf(list ?? type ?? call ?? [object]);
}

export function nameOf(list: unknown): QualifiedName {
  const names = strings(list);
  return { schema: names.at(-2) ?? "public", name: names.at(-1) ?? "" };
}

function strings(list: unknown): string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval ?? ""));
}

/** A type in SQL: `"pg_catalog"."varchar"(20)`, `"Role"[]`. Undefined if it has modifiers other than numbers. */
export function typeOf(node: unknown): string | undefined {
  const { names, typmods, arrayBounds } = (node ?? {}) as Node;
  const parts = strings(names);
  const serial = parts.length === 1 ? ownEntry(serials, parts[0] ?? "") : undefined;
  const modifiers = ((typmods ?? []) as Node[]).map(
    (modifier) => ((modifier.A_Const as Node | undefined)?.ival as Node | undefined)?.ival,
  );
  if (modifiers.some((modifier) => typeof modifier !== "number")) return undefined;
  const name = serial ?? parts.map(quoteIdentifier).join(".");
  return name + (modifiers.length > 0 ? `(${modifiers.join(", ")})` : "") + (arrayBounds === undefined ? "" : "[]");
}

const serials: Readonly<Record<string, string>> = {
  smallserial: "smallint",
  serial2: "smallint",
  serial: "integer",
  serial4: "integer",
  bigserial: "bigint",
  serial8: "bigint",
};

/** Every node of these kinds in a tree, outer ones before nested ones. */
export function nodesOf(tree: unknown, ...kinds: readonly string[]): readonly Node[] {
  if (Array.isArray(tree)) return tree.flatMap((item) => nodesOf(item, ...kinds));
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, inner]) => [
    ...(kinds.includes(key) ? [inner as Node] : []),
    ...nodesOf(inner, ...kinds),
  ]);
}

/** The operands of a `BoolExpr`, with those of a chain of ANDs or ORs in one list: `a and (b and c)` is `a and b and c`. */
export function operandsOf({ boolop, args }: Node): readonly Node[] {
  return ((args ?? []) as Node[]).flatMap((arg) => {
    const nested = arg.BoolExpr as Node | undefined;
    return nested?.boolop === boolop && boolop !== "NOT_EXPR" ? operandsOf(nested as Node) : [arg];
  });
}

/** Whether a property of a node is a location in the text. */
export function isPlace(key: string): boolean {
  return key === "stmt_len" || key.endsWith("location");
}
