import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Major,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from "../../../infra/local/postgres/index.ts";
import { type Corpus, corpusSchema, readCorpus } from "../../support/corpus/corpus.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { TestStack } from "../../support/stack.ts";
import { DirectProvider } from "./direct.ts";
import { holdTables } from "./held-tables.ts";
import { printObjects } from "./printed-objects.ts";

const versions: Readonly<Record<Major, number>> = { 15: 150000, 17: 170000 };
const servers = new Map<Major, TestServer>();

beforeAll(async () => {
  for (const major of [15, 17] as const) servers.set(major, await startTestServer(major));
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
});

describe.each([17, 15] as const)("on PostgreSQL %i, after one up of everything people write", (major) => {
  let stack: TestStack;
  let database: TestDatabase;
  const corpus: Corpus = readCorpus(versions[major]);

  beforeAll(async () => {
    database = await prepareDatabase(major);
    stack = await TestStack.create({ database, program: writeProgram(corpus.declarations) });
  });
  afterAll(() => stack.close());

  it("holds at least 400 expressions, definitions, grants and publications", () => {
    expect(corpus.size).toBeGreaterThanOrEqual(400);
  });

  it("finds no difference in the next preview", async () => {
    expect((await stack.up()).output).toContain(`+ ${corpus.declarations.length + 1} created`);
    const { exitCode, output } = await stack.preview("--diff", "--expect-no-changes");
    expect(output).toContain(`${corpus.declarations.length + 1} unchanged`);
    expect(exitCode).toBe(0);
  });

  it("recognises all of it without the state's fingerprints, as who adopts a database needs, and only reads for that", async () => {
    const provider = new DirectProvider(database.url);
    const holder = await holdTables(database);
    try {
      // Creating over what exists is refused where anything differs.
      const refusals = await Promise.all(
        corpus.declarations.map(async ({ kind, name, input }) => {
          const normal = await provider.check(kind, name, input);
          return await provider.previewCreate(kind, name, normal as never).catch((error: Error) => error.message);
        }),
      );
      expect(refusals.filter((refusal) => refusal !== undefined)).toEqual([]);
    } finally {
      await holder.end();
      await provider.close();
    }
  });
});

describe("after PostgreSQL 15 printed everything and 17 loaded it", () => {
  let stack: TestStack;
  afterAll(() => stack.close());

  it("finds no difference, though 17 prints some of it otherwise", async () => {
    const old = await prepareDatabase(15);
    const declared = readCorpus(versions[15]);
    stack = await TestStack.create({ database: old, program: writeProgram(declared.declarations) });
    expect((await stack.up()).exitCode).toBe(0);

    const moved = await prepareDatabase(17);
    const printed = await query(old, (client) => printObjects(client));
    await query(moved, async (client) => {
      for (const statement of printed) await client.query(statement);
    });
    expect(await printsOtherwise(old, moved)).toBeGreaterThan(0);

    // `all` has one more privilege on 17, which a declaration that spells everything out names from now on.
    const { declarations } = readCorpus(versions[17], versions[15]);
    // The stack's connection is the value of a variable; the same state now meets the other server.
    process.env[`${old.database.toUpperCase()}_URL`] = moved.url;
    stack.write(writeProgram(declarations));
    const { exitCode, output } = await stack.preview("--diff", "--expect-no-changes");
    expect(output).toContain(`${declarations.length + 1} unchanged`);
    expect(exitCode).toBe(0);
  });
});

async function prepareDatabase(major: Major): Promise<TestDatabase> {
  const database = await (servers.get(major) as TestServer).createDatabase();
  await query(database, (client) => client.query(corpusSchema()));
  return database;
}

/** How many policies the two servers print in other words. */
async function printsOtherwise(left: TestDatabase, right: TestDatabase): Promise<number> {
  const read = async (client: pg.Client) => {
    await client.query("set search_path = ''");
    const { rows } = await client.query<{ key: string; text: string }>(
      "select concat(polrelid::regclass, '/', polname) as key, concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as text from pg_policy",
    );
    return new Map(rows.map(({ key, text }) => [key, text]));
  };
  const [before, after] = [await query(left, read), await query(right, read)];
  return [...before].filter(([key, text]) => after.get(key) !== text).length;
}

async function query<T>({ url }: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
