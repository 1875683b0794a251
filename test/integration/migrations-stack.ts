import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Major } from "../../infra/local/index.ts";
import { type StackOptions, TestStack } from "../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

/** A stack on a database of its own, with a folder `migrations` that the test writes. */
export interface MigrationsStack {
  readonly server: TestServer;
  readonly database: TestDatabase;
  readonly stack: TestStack;
  /** Connected as `postgres`, who is no superuser. */
  readonly client: pg.Client;
  /** Writes a file of the project, such as `migrations/1_first/migration.sql`. */
  write(file: string, text: string): void;
  migration(name: string, script: string): void;
  remove(path: string): void;
  /** Runs a query until it gives a row. */
  until(sql: string): Promise<void>;
  close(): Promise<void>;
}

export async function openMigrationsStack(
  major: Major,
  options: Omit<StackOptions, "database"> = {},
): Promise<MigrationsStack> {
  const server = await startTestServer(major);
  const database = await server.createDatabase();
  const stack = await TestStack.create({ ...options, database });
  const client = new pg.Client(database.url);
  await client.connect();
  const write = (file: string, text: string) => {
    const path = join(stack.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  return {
    server,
    database,
    stack,
    client,
    write,
    migration: (name, script) => write(`migrations/${name}/migration.sql`, script),
    remove: (path) => rmSync(join(stack.folder, path), { recursive: true }),
    async until(sql) {
      while ((await stack.sql(sql)).length === 0) await pause(20);
    },
    async close() {
      await client.end();
      await stack.close();
      await server.stop();
    },
  };
}
