import { loadParser, type Node, type Statement, splitStatements } from "../../sql/parser.ts";

/** Statements of a script that are, or can be, one transaction. */
export interface Block {
  readonly statements: readonly Piece[];
  /** The script's own BEGIN and the statement that ends it. Absent: the statements contain no transaction control. */
  readonly begin?: Piece;
  readonly end?: Piece;
  /** Whether the script itself rolls it back or makes it read-only. */
  readonly keepsNothing: boolean;
  /** Whether the script begins it and never ends it. */
  readonly isOpen: boolean;
}

/** A part of a script, with its offset in characters as the server counts them. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
  /** Where it starts in the script. */
  readonly start: number;
  readonly node: Node;
}

/**
 * Parses a script into a sequence of transactions. Undefined if it can't be parsed (the server decides then), or if it
 * does more with transactions than begin and end them.
 */
export async function readScript(script: string): Promise<readonly Block[] | undefined> {
  await loadParser();
  return readBlocks(script);
}

/** The statements of a script. Undefined if it can't be parsed. */
export async function readPieces(script: string): Promise<readonly Piece[] | undefined> {
  await loadParser();
  try {
    return piecesOf(script);
  } catch {
    return undefined;
  }
}

/** The same as `readScript`. Await `loadParser` first. */
export function readBlocks(script: string): readonly Block[] | undefined {
  let pieces: readonly Piece[];
  try {
    pieces = piecesOf(script);
  } catch {
    return undefined;
  }
  const blocks: Block[] = [];
  let begin: Piece | undefined;
  let statements: Piece[] = [];
  const close = (end?: Piece, keepsNothing = false) => {
    if (begin !== undefined || statements.length > 0) {
      const isOpen = begin !== undefined && end === undefined;
      const edges = { ...(begin === undefined ? {} : { begin }), ...(end === undefined ? {} : { end }) };
      blocks.push({ statements, ...edges, keepsNothing: keepsNothing || onlyReads(begin), isOpen });
    }
    begin = undefined;
    statements = [];
  };
  for (const piece of pieces) {
    const control = controlOf(piece.node);
    if (control === "other") return undefined;
    if (control === "begin" && begin === undefined) {
      close();
      begin = piece;
    } else if (control === "commit" || control === "roll back") {
      // Outside of a transaction, it only causes a warning.
      close(begin === undefined ? undefined : piece, control === "roll back");
    } else statements.push(piece);
  }
  close();
  return blocks;
}

/** The line on which a statement starts, after any comments before it. */
export function lineOf(script: string, { start }: Pick<Statement, "start">): number {
  const gap = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(script.slice(start))?.[0] ?? "";
  return script.slice(0, start + gap.length).split("\n").length;
}

function piecesOf(script: string): Piece[] {
  const statements = splitStatements(script);
  let offset = 0;
  return statements.map(({ node, start }, index) => {
    const text = script.slice(start, statements[index + 1]?.start);
    const piece = { text, offset, start, node };
    offset += [...text].length;
    return piece;
  });
}

function onlyReads(begin: Piece | undefined): boolean {
  const { options } = (begin?.node.TransactionStmt ?? {}) as Node;
  return ((options ?? []) as Node[]).some(({ DefElem }) => {
    const { defname, arg } = DefElem as Node;
    const { ival } = ((arg as Node | undefined)?.A_Const ?? {}) as Node;
    return defname === "transaction_read_only" && (ival as Node | undefined)?.ival === 1;
  });
}

type Control = "begin" | "commit" | "roll back" | "other";

function controlOf(statement: Node): Control | undefined {
  if (!("TransactionStmt" in statement)) return undefined;
  const { kind, chain } = statement.TransactionStmt as Node;
  return chain === true ? "other" : controls[String(kind)];
}

/** Savepoints count as ordinary statements. */
const controls: Readonly<Record<string, Control>> = {
  TRANS_STMT_BEGIN: "begin",
  TRANS_STMT_START: "begin",
  TRANS_STMT_COMMIT: "commit",
  TRANS_STMT_ROLLBACK: "roll back",
  TRANS_STMT_PREPARE: "other",
  TRANS_STMT_COMMIT_PREPARED: "other",
  TRANS_STMT_ROLLBACK_PREPARED: "other",
};
