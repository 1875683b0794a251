import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { samples } from "../../kinds/index.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "../truth/direct.ts";

/** What several kinds' ids name. */
const setup = `
  create schema private;
  create type public."Role" as enum ('OWNER');
  create table public.import_tasks (id text, role public."Role");
  create table public."User" (id text);
  create table private.hidden (id text);
  create view public.import_view as select id from public.import_tasks;
  create materialized view public.import_copy as select id from public.import_tasks;
  alter table public."User" enable row level security`;

const accepted = samples.flatMap(({ kind, imports }) => imports.accepted.map((one) => [kind, ...one] as const));
const refused = samples.flatMap(({ kind, imports }) => imports.refused.map((one) => [kind, ...one] as const));

describe.each([17, 15] as const)("the id of an import, on PostgreSQL %i", (major) => {
  let server: TestServer | undefined;
  let provider: DirectProvider;
  let url: string;

  beforeAll(async () => {
    server = await startTestServer(major);
    const database = await server.createDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    for (const sql of [setup, ...samples.map(({ imports }) => imports.setup)])
      if (sql !== undefined) await client.query(sql);
    await client.end();
    url = database.url;
    provider = new DirectProvider(url);
  });
  afterAll(async () => {
    await provider?.close();
    await server?.stop();
  });
  const read = async (kind: string, id: string) => await provider.read(kind, "imported", { id, inputs: {}, kept: {} });

  it.each(samples)("is tried of a $kind, right and wrong", ({ imports }) => {
    expect(imports.accepted.length > 0).toBe(imports.isRefused !== true);
    expect(imports.refused.length).toBeGreaterThan(0);
  });

  it.each(accepted)("of a %s may be written %s", async (kind, spelling, id) => {
    const found = await read(kind, spelling);
    expect(found?.id).toBe(id);
    // What it holds is a declaration: the next check finds nothing wrong with it, and nothing else in it.
    const next = new DirectProvider(url);
    const checked = await next.check(kind, "imported", found?.inputs, found?.inputs);
    await next.close();
    const { settings = [] } = kindOf(kind);
    const isFound = ([name]: readonly [string, unknown]) => !settings.includes(name);
    const asFound = (properties: object) => Object.fromEntries(Object.entries(properties).filter(isFound));
    expect(Array.isArray(checked)).toBe(false);
    expect(asFound(checked)).toEqual(kindOf(kind).execute ? expect.anything() : asFound(found?.inputs ?? {}));
  });

  it.each(refused)("of a %s may not be written %s", async (kind, spelling, says) => {
    await expect(read(kind, spelling)).rejects.toThrow(says);
  });
});
