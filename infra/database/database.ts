import pg from "pg";
import { DatabaseError, InputError } from "../errors/errors.ts";
import { searchPathSetting } from "../sql/search-path.ts";
import { type ConnectionSettings, connectionSettings } from "./connection.ts";
import { cantConnect } from "./connection-error.ts";
import { ControlSession } from "./control-session.ts";
import { DeploymentLock } from "./deployment-lock.ts";
import { cancelled, explainFailure, explainRefusal, isConnectionLost, lostInCommit } from "./failures.ts";
import { isLockFailure, LockWait, lockDefaults } from "./lock-wait.ts";
import { pinSettings } from "./session-settings.ts";
import { Turns } from "./turns.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One connection inside one transaction. A script of several statements is one round trip. */
export interface Session {
  /** Runs one or more statements and returns the rows of each. */
  run(script: string): Promise<Row[][]>;
}

export interface DatabaseOptions {
  /**
   * The longest that one attempt waits in the queue for a lock, with the application queued behind it. Default: 3,000.
   */
  readonly lockTimeoutMilliseconds?: number;
  /** The minimum number of attempts to get a lock before the change fails. Default: 5. */
  readonly lockAttempts?: number;
  /** The time after which a statement is cancelled and its transaction rolled back. Default: 60,000. */
  readonly statementTimeoutMilliseconds?: number;
  /**
   * Distinguishes this run of Pulumi from others that change the same database. Absent: the session waits for nobody.
   */
  readonly run?: string;
  readonly stack?: string;
  /** Where the connection string comes from, for messages: `the environment variable DIRECT_URL`. */
  readonly source?: () => string;
}

export interface TransactionOptions {
  /** Statements that are sent together with BEGIN. */
  readonly opening?: string;
  /** Called when the transaction has to wait for somebody. */
  readonly onRetry?: (message: string) => void;
}

/**
 * The live database, over a few pooled connections.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
 */
export class Database {
  readonly settings: ConnectionSettings;
  readonly #options: Required<DatabaseOptions>;
  readonly #writers: Connections;
  /**
   * A separate connection, because a transaction that writes may have to read something before it continues, while all
   * writers are in use.
   */
  readonly #reader: Connections;
  readonly #control: ControlSession;
  readonly #deployment: DeploymentLock;
  readonly #backends = new WeakMap<pg.PoolClient, Promise<number>>();
  readonly #writing = new Set<number>();
  readonly #cancelling = new AbortController();
  /** The number of scripts sent so far; each is one round trip. */
  roundTrips = 0;

  constructor(connectionString: string, options: DatabaseOptions = {}) {
    this.#options = { ...defaults(), ...options };
    this.settings = readSettings(connectionString, this.#options.source);
    this.#writers = connections(this.settings, 4);
    this.#reader = connections(this.settings, 1);
    const { run, stack } = this.#options;
    this.#control = new ControlSession(this.settings, `palisade${stack === "" ? "" : ` ${stack}`}`);
    this.#deployment = new DeploymentLock(this.#control, run);
  }

  /**
   * Reads without changing anything. The transaction may create temporary objects, even if the role may not write
   * otherwise, and is always rolled back.
   */
  async look<T>(work: (session: Session) => Promise<T>, begin = "begin read write"): Promise<T> {
    const wait = new LockWait(this.#control, this.#options, this.#writing);
    const looking = this.#withLocks(wait, () =>
      this.#withClient(this.#reader, async (client, backend) => {
        const session = this.#session(client);
        await session.run(`${begin}; set local lock_timeout = ${wait.lockTimeout}`);
        try {
          return await wait.watch(backend, () => work(session));
        } finally {
          await session.run("rollback").catch(() => undefined);
        }
      }),
    );
    return await looking.catch((error: unknown) => {
      throw explainRefusal(error, this.settings.client.user);
    });
  }

  /** Runs one read-only script in one round trip. */
  async read(script: string): Promise<Row[][]> {
    return await this.#withClient(this.#reader, (client) => this.#session(client).run(script));
  }

  /**
   * Runs the work in one transaction, while no other deployment changes this database. It is retried if a lock could
   * not be acquired in time; the application never queues behind it for longer than that.
   */
  async transaction<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    await this.claim(options.onRetry);
    const wait = new LockWait(this.#control, this.#options, this.#writing);
    return await this.#withLocks(
      wait,
      () =>
        this.#withClient(this.#writers, (client, backend) =>
          wait.watch(backend, () => this.#attempt(client, backend, work, wait.lockTimeout, options.opening)),
        ),
      options.onRetry,
    );
  }

  /**
   * Waits until no other deployment changes this database, and keeps others out until this one is closed.
   * @throws {DatabaseError} naming the other deployment if it has not finished within twenty times the lock time-out
   */
  async claim(onWait: (message: string) => void = () => undefined): Promise<void> {
    if (this.#options.run === "") return;
    const timeoutMilliseconds = 20 * this.#options.lockTimeoutMilliseconds;
    const { signal } = this.#cancelling;
    try {
      await this.#deployment.take({ timeoutMilliseconds, onWait, signal });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Cancels the running writes; their transactions are rolled back. */
  async cancel(): Promise<void> {
    this.#cancelling.abort();
    if (this.#writing.size > 0) await this.#control.cancel([...this.#writing]).catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all([this.#writers.pool.end(), this.#reader.pool.end()]);
    await this.#control.close();
  }

  async #withLocks<T>(wait: LockWait, attempt: () => Promise<T>, onWait?: (message: string) => void): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const { signal } = this.#cancelling;
        if (!isLockFailure(error) || signal.aborted) throw this.#explain(error);
        const tell = (heldBy: string) => onWait?.(`waiting for a lock${heldBy}; trying again`);
        if (!(await wait.pause(signal, tell))) throw wait.refusal(error);
      }
    }
  }

  async #attempt<T>(
    client: pg.PoolClient,
    backend: number,
    work: (session: Session) => Promise<T>,
    lockTimeout: number,
    opening = "",
  ): Promise<T> {
    const session = this.#session(client);
    const { signal } = this.#cancelling;
    const cancellable: Session = {
      run: async (script) => {
        if (signal.aborted) throw cancelled();
        return await session.run(script);
      },
    };
    this.#writing.add(backend);
    try {
      await cancellable.run(`begin; set local lock_timeout = ${lockTimeout}; ${opening}`);
      const result = await work(cancellable);
      await cancellable.run("commit").catch((error: unknown) => {
        throw isConnectionLost(error) ? lostInCommit(this.settings.description) : error;
      });
      return result;
    } catch (error) {
      await session.run("rollback").catch(() => undefined);
      throw error;
    } finally {
      this.#writing.delete(backend);
    }
  }

  #session(client: pg.PoolClient): Session {
    const session = sessionOf(client);
    return {
      run: async (script) => {
        this.roundTrips++;
        return await session.run(script);
      },
    };
  }

  async #withClient<T>(
    { pool, turns }: Connections,
    work: (client: pg.PoolClient, backend: number) => Promise<T>,
  ): Promise<T> {
    return await turns.take(async () => {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw cantConnect(error, this.settings.description, this.#options.source());
      }
      let broken = false;
      const onError = () => {
        broken = true;
      };
      client.on("error", onError);
      try {
        return await work(client, await this.#prepare(client));
      } finally {
        client.off("error", onError);
        client.release(broken);
      }
    });
  }

  /** @returns the process id of the server process */
  #prepare(client: pg.PoolClient): Promise<number> {
    const known = this.#backends.get(client);
    if (known !== undefined) return known;
    const { lockTimeoutMilliseconds, statementTimeoutMilliseconds } = this.#options;
    const script = `set statement_timeout = ${statementTimeoutMilliseconds}; set lock_timeout = ${lockTimeoutMilliseconds};
      set application_name = 'palisade'; set client_min_messages = error; set search_path = ${searchPathSetting};
      ${pinSettings()}; select pg_backend_pid() as pid, pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') = 'on' as readonly`;
    const backend = this.#session(client)
      .run(script)
      .then((results) => {
        const [row = {}] = results.at(-1) ?? [];
        this.#refuseOtherThan(this.settings.mustBe, row);
        return Number(row.pid);
      });
    this.#backends.set(client, backend);
    return backend;
  }

  #refuseOtherThan(wanted: ConnectionSettings["mustBe"], { standby, readonly }: Row): void {
    if (wanted === "any" || !(standby || (readonly && wanted === "read-write"))) return;
    throw new DatabaseError(
      `${this.settings.description} is ${standby ? "a standby" : "read-only"}, and target_session_attrs=${wanted} in the connection string wants another: connect to the primary`,
      undefined,
    );
  }

  /** Turns a failure, or the lack of a server, into an error with advice. */
  #explain(error: unknown): unknown {
    const { statementTimeoutMilliseconds } = this.#options;
    const isCancelled = this.#cancelling.signal.aborted;
    return explainFailure(error, this.settings.description, { isCancelled, statementTimeoutMilliseconds });
  }
}

/** Runs scripts on a connection; each may hold several statements, with a list of rows each. */
export function sessionOf(client: pg.ClientBase): Session {
  return {
    async run(script) {
      const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return (Array.isArray(answer) ? answer : [answer]).map((result) => result.rows);
    },
  };
}

function defaults(): Required<DatabaseOptions> {
  return {
    ...lockDefaults,
    statementTimeoutMilliseconds: 60_000,
    run: "",
    stack: "",
    source: () => "",
  };
}

function readSettings(connectionString: string, describeSource: () => string): ConnectionSettings {
  try {
    return connectionSettings(connectionString);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const source = describeSource();
    throw source === "" ? error : new InputError(`${source}: ${error.message}`);
  }
}

interface Connections {
  readonly pool: pg.Pool;
  /**
   * If all connections are in use, callers wait here: in the pool they would get a connection error after fifteen
   * seconds.
   */
  readonly turns: Turns;
}

function connections({ client }: ConnectionSettings, max: number): Connections {
  const pool = new pg.Pool({ ...client, max, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
  pool.on("error", () => {
    // The server closed an idle connection; the next query opens a new one.
  });
  return { pool, turns: new Turns(max) };
}
