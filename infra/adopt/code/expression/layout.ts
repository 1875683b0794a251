import { isClosingPiece, isOpeningPiece, type Piece } from "./pieces.ts";

/** A line of a text in several lines. */
export interface Line {
  /** How much further in than the first. */
  readonly indentation: number;
  readonly pieces: readonly Piece[];
}

/**
 * Breaks a text into lines as a person would: a condition before AND and OR, a query before each of its clauses, parentheses around what is
 * still too long.
 * @param width how long the text of a piece is in the program's source
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
    // What is joined in a clause stands under its first word.
    const by = isQuery && !clauses.has(pieces[breaks[0] ?? 0]?.sql ?? "") ? 2 : 0;
    return parts.flatMap((part, index) => deeper(part, index === 0 ? 0 : by));
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

/** Before which pieces to break: at clauses, else at OR, else at AND. */
function breaksIn(pieces: readonly Piece[]): readonly number[] {
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
    // The AND of BETWEEN joins nothing.
    const isOfRange = isRange && piece.sql === "and";
    if (piece.sql === "between" || isOfRange) isRange = piece.sql === "between";
    if (index > 0 && !isOfRange && isBreak(piece, pieces[index - 1])) found.push(index);
  }
  return found;
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
