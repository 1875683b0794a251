import { operandsOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { type Form, ParsedText, withoutPlaces } from "./tree.ts";

/**
 * A normal form of a text: two texts with the same meaning by the rules of AND, OR and NOT get the same one. Await
 * `loadParser` first.
 */
export function meaningOf(text: string, form: Form): string {
  try {
    return withoutPlaces(simplify(JSON.parse(withoutPlaces(new ParsedText(text, form).tree))));
  } catch {
    return text;
  }
}

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== "object" || value === null) return value;
  const node = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, simplify(inner)]));
  return "BoolExpr" in node ? simplifyBoolean(node.BoolExpr as Node) : node;
}

function simplifyBoolean({ boolop, args }: Node): unknown {
  const parts = (args ?? []) as Node[];
  if (boolop === "NOT_EXPR") {
    const [inner] = parts;
    const known = constantOf(inner);
    const twice = inner?.BoolExpr as Node | undefined;
    if (known !== undefined) return constant(!known);
    return twice?.boolop === "NOT_EXPR" ? (twice.args as Node[])[0] : { BoolExpr: { boolop, args: parts } };
  }
  const neutral = boolop === "AND_EXPR";
  const flat = operandsOf({ boolop, args });
  if (flat.some((part) => constantOf(part) === !neutral)) return constant(!neutral);
  const texts = new Map(
    flat.filter((part) => constantOf(part) === undefined).map((part) => [withoutPlaces(part), part]),
  );
  const kept = [...texts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, part]) => part);
  if (kept.length === 0) return constant(neutral);
  return kept.length === 1 ? kept[0] : { BoolExpr: { boolop, args: kept } };
}

function constantOf(node: Node | undefined): boolean | undefined {
  const constant = (node?.A_Const as Node | undefined)?.boolval as Node | undefined;
  return constant === undefined ? undefined : constant.boolval === true;
}

function constant(value: boolean): Node {
  return { A_Const: { boolval: value ? { boolval: true } : {} } };
}
