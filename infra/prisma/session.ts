import { PrismaPg } from "@prisma/adapter-pg";
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import pg from "pg";
import { connectionSettings } from "../provider/connection.ts";
import { DatabaseError, describeError, redact, sqlStateOf } from "../provider/errors.ts";
import { quoteIdentifier } from "../resources/sql/quote.ts";

/** What a session can tell while the engine uses it. */
export interface SessionEvents {
  /** A script is about to be sent. */
  readonly onScript?: (script: string) => void;
  /** The server sent a notice, such as `RAISE NOTICE` in a migration. */
  readonly onNotice?: (text: string) => void;
}

/**
 * One database session for one job of the schema engine.
 *
 * `@prisma/adapter-pg` is made for queries, and two things about it break migrations: it takes any connection of a
 * pool, and throws a connection away after an error, so that the advisory lock is lost while the deployment goes on;
 * and it splits a script at every semicolon, also inside a function's body or a string. Here every statement runs in
 * one session, and a script is sent as it is, in one message, which makes it one transaction as in Prisma's command line.
 */
export class MigrationSession {
  readonly client: pg.Client;
  readonly #config: pg.ClientConfig;
  readonly #schema: string;
  readonly #events: SessionEvents;
  #process: number | undefined;
  /** The last script that failed, and why in the database's own words. */
  failure: { readonly script: string; readonly error: pg.DatabaseError } | undefined;

  /** Opens the session. `schema` in the connection string is honoured as Prisma does; the default is `public`. */
  static async open(connectionString: string, events: SessionEvents = {}): Promise<MigrationSession> {
    const { client: config, description } = connectionSettings(connectionString);
    const schema = new URL(connectionString).searchParams.get("schema") ?? "public";
    const session = new MigrationSession(config, schema, events);
    try {
      await session.client.connect();
      await session.client.query(sessionSettings(schema));
      const { rows } = await session.client.query<{ process: number }>("select pg_backend_pid() as process");
      session.#process = rows[0]?.process;
    } catch (error) {
      await session.close();
      throw new DatabaseError(`Cannot connect to ${description}: ${describeError(error)}`, sqlStateOf(error));
    }
    return session;
  }

  private constructor(config: pg.ClientConfig, schema: string, events: SessionEvents) {
    this.#config = { ...config, application_name: "palisade" };
    this.#schema = schema;
    this.#events = events;
    this.client = new pg.Client(this.#config);
    this.client.on("error", () => {
      // A connection lost while idle; the next query fails and says so.
    });
    this.client.on("notice", (notice) => {
      if (isMeantForPeople(notice)) events.onNotice?.(redact(`${notice.severity}: ${notice.message}`));
    });
  }

  /** The connections for the engine: always this session, and a database of its own where the engine asks for a shadow. */
  get connections(): SqlMigrationAwareDriverAdapterFactory {
    return {
      provider: "postgres",
      adapterName: "@prisma/adapter-pg",
      connect: () => this.#adapt(this.client, async () => {}),
      connectToShadowDb: () => this.#connectToShadow(),
    };
  }

  /** Cancels the statement that is running, from a connection of its own. */
  async cancel(): Promise<void> {
    const canceller = new pg.Client(this.#config);
    try {
      await canceller.connect();
      await canceller.query("select pg_cancel_backend($1)", [this.#process]);
    } finally {
      await canceller.end();
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }

  async #adapt(client: pg.Client, dispose: () => Promise<void>): Promise<SqlDriverAdapter> {
    const adapter = await new PrismaPg(poolOfOne(client), { schema: this.#schema }).connect();
    const changed: Partial<SqlDriverAdapter> = { dispose, executeScript: (script) => this.#runScript(client, script) };
    return Object.assign(adapter, changed);
  }

  async #runScript(client: pg.Client, script: string): Promise<void> {
    this.#events.onScript?.(script);
    try {
      await client.query(script);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      this.failure = { script, error };
      throw new DriverAdapterError({
        kind: "postgres",
        code: error.code ?? "XX000",
        severity: error.severity ?? "ERROR",
        message: error.message,
        detail: error.detail,
        column: error.column,
        hint: error.hint,
      });
    }
  }

  /** The engine replays a migration folder in an empty database to learn the schema it describes; it is dropped afterwards. */
  async #connectToShadow(): Promise<SqlDriverAdapter> {
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await this.client.query(`create database ${quoteIdentifier(database)}`);
    const client = new pg.Client({ ...this.#config, database });
    await client.connect();
    await client.query(sessionSettings(this.#schema));
    return this.#adapt(client, async () => {
      await client.end();
      await this.client.query(`drop database ${quoteIdentifier(database)}`);
    });
  }
}

/** In UTC because the adapter drops the offset of a time it reads. */
function sessionSettings(schema: string): string {
  const searchPath = schema === "public" ? "public, extensions" : quoteIdentifier(schema);
  return `set search_path = ${searchPath}; set standard_conforming_strings = on; set timezone = 'UTC'`;
}

/** A migration's own `RAISE NOTICE` and every warning; not the server's remarks such as "already exists, skipping". */
function isMeantForPeople({
  severity,
  code,
}: {
  readonly severity: string | undefined;
  readonly code: string | undefined;
}): boolean {
  return severity === "WARNING" || code === "00000";
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
