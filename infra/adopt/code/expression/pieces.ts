import type { Node } from "../../../sql/parser.ts";
import type { Token } from "../../../sql/tokens.ts";
import type { Code } from "../literal.ts";
import { isOwnName, type ReadExpression } from "./read.ts";
import type { FoundValue } from "./values.ts";

/** A word, symbol or value of a text. */
export interface Piece {
  readonly kind: Token["kind"] | "value";
  readonly sql: string;
  /** Whether white space precedes it. */
  readonly isApart: boolean;
  readonly code?: Code;
}

/** The pieces of a text, with any white space reduced to one space. */
export function piecesOf(
  { text, tokens }: ReadExpression,
  values: readonly FoundValue[],
  left: ReadonlySet<number> = new Set(),
): readonly Piece[] {
  const pieces: Piece[] = [];
  const starts = new Map(values.map((value) => [value.first, value]));
  let end = 0;
  let wasApart = false;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    const isApart: boolean = wasApart || token.start > end;
    end = token.end;
    wasApart = left.has(index) && isApart;
    if (left.has(index)) continue;
    const value = starts.get(index);
    const previous = pieces.at(-1);
    const isComma = token.kind === "symbol" && token.value === ",";
    const isTight = previous === undefined || isOpeningPiece(previous) || isClosingToken(token) || isComma;
    const spaced = isApart && !isTight;
    if (value === undefined) {
      const sql = token.kind === "word" ? token.value : text.slice(token.start, token.end);
      pieces.push({ kind: token.kind, sql, isApart: spaced });
      continue;
    }
    pieces.push({ kind: "value", sql: value.sql, isApart: spaced, code: value.code });
    index = value.last;
    end = tokens[index]?.end ?? end;
  }
  return pieces;
}

export function sqlOf(pieces: readonly Piece[]): string {
  return pieces.map(({ sql, isApart }) => (isApart ? ` ${sql}` : sql)).join("");
}

/**
 * The tokens that a person would leave out: parentheses around a single operand, and aliases equal to the default name.
 */
export function redundantTokens(read: ReadExpression): {
  readonly names: ReadonlySet<number>;
  readonly all: ReadonlySet<number>;
} {
  const names = new Set(redundantNames(read));
  return { names, all: new Set([...names, ...redundantParentheses(read, names)]) };
}

function redundantNames({ tree, tokens, tokenAt }: ReadExpression): readonly number[] {
  const found: number[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "ResTarget" && isOwnName(inner as Node)) {
        const as = aliasAfter(tokens, tokenAt((inner as Node).location));
        if (as !== undefined) found.push(as, as + 1);
      }
      visit(inner);
    }
  };
  visit(tree);
  return found;
}

/** The first AS after an expression, outside of any parentheses in it. */
function aliasAfter(tokens: readonly Token[], start: number | undefined): number | undefined {
  if (start === undefined) return undefined;
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (isOpeningToken(token)) depth++;
    if (isClosingToken(token) && --depth < 0) return undefined;
    if (depth === 0 && isWord(token, "as")) return index;
  }
  return undefined;
}

function redundantParentheses({ tokens }: ReadExpression, unwritten: ReadonlySet<number>): readonly number[] {
  const left = new Set(unwritten);
  const next = (from: number, step: 1 | -1): Token | undefined => {
    let index = from + step;
    while (left.has(index)) index += step;
    return tokens[index];
  };
  const found: number[] = [];
  for (const { open, close, joins, first } of parenthesesIn(tokens)) {
    if (!isRedundant(next(open, -1), { joins, first }, next(close, 1))) continue;
    for (const index of [open, close]) left.add(index);
    found.push(open, close);
  }
  return found;
}

interface Parentheses {
  readonly open: number;
  readonly close: number;
  readonly first: Token | undefined;
  /** The tokens that join or end parts of the content, outside of nested parentheses. */
  readonly joins: readonly Token[];
}

/** Outer parentheses first. */
function parenthesesIn(tokens: readonly Token[]): readonly Parentheses[] {
  const open: { readonly at: number; readonly joins: Token[] }[] = [];
  const found: Parentheses[] = [];
  for (const [index, token] of tokens.entries()) {
    if (isOpeningToken(token)) open.push({ at: index, joins: [] });
    else if (isClosingToken(token)) {
      const { at, joins } = open.pop() ?? { at: index, joins: [] };
      if (token.value === ")") found.push({ open: at, close: index, joins, first: tokens[at + 1] });
    } else if (isJoining(token)) open.at(-1)?.joins.push(token);
  }
  return found.sort((left, right) => left.open - right.open);
}

const startsPart = new Set(["and", "or", "then", "else"]);
const startsWhole = new Set(["where", "on", "having", "when"]);
const endsCondition = new Set([
  ...[
    "and",
    "or",
    "then",
    "when",
    "else",
    "end",
    "group",
    "order",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
  ],
  ...["window", "having", "where", "join", "left", "right", "full", "inner", "cross"],
]);

function isRedundant(
  before: Token | undefined,
  { joins, first }: Pick<Parentheses, "joins" | "first">,
  after: Token | undefined,
): boolean {
  if (first === undefined || ["select", "with", "values"].some((word) => isWord(first, word))) return false;
  if (joins.some((token) => token.value === ",")) return false;
  const isOpened = before === undefined || (before.kind === "symbol" && before.value === "(");
  const isEnded = after === undefined || (after.kind === "symbol" && after.value === ")");
  if (isOpened && isEnded) return true;
  if (joins.some((token) => isWord(token, "between") || isWord(token, "case"))) return false;
  const isWhole = isOpened || (before.kind === "word" && startsWhole.has(before.value));
  const isPart = before?.kind === "word" && startsPart.has(before.value);
  const ends = isEnded || (after.kind === "word" && endsCondition.has(after.value));
  if (joins.length === 0) return (isWhole || isPart) && ends;
  // Without the parentheses, what follows would bind to only a part of the content. Those between AND and OR are kept
  // for readability.
  return isWhole && ends && !(after !== undefined && (isWord(after, "and") || isWord(after, "or")));
}

function isJoining(token: Token): boolean {
  return token.value === "," || ["and", "or", "between", "case"].some((word) => isWord(token, word));
}

function isWord({ kind, value }: Pick<Token, "kind" | "value">, word: string): boolean {
  return kind === "word" && value === word;
}

export function isOpeningPiece({ kind, sql }: Piece): boolean {
  return kind === "symbol" && (sql === "(" || sql === "[");
}

export function isClosingPiece({ kind, sql }: Piece): boolean {
  return kind === "symbol" && (sql === ")" || sql === "]");
}

function isOpeningToken({ kind, value }: Token): boolean {
  return kind === "symbol" && (value === "(" || value === "[");
}

function isClosingToken({ kind, value }: Token): boolean {
  return kind === "symbol" && (value === ")" || value === "]");
}
