import pg from "pg";
import type { Major } from "../../infra/local/index.ts";
import { startTestServer, type TestDatabase } from "./test-server.ts";

export interface OpenDatabase {
  readonly database: TestDatabase;
  /** A superuser's session. */
  readonly client: pg.Client;
  readonly close: () => Promise<void>;
}

/** A database on a server of its own, with a session in it. */
export async function openDatabase(major: Major): Promise<OpenDatabase> {
  const server = await startTestServer(major);
  const database = await server.createDatabase();
  const client = new pg.Client(database.superuserUrl);
  await client.connect();
  return {
    database,
    client,
    async close() {
      await client.end();
      await server.stop();
    },
  };
}
