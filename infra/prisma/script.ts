import { loadParser, type Node, parseStatements } from "../resources/sql/parser.ts";

/** What has to be known of a migration's text before it is sent. */
export interface ScriptShape {
  /** The text holds one statement or none, so that PostgreSQL may accept it outside a transaction (CREATE INDEX CONCURRENTLY). */
  readonly isSingleStatement: boolean;
  /** The text begins or ends transactions itself, so that part of it may stay when a later part fails. */
  readonly controlsTransactions: boolean;
}

/** Reads the shape with PostgreSQL's own grammar; undefined when this grammar does not know the text, which is then the server's to judge. */
export async function readScriptShape(script: string): Promise<ScriptShape | undefined> {
  await loadParser();
  let statements: Node[];
  try {
    statements = parseStatements(script);
  } catch {
    return undefined;
  }
  return {
    isSingleStatement: statements.length <= 1,
    controlsTransactions: statements.some((statement) => "TransactionStmt" in statement),
  };
}
