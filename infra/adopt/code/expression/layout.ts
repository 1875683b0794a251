import { isClosingPiece, isOpeningPiece, type Piece } from "./pieces.ts";

/** A line of a text with several lines. */
export interface Line {
  /** Its indentation relative to the first line. */
  readonly indentation: number;
  readonly pieces: readonly Piece[];
}

/**
 * Breaks a text into lines as a person would: conditions before AND and OR, queries before each clause, CASE before
 * each branch, lists after commas, and whatever is still too long at parentheses.
 * @param width the length of a piece's text in the program's source
 */
export function breakLines(
  pieces: readonly Piece[],
  longest: number,
  width: (pieces: readonly Piece[]) => number,
  indentation = 0,
): readonly Line[] {
  const whole = { indentation, pieces };
  if (indentation + width(pieces) <= longest) return [whole];
  const deeper = (part: readonly Piece[], by: number) => breakLines(part, longest, width, indentation + by);
  const breaks = breaksIn(pieces);
  if (breaks.length > 0) {
    const isQuery = clauses.has(pieces[0]?.sql ?? "");
    const parts = [0, ...breaks].map((start, index) => pieces.slice(start, breaks[index]));
    // Conditions joined within a clause are aligned under its first word.
    const isInside = isQuery && !clauses.has(pieces[breaks[0] ?? 0]?.sql ?? "");
    const by = isInside || branches.has(pieces[0]?.sql ?? "") ? 2 : 0;
    return parts.flatMap((part, index) => deeper(part, index === 0 ? 0 : by));
  }
  const inside = clauses.has(pieces[0]?.sql ?? "") ? 2 : 0;
  const lines = fill(itemsIn(pieces), longest - indentation - inside, width);
  if (lines.length > 1) {
    return lines.flatMap((line, index) => deeper(line, index === 0 ? 0 : inside));
  }
  const [first, ...others] = branchesIn(pieces);
  if (first !== undefined && others.length > 0) {
    const last = others.at(-1) ?? [];
    return [
      { indentation, pieces: first },
      ...others.slice(0, -1).flatMap((one) => deeper(one, 2)),
      ...deeper(last, 0),
    ];
  }
  const parentheses = longestParentheses(pieces, width);
  if (parentheses === undefined) return [whole];
  const [open, close] = parentheses;
  return [
    { indentation, pieces: pieces.slice(0, open + 1) },
    ...deeper(pieces.slice(open + 1, close), 2),
    ...deeper(pieces.slice(close), 0),
  ];
}

const clauses = new Set(
  "select from where group having window order limit offset union except intersect join left right full inner cross".split(
    " ",
  ),
);

/** The keywords that start a branch of CASE, or its value. */
const branches = new Set(["when", "then", "else"]);

/** The pieces to break before: clauses, or else the values of branches, or else OR, or else AND. */
function breaksIn(pieces: readonly Piece[]): readonly number[] {
  const atValue = pieces[0]?.sql === "when" ? breaksAt(pieces, ({ sql }) => sql === "then") : [];
  if (atValue.length > 0) return atValue;
  const isQuery = clauses.has(pieces[0]?.sql ?? "");
  const atClauses = isQuery
    ? breaksAt(pieces, ({ sql }, before) => clauses.has(sql) && !joinWords.has(before?.sql ?? ""))
    : [];
  if (atClauses.length > 0) return atClauses;
  const atOr = breaksAt(pieces, ({ sql }) => sql === "or");
  return atOr.length > 0 ? atOr : breaksAt(pieces, ({ sql }) => sql === "and");
}

/** `left join` is one word. */
const joinWords = new Set(["left", "right", "full", "inner", "cross"]);

function breaksAt(
  pieces: readonly Piece[],
  isBreak: (piece: Piece, before: Piece | undefined) => boolean,
): readonly number[] {
  const found: number[] = [];
  let depth = 0;
  let isRange = false;
  for (const [index, piece] of pieces.entries()) {
    if (isOpeningPiece(piece)) depth++;
    if (isClosingPiece(piece)) depth--;
    if (depth > 0 || piece.kind !== "word") continue;
    if (piece.sql === "case") depth++;
    if (piece.sql === "end") depth--;
    // The AND of BETWEEN does not join conditions.
    const isOfRange = isRange && piece.sql === "and";
    if (piece.sql === "between" || isOfRange) isRange = piece.sql === "between";
    if (index > 0 && !isOfRange && isBreak(piece, pieces[index - 1])) found.push(index);
  }
  return found;
}

/** The items between commas, each including its comma. */
function itemsIn(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  let depth = 0;
  const starts = [0];
  for (const [index, piece] of pieces.entries()) {
    if (isOpeningPiece(piece)) depth++;
    if (isClosingPiece(piece)) depth--;
    if (depth === 0 && piece.kind === "symbol" && piece.sql === "," && index < pieces.length - 1)
      starts.push(index + 1);
  }
  return starts.map((start, index) => pieces.slice(start, starts[index + 1]));
}

/** Fills each line with as many items as fit. */
function fill(
  items: readonly (readonly Piece[])[],
  longest: number,
  width: (pieces: readonly Piece[]) => number,
): readonly (readonly Piece[])[] {
  const lines: (readonly Piece[])[] = [];
  for (const item of items) {
    const line = [...(lines.at(-1) ?? []), ...item];
    if (lines.length > 0 && width(line) <= longest) lines[lines.length - 1] = line;
    else lines.push(item);
  }
  return lines;
}

/**
 * The first CASE outside of parentheses: the part before its branches, each branch, and the part from END on. Empty if
 * there is none.
 */
function branchesIn(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  let depth = 0;
  const starts: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (isOpeningPiece(piece)) depth++;
    if (isClosingPiece(piece)) depth--;
    if (piece.kind !== "word") continue;
    if (piece.sql === "case") {
      if (depth === 0) starts.push(0);
      depth++;
    } else if (piece.sql === "end") {
      depth--;
      if (depth > 0 || starts.length === 0) continue;
      starts.push(index);
      return starts.map((start, at) => pieces.slice(start, starts[at + 1]));
    } else if (depth === 1 && starts.length > 0 && (piece.sql === "when" || piece.sql === "else")) starts.push(index);
  }
  return [];
}

function longestParentheses(
  pieces: readonly Piece[],
  width: (pieces: readonly Piece[]) => number,
): readonly [open: number, close: number] | undefined {
  const open: number[] = [];
  let longest: { readonly at: readonly [number, number]; readonly length: number } | undefined;
  for (const [index, piece] of pieces.entries()) {
    if (isOpeningPiece(piece)) open.push(index);
    if (!isClosingPiece(piece)) continue;
    const start = open.pop();
    if (start === undefined || open.length > 0 || index - start < 4) continue;
    const length = width(pieces.slice(start, index));
    if (length > (longest?.length ?? 0)) longest = { at: [start, index], length };
  }
  return longest?.at;
}
