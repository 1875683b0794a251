import { loadParser, type Node, splitStatements } from "../resources/sql/parser.ts";

/** What has to be known of a migration's text before it is sent. */
export interface ScriptShape {
  /** The text holds one statement or none, so that PostgreSQL may accept it outside a transaction (CREATE INDEX CONCURRENTLY). */
  readonly isSingleStatement: boolean;
  /** The text begins or ends transactions itself, so that part of it may stay when a later part fails. */
  readonly controlsTransactions: boolean;
}

/** A text cut in three, so that other statements can be sent in one transaction with the middle part. */
export interface DividedScript {
  readonly lead: string;
  readonly core: string;
  readonly rest: string;
  /** The lead ends in the transaction that it begins, and nothing comes before that. */
  readonly leadBegins: boolean;
  /** The transaction is still open after the core. */
  readonly coreStaysOpen: boolean;
  /** The rest starts with the end of the transaction. */
  readonly restEnds: boolean;
  /** Nothing of the lead can stay when the core fails. */
  readonly isFirst: boolean;
}

/** Reads the shape with PostgreSQL's own grammar; undefined when this grammar does not know the text, which is then the server's to judge. */
export async function readScriptShape(script: string): Promise<ScriptShape | undefined> {
  await loadParser();
  let statements: Node[];
  try {
    statements = splitStatements(script).map(({ node }) => node);
  } catch {
    return undefined;
  }
  return {
    isSingleStatement: statements.length <= 1,
    controlsTransactions: statements.some((statement) => "TransactionStmt" in statement),
  };
}

/**
 * Cuts a script so that its core is all that stands between the first and the last statement of some sort, with the transactions that
 * these are in. Undefined where there is none, or where the script does more with transactions than to begin and commit them.
 * `loadParser` must have been awaited, and the grammar know the text.
 */
export function divideScript(script: string, isOfTheSort: (statement: string) => boolean): DividedScript | undefined {
  const statements = splitStatements(script);
  const first = statements.findIndex(({ text }) => isOfTheSort(text));
  const last = statements.findLastIndex(({ text }) => isOfTheSort(text));
  const controls = statements.map(({ node }) => controlOf(node));
  if (first < 0 || controls.includes("other")) return undefined;

  const opening = controls.findLastIndex((control, index) => index < first && control !== undefined);
  const closing = controls.findIndex((control, index) => index > last && control !== undefined);
  const leadBegins = controls[opening] === "begin";
  const restEnds = controls[closing] === "end";
  const inside = controls
    .slice(opening + 1, closing < 0 ? undefined : closing)
    .filter((control) => control !== undefined);
  const from = opening < 0 ? 0 : (statements[opening + 1]?.start ?? script.length);
  const to = closing < 0 ? script.length : (statements[closing]?.start ?? script.length);
  return {
    lead: script.slice(0, from),
    core: script.slice(from, to),
    rest: script.slice(to),
    leadBegins,
    coreStaysOpen: inside.at(-1) !== "end",
    restEnds,
    isFirst: opening <= 0 && (opening < 0 || leadBegins),
  };
}

function controlOf(statement: Node): "begin" | "end" | "other" | undefined {
  if (!("TransactionStmt" in statement)) return undefined;
  const { kind } = statement.TransactionStmt as Node;
  if (kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START") return "begin";
  return kind === "TRANS_STMT_COMMIT" ? "end" : "other";
}
