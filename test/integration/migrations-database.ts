import { rmSync } from "node:fs";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Major } from "../../infra/local/index.ts";
import { createTestFolder } from "../support/folder.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

/** What each test of a suite has for itself; the server is the suite's. */
export interface MigrationsDatabase {
  readonly database: TestDatabase;
  /** Connected as `postgres`, who is no superuser. */
  readonly client: pg.Client;
  /** The project's folder, empty. */
  readonly project: string;
  /** Whether there is such a table, index or the like. */
  exists(relation: string): Promise<boolean>;
  /** Another database on the suite's server. */
  createDatabase(): Promise<TestDatabase>;
}

/** Gives every test of the suite that calls it a database and a folder. */
export function useMigrationsDatabase(major: Major): MigrationsDatabase {
  let server: TestServer;
  let database: TestDatabase;
  let project: string;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    database = await server.createDatabase();
    project = createTestFolder();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterEach(async () => {
    await client.end().catch(() => {});
    await database.drop();
    rmSync(project, { recursive: true });
  });

  return {
    get database() {
      return database;
    },
    get client() {
      return client;
    },
    get project() {
      return project;
    },
    async exists(relation) {
      const { rows } = await client.query("select to_regclass($1) is not null as found", [relation]);
      return rows[0].found as boolean;
    },
    createDatabase: () => server.createDatabase(),
  };
}
