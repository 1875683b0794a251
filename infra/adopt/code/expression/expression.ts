import type { QualifiedName } from "../../../sql/quote.ts";
import { holdsUnseen, quoteString } from "../../../values/source-strings.ts";
import { Code } from "../literal.ts";
import type { TableNames } from "../table-names.ts";
import { breakLines } from "./layout.ts";
import { type Piece, piecesOf, redundantTokens, sqlOf } from "./pieces.ts";
import { type ReadExpression, readExpression, treeText } from "./read.ts";
import { type FoundValue, findValues } from "./values.ts";

/** What the names in an expression refer to, and what a program calls these objects. */
export interface ExpressionScope {
  /** The table whose columns need no qualification: the policy's own. */
  readonly table?: QualifiedName;
  readonly names: TableNames;
  /**
   * A function's resource: `functions.currentUserId`. Undefined for an overloaded function, because a name does not say
   * which overload is called.
   */
  function(name: QualifiedName): Code | undefined;
}

/**
 * The source of an expression as PostgreSQL prints it with an empty search_path (`pg_get_expr`): a `sql` template with
 * tables, columns and functions as values, keywords in lower case, and without the parentheses and names that
 * PostgreSQL adds. Its meaning is the same: it has the same parse tree, except that columns of the scope's table are
 * qualified, if that is unambiguous. If this can't be verified, or a template can't contain the text, the result is a
 * string with the original text. Await `loadParser` first.
 */
export function writeExpression(text: string, scope: ExpressionScope): Code {
  const read = readExpression(text);
  const pieces = read && chooseWriting(read, findValues(read, scope));
  return (pieces && toTemplate(pieces)) ?? new Code(quoteString(text));
}

/** The best way of writing it that has the same parse tree. */
function chooseWriting(read: ReadExpression, values: readonly FoundValue[]): readonly Piece[] | undefined {
  const redundant = redundantTokens(read);
  const expected = treeText(read.tree, new Map(values.flatMap(({ qualified }) => (qualified ? [qualified] : []))));
  const isSame = (pieces: readonly Piece[], tree: string) => {
    const written = readExpression(sqlOf(pieces));
    return written !== undefined && treeText(written.tree) === tree;
  };
  for (const left of [redundant.all, redundant.names, new Set<number>()]) {
    const pieces = piecesOf(read, values, left);
    if (isSame(pieces, expected)) return pieces;
  }
  const plain = piecesOf(read, []);
  return isSame(plain, treeText(read.tree)) ? plain : undefined;
}

/** The length above which a line is broken. */
const longest = 110;

function toTemplate(pieces: readonly Piece[]): Code | undefined {
  const source = sourceOf(pieces);
  // In a template, a carriage return would turn into a different line break.
  if (pieces.some(({ code, sql }) => code === undefined && holdsUnseen(sql) && !isLiteral(sql))) return undefined;
  const uses = ["sql", ...pieces.flatMap(({ code }) => code?.uses ?? [])];
  return new Code(`sql\`${source}\``, [...new Set(uses)], (indentation) => {
    const inner = " ".repeat(indentation + 2);
    const lines = breakLines(pieces, longest - indentation, (some) => sourceOf(some).length);
    if (lines.length === 1) return `sql\`${source}\``;
    const written = lines.map((line) => `\n${inner}${" ".repeat(line.indentation)}${sourceOf(line.pieces)}`);
    return `sql\`${written.join("")}\``;
  });
}

/** The content of the template. */
function sourceOf(pieces: readonly Piece[]): string {
  return pieces.map((piece, index) => (piece.isApart && index > 0 ? " " : "") + sourceOfPiece(piece)).join("");
}

function sourceOfPiece({ code, sql }: Piece): string {
  if (code !== undefined) return `\${${code.text}}`;
  if (holdsUnseen(sql)) return `\${${quoteString(sql.slice(1, -1).replaceAll("''", "'"))}}`;
  // The tag uses the raw text, so a backslash needs an escape only before a character that a template can't contain.
  return sql.replaceAll(
    /(\\*)(`|\$\{)/g,
    (_, backslashes: string, mark: string) => `${backslashes}${backslashes}\\${mark}`,
  );
}

/** Whether it is a string literal that the tag would write in the same way if it were a value. */
function isLiteral(sql: string): boolean {
  return sql.startsWith("'");
}
