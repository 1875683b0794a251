import { isPlace } from "../../sql/nodes.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import { readTokens, type Token } from "../../sql/tokens.ts";

/** How a SQL text is parsed: as one expression, or as a statement. */
export type Form = "expression" | "statement";

/** A SQL text with its parse tree, and the positions of the tree's nodes in the text. */
export class ParsedText {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly tree: unknown;
  readonly #form: Form;

  /** Await `loadParser` first. @throws the parser's error */
  constructor(text: string, form: Form) {
    this.text = text;
    this.#form = form;
    this.tokens = readTokens(text);
    this.tree = parse(text, form);
  }

  /** The root of an expression. */
  get root(): Node | undefined {
    return this.#form === "expression" ? rootOf(this.tree) : undefined;
  }

  /** The index of the token at a node's location. */
  tokenAt(node: Node): number {
    const start = this.#characterAt(Number(node.location ?? 0));
    return this.tokens.findIndex((token) => token.start === start);
  }

  /** The text with a range of tokens replaced. */
  replace(from: number, to: number, replacement: string): string {
    const [first, last] = [this.tokens[from], this.tokens[to]];
    return this.text.slice(0, first?.start) + replacement + this.text.slice(last?.end);
  }

  slice(from: number, to: number): string {
    return this.text.slice(this.tokens[from]?.start, this.tokens[to]?.end);
  }

  /**
   * The range of tokens of a node. It is the range whose replacement by a name yields the same tree with that name in
   * place of the node: the parser only reports where some nodes start.
   * @param node as it is in the tree: an object whose only property is the node's kind
   */
  spanOf(node: Node): readonly [from: number, to: number] | undefined {
    const places = placesIn(node).map((place) => this.#characterAt(place));
    if (places.length === 0) return undefined;
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const wanted = withoutPlaces(this.tree, node);
    const from = this.tokens.findIndex(({ start }) => start >= first);
    const least = this.tokens.findLastIndex(({ start }) => start <= last);
    for (let start = from; start >= 0; start--) {
      for (
        let end = least;
        end < this.tokens.length && depthOf(this.tokens.slice(start, end + 1)) !== "closed";
        end++
      ) {
        if (depthOf(this.tokens.slice(start, end + 1)) !== "even") continue;
        if (this.#becomes(this.replace(start, end, placeholder), wanted)) return [start, end];
      }
      // Only an opening bracket or NOT can come before a node's reported location.
      if (!["(", "not", "["].includes(this.tokens[start - 1]?.value ?? "")) return undefined;
    }
    return undefined;
  }

  #becomes(text: string, wanted: string): boolean {
    try {
      return withoutPlaces(parse(text, this.#form)) === wanted;
    } catch {
      return false;
    }
  }

  /** The parser counts bytes, and expressions are parsed with a word before them. */
  #characterAt(byte: number): number {
    const before = this.#form === "expression" ? prefix : "";
    return (
      Buffer.from(before + this.text)
        .subarray(0, byte)
        .toString().length - before.length
    );
  }
}

const prefix = "select ";
const placeholder = "palisade_place";
const placeholderNode = { ColumnRef: { fields: [{ String: { sval: placeholder } }] } };

function parse(text: string, form: Form): unknown {
  const statements = parseStatements(form === "expression" ? prefix + text : text);
  if (statements.length !== 1) throw new Error("it is not one statement");
  return statements[0];
}

function rootOf(tree: unknown): Node | undefined {
  const [target] = ((tree as { SelectStmt?: Node }).SelectStmt?.targetList ?? []) as Node[];
  return (target?.ResTarget as Node | undefined)?.val as Node | undefined;
}

/** `closed`: a bracket is closed that was never opened. */
function depthOf(tokens: readonly Token[]): "even" | "open" | "closed" {
  let depth = 0;
  for (const { value, kind } of tokens) {
    if (kind !== "symbol") continue;
    if (value === "(" || value === "[") depth++;
    if (value === ")" || value === "]") depth--;
    if (depth < 0) return "closed";
  }
  return depth === 0 ? "even" : "open";
}

function placesIn(tree: unknown): readonly number[] {
  if (Array.isArray(tree)) return tree.flatMap(placesIn);
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, inner]) => (isPlace(key) ? [Number(inner)] : placesIn(inner)));
}

/** Serialises a tree without locations, optionally with one of its nodes replaced by a name. */
export function withoutPlaces(tree: unknown, replaced?: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => {
    if (isPlace(key)) return undefined;
    return value === replaced && replaced !== undefined ? placeholderNode : value;
  });
}
