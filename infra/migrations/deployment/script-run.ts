import pg from "pg";
import { sessionOf } from "../../database/database.ts";
import type { LockLimits } from "../../database/lock-wait.ts";
import { takeTurn } from "../../database/platform-locks.ts";
import { sqlStateOf } from "../../errors/errors.ts";
import type { Block, Piece } from "../scripts/script.ts";
import type { FindHooks, MigrationHooks } from "./hooks.ts";
import type { MigrationSession } from "./session.ts";

export interface ScriptRunOptions extends LockLimits {
  readonly migration: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly findHooks?: FindHooks | undefined;
  /**
   * The statement that records the migration as finished, and the one that goes with parts that are committed before
   * that.
   */
  readonly record: string;
  readonly begun: string;
}

/** A mistake in a script for which the server reports no error. */
export class ScriptFault extends Error {}

/**
 * Applies one migration's script in as few transactions as its statements allow; the last one contains the migration's record.
 *
 * An ordinary script is one transaction. If PostgreSQL refuses a statement inside a transaction (CREATE INDEX CONCURRENTLY), or if what a
 * statement created can't be used before it is committed (a new value of an enum), the statements before it are committed, and the script
 * continues from there. Prisma 7.4 and later commit every statement by itself. A script's own BEGIN and COMMIT are kept.
 */
export class ScriptRun {
  readonly #session: MigrationSession;
  readonly #options: ScriptRunOptions;
  /** The session that held the lock which the migration did not get: ` held by session 4711 (…)`; empty where none was seen. */
  heldBy = "";
  /** The last committed statement. */
  kept: Piece | undefined;
  /** Whether it is certain that nothing of the script is committed. */
  isUndone = true;
  #isRecorded = false;

  constructor(session: MigrationSession, options: ScriptRunOptions) {
    this.#session = session;
    this.#options = options;
  }

  async run(blocks: readonly Block[]): Promise<void> {
    if (blocks.some(({ isOpen }) => isOpen)) throw new ScriptFault(neverEnded);
    await this.#session.client.query(`set lock_timeout = ${this.#options.lockTimeoutMilliseconds}`);
    for (const block of blocks) {
      const isLast = block === blocks.at(-1) && !block.keepsNothing;
      if (block.begin !== undefined) await this.#transaction(block, isLast);
      else await this.#ordinary(block.statements, isLast);
    }
    if (!this.#isRecorded) await this.#transaction(noStatements, true);
  }

  /** Sends a script that can't be parsed as it is, and runs the hooks after it. */
  async runWhole(script: string): Promise<void> {
    const { client } = this.#session;
    await client.query(`${this.#options.begun}; set lock_timeout = 0`);
    this.isUndone = false;
    await client.query(script).catch((error: unknown) => {
      this.isUndone = isUnreadable(error);
      throw error;
    });
    const { rows } = await client.query<{ open: boolean }>("select now() < statement_timestamp() as open");
    if (rows[0]?.open) throw new ScriptFault(neverEnded);
    await client.query(`set lock_timeout = ${this.#options.lockTimeoutMilliseconds}`);
    await this.#transaction(noStatements, true);
  }

  async #ordinary(statements: readonly Piece[], isLast: boolean): Promise<void> {
    try {
      await this.#transaction({ ...noStatements, statements }, isLast);
    } catch (error) {
      if (!dividing.has(sqlStateOf(error) ?? "")) throw error;
      await this.#apart(statements, isLast);
    }
  }

  /** Commits only where PostgreSQL requires it. */
  async #apart(statements: readonly Piece[], isLast: boolean): Promise<void> {
    let from = 0;
    let to = statements.length;
    while (from < statements.length) {
      const part = { ...noStatements, statements: statements.slice(from, to) };
      const refused = await this.#upToRefusal(part, isLast && to === statements.length);
      if (refused !== undefined && refused > 0) to = from + refused;
      else {
        if (refused === 0) await this.#alone(statements[from] as Piece);
        from = refused === 0 ? from + 1 : to;
        to = statements.length;
      }
    }
  }

  /** @returns the index of the statement before which a COMMIT is needed; undefined if there is none and everything is done */
  async #upToRefusal(block: Block, isLast: boolean): Promise<number | undefined> {
    const sending = { index: 0 };
    try {
      await this.#transaction(block, isLast, sending);
      return undefined;
    } catch (error) {
      const state = sqlStateOf(error) ?? "";
      const isRefused = sending.index > 0 ? dividing.has(state) : sending.index === 0 && refusesTransactions.has(state);
      if (!isRefused) throw error;
      // A rollback keeps prepared statements.
      await this.#session.client.query("deallocate all");
      return sending.index;
    }
  }

  /**
   * Runs a statement outside of transactions. Waiting for locks is not limited, because a second attempt might find a
   * different state.
   */
  async #alone(piece: Piece): Promise<void> {
    const { client } = this.#session;
    const own = this.#options.lockTimeoutMilliseconds;
    await client.query(this.#options.begun);
    this.isUndone = false;
    const { rows } = await client.query<{ isOwn: boolean }>(
      `select setting::bigint = ${own} as "isOwn" from pg_catalog.pg_settings where name = 'lock_timeout'`,
    );
    if (rows[0]?.isOwn) await client.query("set lock_timeout = 0");
    await send(client, piece);
    if (rows[0]?.isOwn) await client.query(`set lock_timeout = ${own}`);
    this.kept = piece;
  }

  /** Runs a block with its hooks in one transaction, and tries again if it does not get a lock. */
  async #transaction(block: Block, isLast: boolean, sending?: { index: number }): Promise<void> {
    const { findHooks, migration, signal, tell } = this.#options;
    const part = block.statements.map(({ text }) => text).join("");
    const hooks = block.keepsNothing ? undefined : await findHooks?.(migration, part);
    const wait = this.#session.lockWait(this.#options);
    const attempt = () => this.#attempt(block, isLast, hooks, sending);
    const say = (heldBy: string) => tell(`Migration ${migration} waits for a lock${heldBy}; trying again`);
    try {
      await this.#session.transact(wait, attempt, say, signal);
    } catch (error) {
      this.heldBy = wait.heldBy;
      throw error;
    }
    this.kept = block.end ?? block.statements.at(-1) ?? this.kept;
    this.isUndone &&= block.keepsNothing;
    this.#isRecorded ||= isLast;
  }

  async #attempt(
    block: Block,
    isLast: boolean,
    hooks: MigrationHooks | undefined,
    sending: { index: number } | undefined,
  ): Promise<void> {
    const { client } = this.#session;
    const { record, begun } = this.#options;
    const ending = `${block.keepsNothing ? "" : `${isLast ? record : begun};`} ${block.end?.text ?? "commit"}`;
    await client.query(`${block.begin?.text ?? "begin"}\n; ${limit}`);
    await hooks?.before(sessionOf(client));
    const isWhole = hooks === undefined && sending === undefined;
    if (sending === undefined) await sendAll(client, block.statements, isWhole ? `\n;\n${ending}` : "");
    else {
      for (const [index, piece] of block.statements.entries()) {
        sending.index = index;
        await send(client, piece);
      }
    }
    // An error from here on has nothing to do with running inside a transaction.
    if (sending !== undefined) sending.index = -1;
    await hooks?.after(sessionOf(client));
    if (!isWhole) await client.query(ending);
  }
}

/**
 * Whether it is a syntax error of the script itself: the server parses a whole message before it executes any of it. An
 * error in dynamic SQL has no position.
 */
function isUnreadable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.routine === "scanner_yyerror" && error.position !== undefined;
}

const noStatements: Block = { statements: [], keepsNothing: false, isOpen: false };

const neverEnded =
  "the migration begins a transaction and never ends it: everything after BEGIN was rolled back. End it with COMMIT.";

/** active_sql_transaction: a statement that can't run inside a transaction. invalid_transaction_termination: a procedure that commits. */
const refusesTransactions = new Set(["25001", "2D000"]);
/** Also unsafe_new_enum_value_usage, and object_in_use: a table with pending trigger events. */
const dividing = new Set([...refusesTransactions, "55P04", "55006"]);

/**
 * An open transaction must not keep its locks after its client is gone. Since the script or its hooks may lock the
 * platform's tables, the transaction also waits for its turn to do so.
 */
const limit = `set local idle_in_transaction_session_timeout = '30s'; ${takeTurn}`;

/** Sends everything in one message, so that the server completes it even if the connection is lost. */
async function sendAll(client: pg.Client, pieces: readonly Piece[], ending: string): Promise<void> {
  const [first] = pieces;
  const text = pieces.map((piece) => piece.text).join("") + ending;
  if (text !== "") await send(client, { text, offset: first?.offset ?? 0 });
}

/** Sends a part of a script, and corrects the position in an error to that in the whole script. */
async function send(client: pg.Client, { text, offset }: Pick<Piece, "text" | "offset">): Promise<void> {
  try {
    await client.query(text);
  } catch (error) {
    const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
    throw Number.isInteger(position)
      ? Object.assign(error as pg.DatabaseError, { position: String(position + offset) })
      : error;
  }
}
