import { InputError } from "../../errors/errors.ts";
import type { Node } from "../../sql/parser.ts";
import type { FolderMigration } from "../history/history.ts";
import { type Block, lineOf, type Piece, readBlocks } from "./script.ts";

/** Refuses a script that no tool can apply, and names the line. @throws {InputError} */
export function refuseUnappliable(migration: string, script: string): void {
  const problems = (readBlocks(script) ?? []).flatMap((block) => problemsOf(block, script));
  if (problems.length === 0) return;
  throw new InputError(`the pending migration ${migration} can't be applied: ${problems.join("; ")}`);
}

/** Refuses files that can't be sent to the server as they are. @throws {InputError} */
export function refuseFaultyFiles(pending: readonly FolderMigration[]): void {
  const faults = pending.flatMap(({ fault }) => fault ?? []);
  if (faults.length > 0) throw new InputError(`the pending migrations can't be applied: ${faults.join("; ")}`);
}

function problemsOf(block: Block, script: string): readonly string[] {
  const at = (piece: Piece) => `line ${lineOf(script, piece)}`;
  const { begin, statements, isOpen } = block;
  return [
    ...(begin !== undefined && isOpen
      ? [`the transaction that it begins on ${at(begin)} is never ended; end it with COMMIT`]
      : []),
    ...statements.flatMap((piece) => {
      const outside = begin === undefined ? undefined : outsideOnly(piece.node);
      if (outside !== undefined) {
        return [
          `${outside}, on ${at(piece)}, can't run inside a transaction; move it out of the one that begins on ${at(begin as Piece)}`,
        ];
      }
      const { is_from, filename, is_program } = (piece.node.CopyStmt ?? {}) as Node;
      return is_from === true && filename === undefined && is_program !== true
        ? [`COPY … FROM STDIN, on ${at(piece)}, needs a client that sends the rows; write them as INSERT`]
        : [];
    }),
  ];
}

/** The name of a statement that PostgreSQL only runs outside of transactions; undefined for any other. */
function outsideOnly(node: Node): string | undefined {
  const [type = "", content] = Object.entries(node)[0] ?? [];
  const body = (content ?? {}) as Node;
  const isConcurrent = body.concurrent === true;
  if (type === "IndexStmt") return isConcurrent ? "CREATE INDEX CONCURRENTLY" : undefined;
  if (type === "DropStmt") return isConcurrent ? "DROP INDEX CONCURRENTLY" : undefined;
  if (type === "VacuumStmt") return body.is_vacuumcmd === true ? "VACUUM" : undefined;
  if (type === "ReindexStmt") {
    const options = ((body.params ?? []) as Node[]).map(({ DefElem }) => (DefElem as Node).defname);
    return options.includes("concurrently") ? "REINDEX CONCURRENTLY" : undefined;
  }
  return names[type];
}

const names: Readonly<Record<string, string>> = {
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  AlterSystemStmt: "ALTER SYSTEM",
};
