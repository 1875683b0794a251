import pg from "pg";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";
import { prepareDatabase, type Size } from "./workload.ts";

/** The server that everything is measured on: started when first needed, as tests start theirs. */
export class BenchServer {
  #server: Promise<TestServer> | undefined;

  /** An empty database that behaves as a hosted project's. */
  async createDatabase(): Promise<TestDatabase> {
    this.#server ??= startTestServer(17);
    return await (await this.#server).createDatabase();
  }

  /** A database with the tables that the workload's stack declares policies for. */
  async createWorkloadDatabase(size: Size): Promise<TestDatabase> {
    const database = await this.createDatabase();
    await withClient(database.url, (client) => client.query(prepareDatabase(size)));
    // As on a database that has been there for a while; the catalog's own statistics matter for how it is read.
    await withClient(database.superuserUrl, (client) => client.query("vacuum analyze"));
    return database;
  }

  async version(): Promise<string> {
    const database = await this.createDatabase();
    const { rows } = await withClient(database.url, (client) =>
      client.query<{ server_version: string }>("show server_version"),
    );
    await database.drop();
    return rows[0]?.server_version ?? "unknown";
  }

  async stop(): Promise<void> {
    await (await this.#server)?.stop();
  }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
