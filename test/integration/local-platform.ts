import { Client } from "pg";
import { afterAll, beforeAll, describe } from "vitest";
import type { Major } from "../../infra/local/index.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

/** What the tests of the local platform have at hand: one server, and one database that no test changes for good. */
export interface Platform {
  readonly server: () => TestServer;
  readonly database: () => TestDatabase;
  /** Runs some work as `postgres`, or `supabase_admin`, in a transaction that is rolled back. */
  readonly trying: <T>(work: (session: Session) => Promise<T>, as?: "postgres" | "superuser") => Promise<T>;
}

/** One session in a transaction. */
export interface Session {
  readonly client: Client;
  /** Runs a statement and gives its rows. */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Gives the only value of the only row. */
  value(sql: string, values?: readonly unknown[]): Promise<unknown>;
  /** Runs a statement that must fail, undoes it, and gives "SQLSTATE message". */
  refusal(sql: string): Promise<string>;
}

/** Describes the same behaviour on each major version that hosted projects run. One test file starts each once. */
export function describePlatform(name: string, tests: (platform: Platform) => void): void {
  describe.each([17, 15] as const)(`${name}, on PostgreSQL %i`, (major) => {
    let server: TestServer | undefined;
    let database: TestDatabase | undefined;
    beforeAll(async () => {
      server = await startOnce(major);
      database = await server.createDatabase();
    });
    tests({
      server: () => existing(server),
      database: () => existing(database),
      async trying(work, as = "postgres") {
        const { url, superuserUrl } = existing(database);
        const session = await openSession(as === "postgres" ? url : superuserUrl);
        try {
          await session.run("begin");
          return await work(session);
        } finally {
          await session.client.end();
        }
      },
    });
  });
}

/** Opens a session of its own; the caller ends its client. */
export async function openSession(url: string): Promise<Session> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  async function run(sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  }
  return {
    client,
    run,
    async value(sql, values) {
      const [row] = await run(sql, values);
      return row && Object.values(row)[0];
    },
    async refusal(sql) {
      await run("savepoint before");
      try {
        await run(sql);
      } catch (error) {
        await run("rollback to savepoint before");
        return describeError(error);
      }
      throw new Error(`This should have been refused: ${sql}`);
    },
  };
}

/** An error of the server's as "SQLSTATE message". */
function describeError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return `${code} ${error instanceof Error ? error.message : String(error)}`.trim();
}

const servers = new Map<Major, Promise<TestServer>>();

afterAll(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});

function startOnce(major: Major): Promise<TestServer> {
  const server = servers.get(major) ?? startTestServer(major);
  servers.set(major, server);
  return server;
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error("The server has not been started.");
  }
  return value;
}
