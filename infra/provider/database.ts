import pg from "pg";
import { type ConnectionSettings, connectionSettings } from "./connection.ts";
import { DatabaseError, describeError, sqlStateOf } from "./errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One connection inside one transaction. A script of several statements is one round trip. */
export interface Session {
  /** Runs one or more statements and returns the rows of each. */
  run(script: string): Promise<Row[][]>;
}

export interface TransactionOptions {
  /** Told each time the transaction had to wait for a lock and is tried again. */
  readonly onRetry?: (message: string) => void;
}

/** Settings every session of ours starts with: names resolve the same way whoever connects, and strings mean what `quoteLiteral` writes. */
const sessionSettings = `
  set application_name = 'palisade';
  set search_path = public, extensions;
  set standard_conforming_strings = on;
  set client_min_messages = error;
  set idle_in_transaction_session_timeout = '60s';
  set default_transaction_isolation = 'read committed'`;

/** How long one attempt waits for a lock; the application queues behind a waiting ALTER TABLE no longer than this. */
const lockTimeoutMilliseconds = Number(process.env.PALISADE_LOCK_TIMEOUT_MS ?? 3000);
const retryDelaysMilliseconds = [500, 1000, 2000, 4000];
const statementTimeoutMilliseconds = 60_000;

/**
 * The live database, over a few pooled connections.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
 */
export class Database {
  readonly settings: ConnectionSettings;
  readonly #writers: pg.Pool;
  /** Its own connection: a transaction that writes may have to ask something before it goes on, when every writer is taken. */
  readonly #reader: pg.Pool;
  readonly #ready = new WeakMap<pg.PoolClient, Promise<unknown>>();
  readonly #writing = new Set<number>();
  #cancelled = false;
  /** Scripts sent so far; each is one round trip. */
  roundTrips = 0;

  constructor(connectionString: string) {
    this.settings = connectionSettings(connectionString);
    this.#writers = newPool(this.settings, 4);
    this.#reader = newPool(this.settings, 1);
  }

  /** Looks, and changes nothing: the transaction is always rolled back. */
  async look<T>(work: (session: Session) => Promise<T>, begin = "begin"): Promise<T> {
    return await this.#withClient(this.#reader, async (client) => {
      const session = this.#session(client);
      await session.run(begin);
      try {
        return await work(session);
      } finally {
        await session.run("rollback").catch(() => undefined);
      }
    });
  }

  /** One script that reads, in one round trip. */
  async read(script: string): Promise<Row[][]> {
    return await this.#withClient(this.#reader, (client) => this.#session(client).run(script));
  }

  /** Runs the work in one transaction; tried again, with a growing pause, when a lock could not be had in time. */
  async transaction<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const blockers: string[] = [];
      try {
        return await this.#withClient(this.#writers, (client) => this.#attempt(client, work, blockers));
      } catch (error) {
        const delay = retryDelaysMilliseconds[attempt];
        if (!isRetryable(error) || this.#cancelled) throw error;
        const holder = blockers.at(-1);
        if (delay === undefined) {
          throw new DatabaseError(
            `no lock could be had within ${attempt + 1} attempts of ${lockTimeoutMilliseconds / 1000} s` +
              `${holder ? `; it is held by ${holder}` : ""}. Nothing was changed; wait for that session or end it, then run this again`,
            sqlStateOf(error),
          );
        }
        options.onRetry?.(`waiting for a lock${holder ? ` held by ${holder}` : ""}; trying again`);
        await pause(delay);
      }
    }
  }

  /** Ends what is being written now; its transactions roll back. */
  async cancel(): Promise<void> {
    this.#cancelled = true;
    if (this.#writing.size === 0) return;
    const client = new pg.Client(this.settings.client);
    try {
      await client.connect();
      await client.query("select pg_cancel_backend(pid) from unnest($1::int[]) as running(pid)", [[...this.#writing]]);
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#writers.end(), this.#reader.end()]);
  }

  async #attempt<T>(client: pg.PoolClient, work: (session: Session) => Promise<T>, blockers: string[]): Promise<T> {
    const session = this.#session(client);
    const [, , , [backend] = []] = await session.run(
      `begin; set local lock_timeout = ${lockTimeoutMilliseconds}; set local statement_timeout = ${statementTimeoutMilliseconds}; select pg_backend_pid() as pid`,
    );
    const pid = Number(backend?.pid);
    this.#writing.add(pid);
    const watch = setInterval(() => void this.#nameBlockers(pid, blockers), Math.max(200, lockTimeoutMilliseconds / 3));
    try {
      const result = await work(session);
      if (this.#cancelled) throw new DatabaseError("cancelled; nothing was changed", "57014");
      await session.run("commit");
      return result;
    } catch (error) {
      await session.run("rollback").catch(() => undefined);
      throw error;
    } finally {
      clearInterval(watch);
      this.#writing.delete(pid);
    }
  }

  async #nameBlockers(pid: number, blockers: string[]): Promise<void> {
    try {
      const [rows = []] = await this.read(`
        select format('session %s (user %s, application %s, %s for %s s)', pid, usename, coalesce(nullif(application_name, ''), 'unnamed'),
          state, round(extract(epoch from clock_timestamp() - coalesce(xact_start, backend_start)))) as session
        from pg_stat_activity where pid = any (pg_blocking_pids(${pid}))`);
      blockers.push(...rows.map((row) => String(row.session)));
    } catch {
      // Naming the holder is a courtesy; the attempt itself reports what went wrong.
    }
  }

  #session(client: pg.PoolClient): Session {
    return {
      run: async (script) => {
        this.roundTrips++;
        const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
        return (Array.isArray(answer) ? answer : [answer]).map((result) => result.rows);
      },
    };
  }

  async #withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw new DatabaseError(
        `can't connect to ${this.settings.description}: ${describeError(error)}`,
        sqlStateOf(error),
      );
    }
    let broken = false;
    const onError = () => {
      broken = true;
    };
    client.on("error", onError);
    try {
      let ready = this.#ready.get(client);
      if (!ready) {
        ready = this.#session(client).run(sessionSettings);
        this.#ready.set(client, ready);
      }
      await ready;
      return await work(client);
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }
}

function newPool({ client }: ConnectionSettings, max: number): pg.Pool {
  const pool = new pg.Pool({ ...client, max, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
  pool.on("error", () => {
    // An idle connection was closed by the server; the next query opens another one.
  });
  return pool;
}

/** Lock time-outs, deadlocks and serialisation failures pass when tried again. */
function isRetryable(error: unknown): boolean {
  return ["55P03", "40P01", "40001"].includes(sqlStateOf(error) ?? "");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
