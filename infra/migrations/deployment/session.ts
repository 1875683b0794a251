import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { type ConnectionSettings, connectionSettings } from "../../database/connection.ts";
import { cantConnect } from "../../database/connection-error.ts";
import { ControlSession } from "../../database/control-session.ts";
import { LockWait } from "../../database/lock-wait.ts";
import { pinSettings, placesOfNewObjects } from "../../database/session-settings.ts";
import { redact } from "../../errors/errors.ts";
import { quoteIdentifier } from "../../sql/quote.ts";

/**
 * One database session for one job of the schema engine.
 *
 * `@prisma/adapter-pg` is made for queries, and breaks migrations in two ways. It uses any connection of a pool and discards a connection
 * after an error, so that the advisory lock is lost while the deployment continues. And it splits a script at every semicolon, even inside a
 * function's body or a string. Here every statement runs in one session, and a script is sent in one message, which makes it one
 * transaction, as in Prisma's command line.
 */
export class MigrationSession {
  readonly client: pg.Client;
  /** The schema in which migrations create objects, and which contains their history. */
  readonly schema: string;
  /** Receives a migration's own `RAISE NOTICE`, and warnings. */
  onNotice: (text: string) => void = () => {};
  /** Runs a script that the engine sends. */
  runScript: (script: string) => Promise<void> = async (script) => {
    await this.client.query(script);
  };
  readonly #config: pg.ClientConfig;
  readonly #control: ControlSession;
  #process = 0;

  /**
   * Opens the session. `?schema=` in the connection string is honoured as Prisma does; the default is `public`.
   * @throws {DatabaseError} when the database cannot be reached
   */
  static async open(connectionString: string): Promise<MigrationSession> {
    const settings = connectionSettings(connectionString);
    const session = new MigrationSession(settings);
    try {
      await session.client.connect();
      await session.resetSettings();
      const { rows } = await session.client.query<{ process: number }>("select pg_backend_pid() as process");
      session.#process = rows[0]?.process ?? 0;
    } catch (error) {
      await session.close();
      throw cantConnect(error, settings.description);
    }
    return session;
  }

  private constructor(settings: ConnectionSettings) {
    this.#config = { ...settings.client, application_name: "palisade" };
    this.#control = new ControlSession(settings, "palisade");
    this.schema = settings.schema;
    this.client = new pg.Client(this.#config);
    this.client.on("error", () => {
      // The connection was lost while nothing was asked of it; the next statement fails and says so.
    });
    this.client.on("notice", (notice) => {
      if (isMeantForPeople(notice)) this.onNotice(redact(`${notice.severity}: ${notice.message}`));
    });
  }

  /** The table of applied migrations, as SQL. */
  get historyTable(): string {
    return `${quoteIdentifier(this.schema)}._prisma_migrations`;
  }

  async hasHistory(): Promise<boolean> {
    const { rows } = await this.client.query("select 1 from pg_catalog.pg_class where oid = to_regclass($1)", [
      this.historyTable,
    ]);
    return rows.length > 0;
  }

  /** The number of the server process behind the session. */
  get process(): number {
    return this.#process;
  }

  /** The connections for the engine: always this session, and a temporary database when the engine asks for a shadow database. */
  get connections(): SqlMigrationAwareDriverAdapterFactory {
    return {
      provider: "postgres",
      adapterName: "@prisma/adapter-pg",
      connect: () => this.#adapt(this.client, this.runScript, async () => {}),
      connectToShadowDb: () => this.#connectToShadow(),
    };
  }

  /** Undoes what a migration may have SET, such as the empty search_path of a dump, with which the engine would not find its own table. */
  async resetSettings(): Promise<void> {
    await this.client.query(`reset session authorization; reset role; reset all; ${settings(this.schema)}`);
  }

  /** Rolls back the open transaction, and hides the server's warning if there is none. */
  async rollBack(): Promise<void> {
    const { onNotice } = this;
    this.onNotice = () => {};
    await this.client.query("rollback").catch(() => {});
    this.onNotice = onNotice;
  }

  /** Cancels the statement that is running. */
  async cancel(): Promise<void> {
    await this.#control.cancel([this.#process]);
  }

  /** How one transaction of a migration waits for its locks. */
  lockWait(options: { readonly lockTimeoutMilliseconds: number; readonly lockAttempts: number }): LockWait {
    return new LockWait(this.#control, { ...options, firstTimeoutMilliseconds: options.lockTimeoutMilliseconds });
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
    await this.#control.close();
  }

  async #adapt(
    client: pg.Client,
    runScript: (script: string) => Promise<void>,
    dispose: () => Promise<void>,
  ): Promise<SqlDriverAdapter> {
    const { PrismaPg } = await import("@prisma/adapter-pg");
    const adapter = await new PrismaPg(poolOfOne(client), { schema: this.schema }).connect();
    const executeScript = (script: string) => runScript(script).catch(rethrowForEngine);
    return Object.assign(adapter, { executeScript, dispose, queryRaw: await withKindsOfConstraints(adapter) });
  }

  /** The engine replays a folder of migrations in an empty database to find the resulting schema. */
  async #connectToShadow(): Promise<SqlDriverAdapter> {
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await this.client.query(`create database ${quoteIdentifier(database)}`);
    const client = new pg.Client({ ...this.#config, database });
    const dispose = async () => {
      await client.end();
      await this.client.query(`drop database ${quoteIdentifier(database)}`);
    };
    try {
      await client.connect();
      await client.query(settings(this.schema));
    } catch (error) {
      await dispose();
      throw error;
    }
    const runScript = async (script: string) => {
      await client.query(script);
      await client.query(`reset all; ${settings(this.schema)}`);
    };
    return this.#adapt(client, runScript, dispose);
  }
}

/**
 * Times are in UTC because the adapter drops the offset of a time that it reads. There is no statement time-out: a hosted project's is two
 * minutes, too short for a large index. There is one for idle sessions: such a session has lost its client, and would keep Prisma's lock.
 */
function settings(schema: string): string {
  const searchPath = schema === "public" ? "public, extensions" : quoteIdentifier(schema);
  return `set search_path = ${searchPath}; ${pinSettings({ except: placesOfNewObjects })}; set statement_timeout = 0; set idle_session_timeout = '30s'`;
}

/** A migration's own `RAISE NOTICE` and every warning; not the server's remarks such as "already exists, skipping". */
function isMeantForPeople(notice: {
  readonly severity: string | undefined;
  readonly code: string | undefined;
}): boolean {
  return notice.severity === "WARNING" || notice.code === "00000";
}

async function rethrowForEngine(error: unknown): Promise<never> {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { DriverAdapterError } = await import("@prisma/driver-adapter-utils");
  const { code = "XX000", severity = "ERROR", message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

/**
 * The engine reads the kind of a constraint as PostgreSQL's type "char", which the adapter hands on as text: without this it panics on any
 * database with a CHECK constraint.
 */
async function withKindsOfConstraints(adapter: SqlDriverAdapter): Promise<SqlDriverAdapter["queryRaw"]> {
  const { ColumnTypeEnum } = await import("@prisma/driver-adapter-utils");
  const queryRaw = adapter.queryRaw.bind(adapter);
  return async (query) => {
    const { columnTypes, ...result } = await queryRaw(query);
    const types = columnTypes.map((type, index) =>
      result.columnNames[index] === "constraint_type" ? ColumnTypeEnum.Character : type,
    );
    return { ...result, columnTypes: types };
  };
}

/** The pool that the adapter asks for, holding one session that nobody closes. */
function poolOfOne(client: pg.Client): pg.Pool {
  const query = async (statement: pg.QueryConfig) => nameCharColumns(await client.query(statement));
  const borrowed = new Proxy(client, { get: (target, key) => answer(target, key, { query, release: () => {} }) });
  return new Proxy(new pg.Pool(), {
    get: (target, key) => answer(target, key, { query, connect: async () => borrowed }),
  });
}

function answer(target: object, key: string | symbol, replaced: Readonly<Record<string, unknown>>): unknown {
  if (typeof key === "string" && key in replaced) return replaced[key];
  const value: unknown = Reflect.get(target, key);
  return typeof value === "function" ? value.bind(target) : value;
}

/** The adapter refuses PostgreSQL's type "char", in which the catalog that the engine reads keeps its codes. The engine takes it as text. */
function nameCharColumns(result: pg.QueryResult): pg.QueryResult {
  const fields = result.fields.map((field) =>
    field.dataTypeID === pg.types.builtins.CHAR ? { ...field, dataTypeID: pg.types.builtins.TEXT } : field,
  );
  return Object.assign(result, { fields });
}
