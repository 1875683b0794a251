import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Major } from "../../../infra/local/index.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { type Corpus, corpusSchema, type Declaration, readCorpus } from "../../support/corpus/corpus.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { numbers, reword } from "../../support/rewording.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import { holdTables } from "./held-tables.ts";
import { printObjects } from "./printed-objects.ts";

const versions: Readonly<Record<Major, number>> = { 15: 150000, 17: 170000, 18: 180000 };
const servers = new Map<Major, TestServer>();

beforeAll(async () => {
  for (const major of [15, 17, 18] as const) servers.set(major, await startTestServer(major));
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
});

describe.each([18, 17, 15] as const)("on PostgreSQL %i, after one up of everything people write", (major) => {
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
      // Two policies, on tables that the platform grants to everybody, read tables that are granted to nobody.
      const warnings = provider.messages.filter((message) => message.startsWith("warning: "));
      expect(warnings.sort()).toEqual([
        expect.stringContaining("reads public.organization_members, on which anon and authenticated have no select"),
        expect.stringContaining("reads public.tasks, on which anon and authenticated have no select privilege"),
      ]);
    } finally {
      await holder.end();
      await provider.close();
    }
  });
});

describe.each([17, 15] as const)("on PostgreSQL %i, where a program words anew what it declares", (major) => {
  let database: TestDatabase;
  let provider: DirectProvider;
  const { declarations } = readCorpus(versions[major]);
  const texts = declarations.filter(({ kind }) => kind !== "ExclusivePolicies");

  beforeAll(async () => {
    database = await prepareDatabase(major);
    const maker = new DirectProvider(database.url);
    for (const { kind, name, input } of texts) {
      await maker.create(kind, name, (await maker.check(kind, name, input)) as Properties);
    }
    await maker.close();
    provider = new DirectProvider(database.url);
  });
  afterAll(() => provider.close());

  /** What the engine would show of declarations, each beside what the state has of it. */
  const differencesOf = async (changed: readonly { readonly declaration: Declaration; readonly old: Properties }[]) => {
    const found: string[] = [];
    for (const { declaration, old } of changed) {
      const { kind, name, input } = declaration;
      const checked = await provider.check(kind, name, input, old);
      if (Array.isArray(checked)) found.push(`${name}: ${checked.map(({ message }) => message).join("; ")}`);
      else found.push(...provider.diff(kind, name, old, checked as Properties).map((path) => `${name}: ${path}`));
    }
    return found;
  };
  const declaredBefore = async (declaration: Declaration) =>
    (await provider.check(declaration.kind, declaration.name, declaration.input)) as Properties;

  it("finds no difference in white space, comments, letters and parentheses, and asks the server nothing for it", async () => {
    const seed = Number(process.env.PALISADE_SEED ?? Date.now() % 1_000_000);
    const next = numbers(seed);
    const changed = await Promise.all(
      texts.map(async (declaration) => ({
        declaration: rewordDeclaration(declaration, next),
        old: await declaredBefore(declaration),
      })),
    );
    await provider.operation.snapshot();
    const before = (await provider.operation.database()).roundTrips;
    expect(await differencesOf(changed), `PALISADE_SEED=${seed}`).toEqual([]);
    expect((await provider.operation.database()).roundTrips).toBe(before);
  });

  it("finds none in what was imported, in the server's words", async () => {
    const imported = await Promise.all(
      texts.map(async (declaration) => {
        const id = kindOf(declaration.kind).identify(await declaredBefore(declaration));
        const { inputs } =
          (await provider.read(declaration.kind, declaration.name, { id, inputs: {}, kept: {} })) ?? {};
        return { declaration, old: inputs as Properties };
      }),
    );
    expect(await differencesOf(imported)).toEqual([]);
  });

  it.each(otherWords)("takes %s for %s", async (written, reworded) => {
    const declare = (using: string) => ({
      kind: "Policy",
      name: "reworded",
      input: { table: "public.tasks", name: "reworded", using },
    });
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query(`create policy reworded on public.tasks using (${written})`);
    const asker = new DirectProvider(database.url);
    try {
      const old = (await asker.check("Policy", "reworded", declare(written).input)) as Properties;
      const checked = (await asker.check("Policy", "reworded", declare(reworded).input, old)) as Properties;
      expect(asker.diff("Policy", "reworded", old, checked)).toEqual([]);
      const other = `not (${reworded})`;
      const changed = (await asker.check("Policy", "reworded", declare(other).input, old)) as Properties;
      expect(asker.diff("Policy", "reworded", old, changed)).toEqual(["using"]);
    } finally {
      await asker.close();
      await client.query("drop policy reworded on public.tasks");
      await client.end();
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

/** What the server alone can tell to mean the same. */
const otherWords: readonly (readonly [string, string])[] = [
  ["is_public", "tasks.is_public"],
  ["is_public", "public.tasks.is_public"],
  ["priority = 1", "((tasks.priority) = (1))"],
  ["organization_id = 'a'", "organization_id = 'a'::text"],
  ["title = 'a'", "title::text = 'a'::text"],
  ["is_public and (is_archived or priority > 3)", "tasks.is_public and (tasks.is_archived or (tasks.priority > 3))"],
  ["is_public and (is_archived and priority > 3)", "(tasks.is_public and is_archived) and tasks.priority > 3"],
  ["priority in (1, 2)", "priority = any (array[1, 2])"],
  ["priority between 1 and 2", "priority >= 1 and priority <= 2"],
  ["title like 'a%'", "title ~~ 'a%'"],
];

/** The same declaration with each of its texts in other words. */
function rewordDeclaration(declaration: Declaration, next: () => number): Declaration {
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === "string" && ["using", "withCheck", "where"].includes(key)) {
      return next() % 2 === 0 ? reword(value, next) : `((${reword(value, next)}\n))`;
    }
    // Within a string, the body of a function is what it is.
    if (typeof value === "string" && key === "definition") return `\n-- in a file\n${reword(value, next)}\n\n`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner, name)]));
  };
  return { ...declaration, input: change(declaration.input, "") as Declaration["input"] };
}

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
