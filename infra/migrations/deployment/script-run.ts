import pg from "pg";
import type { Row, Session } from "../../database/database.ts";
import { takeTurn } from "../../database/platform-locks.ts";
import { DatabaseError, sqlStateOf } from "../../errors/errors.ts";
import type { Block, Piece } from "../scripts/script.ts";
import { watchBlockers } from "./blockers.ts";
import type { FindHooks, MigrationHooks } from "./hooks.ts";
import type { MigrationSession } from "./session.ts";

export interface ScriptRunOptions {
  readonly migration: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly findHooks?: FindHooks | undefined;
  /** The statement that records the migration as finished, and the one that takes the mark of an interrupted one away. */
  readonly record: string;
  readonly unmark: string;
  readonly lockTimeoutMilliseconds: number;
  readonly lockAttempts: number;
}

/** A fault of a script that no server tells of. */
export class ScriptFault extends Error {}

/**
 * Applies one migration's script: in as few transactions as its statements allow, the last of them with the migration's record.
 *
 * An ordinary script is one transaction. Where PostgreSQL refuses a statement inside of one (CREATE INDEX CONCURRENTLY), or what a
 * statement made can't be used before it is committed (a new value of an enum), the statements before it are committed and the script goes on from
 * there, as with Prisma 7.4 and later, which commit each statement by itself. A script's own BEGIN and COMMIT stay where they are.
 */
export class ScriptRun {
  readonly #session: MigrationSession;
  readonly #options: ScriptRunOptions;
  /** Who held the lock that could not be had. */
  blocker: string | undefined;
  /** The last statement that is committed. */
  kept: Piece | undefined;
  /** Whether nothing of the script can have stayed. */
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

  /** A text whose statements are not known: it is sent as it is, and what goes along follows. */
  async runWhole(script: string): Promise<void> {
    const { client } = this.#session;
    await client.query(`${this.#options.unmark}; set lock_timeout = 0`);
    this.isUndone = false;
    await client.query(script);
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

  /** Commits where it must, and nowhere else. */
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

  /** @returns the index of the statement for which the ones before it have to be committed; undefined where there is none, and all is done */
  async #upToRefusal(block: Block, isLast: boolean): Promise<number | undefined> {
    const sending = { index: 0 };
    try {
      await this.#transaction(block, isLast, sending);
      return undefined;
    } catch (error) {
      const state = sqlStateOf(error) ?? "";
      const isRefused = sending.index > 0 ? dividing.has(state) : sending.index === 0 && refusesTransactions.has(state);
      if (!isRefused) throw error;
      // The one thing that a roll-back leaves.
      await this.#session.client.query("deallocate all");
      return sending.index;
    }
  }

  /** Outside of transactions nobody else waits for the lock in line behind it, and no second attempt would find things as they were. */
  async #alone(piece: Piece): Promise<void> {
    const { client } = this.#session;
    const own = this.#options.lockTimeoutMilliseconds;
    await client.query(this.#options.unmark);
    this.isUndone = false;
    const { rows } = await client.query<{ isOwn: boolean }>(
      `select setting::bigint = ${own} as "isOwn" from pg_catalog.pg_settings where name = 'lock_timeout'`,
    );
    if (rows[0]?.isOwn) await client.query("set lock_timeout = 0");
    await send(client, piece);
    if (rows[0]?.isOwn) await client.query(`set lock_timeout = ${own}`);
    this.kept = piece;
  }

  /** Carries a block out with what goes along, and tries again where a lock could not be had: nothing of it stays otherwise. */
  async #transaction(block: Block, isLast: boolean, sending?: { index: number }): Promise<void> {
    const { findHooks, migration, lockAttempts, signal, tell } = this.#options;
    const part = block.statements.map(({ text }) => text).join("");
    const hooks = block.keepsNothing ? undefined : await findHooks?.(migration, part);
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw new DatabaseError("cancelled before it was begun", cancelled);
      const blockers = watchBlockers(this.#session);
      try {
        await this.#attempt(block, isLast, hooks, sending);
        this.kept = block.end ?? block.statements.at(-1) ?? this.kept;
        this.isUndone &&= block.keepsNothing;
        this.#isRecorded ||= isLast;
        return;
      } catch (error) {
        await this.#session.rollBack();
        this.blocker = blockers.last();
        if (!retriedStates.has(sqlStateOf(error) ?? "") || attempt >= lockAttempts || signal?.aborted) throw error;
        tell(`Migration ${migration} waits for a lock${describe(this.blocker)}; trying again`);
        await new Promise((resolve) => setTimeout(resolve, firstPauseMilliseconds * 2 ** (attempt - 1)));
      } finally {
        blockers.stop();
      }
    }
  }

  async #attempt(
    block: Block,
    isLast: boolean,
    hooks: MigrationHooks | undefined,
    sending: { index: number } | undefined,
  ): Promise<void> {
    const { client } = this.#session;
    const { record, unmark } = this.#options;
    const ending = `${block.keepsNothing ? "" : `${isLast ? record : unmark};`} ${block.end?.text ?? "commit"}`;
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
    // What it may still refuse has nothing to do with transactions.
    if (sending !== undefined) sending.index = -1;
    await hooks?.after(sessionOf(client));
    if (!isWhole) await client.query(ending);
  }
}

const noStatements: Block = { statements: [], keepsNothing: false, isOpen: false };

const neverEnded =
  "the migration begins a transaction and never ends it: everything after BEGIN was rolled back. End it with COMMIT.";

/** A statement that cannot run inside a transaction, and a procedure that ends one itself. */
const refusesTransactions = new Set(["25001", "2D000"]);
/** Those, a new value of an enum that is used before it is committed, and a table with events of triggers still to come. */
const dividing = new Set([...refusesTransactions, "55P04", "55006"]);
/** Lock not available, deadlock, serialisation failure. */
export const retriedStates = new Set(["55P03", "40P01", "40001"]);

export const cancelled = "57014";

const firstPauseMilliseconds = 500;

/** The locks of an open transaction must not outlive a client that is gone; and the script, or what goes along with it, may lock the platform's tables. */
const limit = `set local idle_in_transaction_session_timeout = '30s'; ${takeTurn}`;

/** In one message, so that the server finishes what a lost connection has begun. */
async function sendAll(client: pg.Client, pieces: readonly Piece[], ending: string): Promise<void> {
  const [first] = pieces;
  const text = pieces.map((piece) => piece.text).join("") + ending;
  if (text !== "") await send(client, { text, offset: first?.offset ?? 0 });
}

/** Sends part of a script, so that an error names its place in the whole. */
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

function sessionOf(client: pg.Client): Session {
  return {
    async run(script) {
      const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return (Array.isArray(answer) ? answer : [answer]).map((result) => result.rows);
    },
  };
}

function describe(blocker: string | undefined): string {
  return blocker === undefined ? "" : ` held by ${blocker}`;
}
