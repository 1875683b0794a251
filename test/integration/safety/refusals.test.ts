import { chownSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "../truth/direct.ts";

const declared = {
  table: "public.notes",
  policies: { mine: { command: "select", using: "owner = current_user" } },
};

describe.each([17, 15] as const)("a database that takes no change from us, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: TestDatabase;
  const providers: DirectProvider[] = [];

  beforeAll(async () => {
    server = await startTestServer(major);
    database = await server.createDatabase();
    await query(database.url, "create table public.notes (id int primary key, owner text)");
    await query(database.superuserUrl, "create role limited login password 'pw'");
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    const reset = `alter database ${database.database} reset default_transaction_read_only; alter role limited connection limit -1`;
    await query(database.superuserUrl, reset);
  });
  afterAll(() => server.stop());

  it("is previewed while it is read-only, and an update says why it changes nothing, and what to do", async () => {
    await query(database.superuserUrl, `alter database ${database.database} set default_transaction_read_only = on`);
    expect(await preview()).toBe("fine");
    expect(await preview({ ...declared, policies: { mine: { using: "nonsense" } } })).toContain(
      'column "nonsense" does not exist',
    );
    expect(await create()).toMatch(
      /read-only transaction\. The database takes no writes: it is a standby, or default_transaction_read_only is on.*run this again/,
    );
    expect(await query(database.url, "select from pg_policy")).toEqual([]);
  });

  it("says to a role without rights who may change the table, and asks for no right that this does not need", async () => {
    expect(await preview(declared, asLimited())).toMatch(
      /^owner: public\.notes belongs to postgres, and only that role may change it\. .*connect as a role that may act as postgres$/,
    );
  });

  it("says what to do where every connection is taken", async () => {
    await query(database.superuserUrl, "alter role limited connection limit 0");
    expect(await preview(declared, asLimited())).toMatch(
      /^can't connect to 127\.0\.0\.1:\d+\/\w+: too many connections for role "limited"\. Every connection that the server allows is taken.*run this again$/,
    );
  });

  it("is named as a standby, by a preview that has to ask something and by an update", async () => {
    const signal = join(dirname(server.logFile), "data", "standby.signal");
    writeFileSync(signal, "");
    const { uid, gid } = statSync(dirname(signal));
    chownSync(signal, uid, gid);
    await server.restart();
    expect(await preview()).toContain("The database is a standby, where nothing can be checked or changed");
    expect(await create()).toContain("is a standby");
    expect(await preview(declared, `${database.url}?target_session_attrs=read-write`)).toContain(
      "is a standby, and target_session_attrs=read-write in the connection string wants another: connect to the primary",
    );
    rmSync(signal);
    await server.restart();
    expect(await preview(declared, `${database.url}?target_session_attrs=primary`)).toBe("fine");
  });

  function asLimited(): string {
    const url = new URL(database.url);
    url.username = "limited";
    url.password = "pw";
    return url.toString();
  }

  async function preview(input: Properties = declared, url = database.url): Promise<string> {
    return await told(url, (provider, desired) => provider.previewCreate("TableAccess", "notes", desired), input);
  }

  async function create(): Promise<string> {
    return await told(database.url, (provider, desired) => provider.create("TableAccess", "notes", desired), declared);
  }

  /** The error that a person reads, or "fine". */
  async function told(
    url: string,
    work: (provider: DirectProvider, desired: Properties) => Promise<unknown>,
    input: Properties,
  ): Promise<string> {
    const provider = new DirectProvider(url);
    providers.push(provider);
    try {
      await work(provider, (await provider.check("TableAccess", "notes", input)) as Properties);
      return "fine";
    } catch (error) {
      return (error as Error).message;
    }
  }
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, options: "-c default_transaction_read_only=off" });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
