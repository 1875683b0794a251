import type { QualifiedName } from "../../../sql/quote.ts";
import { holdsUnseen, quoteString } from "../../../values/source-strings.ts";
import { Code } from "../literal.ts";
import type { TableNames } from "../table-names.ts";
import { breakLines } from "./layout.ts";
import { type Piece, piecesOf, redundantTokens, sqlOf } from "./pieces.ts";
import { type ReadExpression, readExpression, treeText } from "./read.ts";
import { type FoundValue, findValues } from "./values.ts";

/** What names in an expression stand for, and what a program calls them. */
export interface ExpressionScope {
  /** The table whose columns need no qualification: a policy's own. */
  readonly table?: QualifiedName;
  readonly names: TableNames;
  /** A function's resource: `functions.currentUserId`. Undefined for what has overloads, since a call names none of them. */
  function(name: QualifiedName): Code | undefined;
}

/**
 * The source of an expression as PostgreSQL prints it under an empty search_path (`pg_get_expr`): a `sql` template with tables, columns and
 * functions as values, words in lower case, and without the parentheses and names that PostgreSQL adds. What is written means the same: its
 * tree is the one that was given, but for columns of the scope's table, which are qualified where nothing else can be meant. Where that
 * can't be shown, or a template can't hold the text, it is a string, as given. `loadParser` must have been awaited.
 */
export function writeExpression(text: string, scope: ExpressionScope): Code {
  const read = readExpression(text);
  const pieces = read && chooseWriting(read, findValues(read, scope));
  return (pieces && toTemplate(pieces)) ?? new Code(quoteString(text));
}

/** The best of several ways of writing that has the same tree. */
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

/** Longer lines are broken. */
const longest = 110;

function toTemplate(pieces: readonly Piece[]): Code | undefined {
  const source = sourceOf(pieces);
  // A carriage return would become another line break in a template.
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

/** What stands in the template. */
function sourceOf(pieces: readonly Piece[]): string {
  return pieces.map((piece, index) => (piece.isApart && index > 0 ? " " : "") + sourceOfPiece(piece)).join("");
}

function sourceOfPiece({ code, sql }: Piece): string {
  if (code !== undefined) return `\${${code.text}}`;
  if (holdsUnseen(sql)) return `\${${quoteString(sql.slice(1, -1).replaceAll("''", "'"))}}`;
  // As the tag reads it: a backslash counts only before what a template can't hold.
  return sql.replaceAll(
    /(\\*)(`|\$\{)/g,
    (_, backslashes: string, mark: string) => `${backslashes}${backslashes}\\${mark}`,
  );
}

/** A string whose content the tag writes in the same way when it is a value. */
function isLiteral(sql: string): boolean {
  return sql.startsWith("'");
}
