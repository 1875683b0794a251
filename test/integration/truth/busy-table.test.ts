import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { untilWaiting } from "../../support/sessions.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "./direct.ts";

describe("a preview of what uses a table that somebody is changing", () => {
  let server: TestServer;
  let database: TestDatabase;
  let holder: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    holder = new pg.Client(database.url);
    await holder.connect();
    await holder.query("create table public.busy (id text primary key)");
  });
  afterEach(() => holder.query("rollback"));
  afterAll(async () => {
    await holder.end();
    await server.stop();
  });

  const declared = [
    ["TableAccess", { table: "public.busy", policies: { mine: { using: "id = 'a'" } } }],
    [
      "Function",
      {
        definition:
          "create function public.count_busy() returns bigint language sql as 'select count(*) from public.busy'",
      },
    ],
    ["Publication", { name: "busy", tables: { "public.busy": { where: "id = 'a'" } } }],
  ] as const;

  it.each(declared)("waits and goes through: %s", async (kind, input) => {
    const provider = new DirectProvider(database.url, { database: { lockTimeoutMilliseconds: 200 } });
    const normal = (await provider.check(kind, "busy", input)) as Properties;
    await holder.query("begin; lock table public.busy in access exclusive mode");
    const preview = provider.previewCreate(kind, "busy", normal);
    await untilWaiting(holder);
    await holder.query("commit");
    await preview;
    await provider.close();
  });

  it.each(declared)("says in the end who holds it, and not that the declaration is wrong: %s", async (kind, input) => {
    const provider = new DirectProvider(database.url, { database: { lockTimeoutMilliseconds: 200 } });
    const normal = (await provider.check(kind, "busy", input)) as Properties;
    await holder.query("begin; lock table public.busy in access exclusive mode");
    await expect(provider.previewCreate(kind, "busy", normal)).rejects.toThrow(
      /no lock could be had.*held by session \d+/s,
    );
    await provider.close();
  });
});
