import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { quoteIdentifier } from "../../sql/quote.ts";
import { MigrationSession, resetSession } from "./session.ts";

/**
 * One database session for one job of the schema engine.
 *
 * `@prisma/adapter-pg` is made for queries, and breaks migrations in two ways. It uses any connection of a pool and discards a connection
 * after an error, so that the advisory lock is lost while the deployment continues. And it splits a script at every semicolon, even inside a
 * function's body or a string. Here every statement runs in one session, and a script is sent in one message, which makes it one
 * transaction, as in Prisma's command line.
 */
export class PrismaSession extends MigrationSession {
  /** Runs any other statement of the engine. */
  runStatement: <T>(send: () => Promise<T>) => Promise<T> = (send) => send();

  /** Runs a script that the engine sends. */
  runScript: (script: string) => Promise<void> = async (script) => {
    await this.client.query(script);
  };

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

  /** The connections for the engine: always this session, and a temporary database when the engine asks for a shadow database. */
  get connections(): SqlMigrationAwareDriverAdapterFactory {
    return {
      provider: "postgres",
      adapterName: "@prisma/adapter-pg",
      connect: () => this.#adapt(this.client, this.runScript, async () => {}),
      connectToShadowDb: () => this.#connectToShadow(),
    };
  }

  async #adapt(
    client: pg.Client,
    runScript: (script: string) => Promise<void>,
    dispose: () => Promise<void>,
  ): Promise<SqlDriverAdapter> {
    const { PrismaPg } = await import("@prisma/adapter-pg");
    const adapter = await new PrismaPg(this.#poolOfOne(client), { schema: this.schema }).connect();
    const executeScript = (script: string) => runScript(script).catch(rethrowForEngine);
    return Object.assign(adapter, { executeScript, dispose, queryRaw: await withKindsOfConstraints(adapter) });
  }

  /** The engine replays a folder of migrations in an empty database to find the resulting schema. */
  async #connectToShadow(): Promise<SqlDriverAdapter> {
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await this.client.query(`create database ${quoteIdentifier(database)}`);
    const client = new pg.Client({ ...this.config, database });
    const dispose = async () => {
      await client.end();
      await this.client.query(`drop database ${quoteIdentifier(database)}`);
    };
    try {
      await client.connect();
      await client.query(resetSession(this.schema));
    } catch (error) {
      await dispose();
      throw error;
    }
    const runScript = async (script: string) => {
      await client.query(script);
      await client.query(resetSession(this.schema));
    };
    return this.#adapt(client, runScript, dispose);
  }

  /** The pool that the adapter asks for, holding one session that nobody closes. */
  #poolOfOne(client: pg.Client): pg.Pool {
    const query = async (statement: pg.QueryConfig) =>
      nameCharColumns(await this.runStatement(() => client.query(statement)));
    const borrowed = new Proxy(client, { get: (target, key) => answer(target, key, { query, release: () => {} }) });
    return new Proxy(new pg.Pool(), {
      get: (target, key) => answer(target, key, { query, connect: async () => borrowed }),
    });
  }
}

async function rethrowForEngine(error: unknown): Promise<never> {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { DriverAdapterError } = await import("@prisma/driver-adapter-utils");
  const { code = "XX000", severity = "ERROR", message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

/**
 * The engine reads a constraint's kind as PostgreSQL's type "char", which the adapter returns as text. Without this
 * conversion, it panics on any database with a CHECK constraint.
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

function answer(target: object, key: string | symbol, replaced: Readonly<Record<string, unknown>>): unknown {
  if (typeof key === "string" && key in replaced) return replaced[key];
  const value: unknown = Reflect.get(target, key);
  return typeof value === "function" ? value.bind(target) : value;
}

/**
 * The adapter refuses PostgreSQL's type "char", which the catalogs that the engine reads use for codes. The engine
 * accepts it as text.
 */
function nameCharColumns(result: pg.QueryResult): pg.QueryResult {
  const fields = result.fields.map((field) =>
    field.dataTypeID === pg.types.builtins.CHAR ? { ...field, dataTypeID: pg.types.builtins.TEXT } : field,
  );
  return Object.assign(result, { fields });
}
