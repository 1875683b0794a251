import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { samples } from "../../kinds/index.ts";
import { refusedSetup, refusedSetupByOthers } from "../../kinds/refused-setup.ts";
import type { RefusedDeclaration } from "../../kinds/sample.ts";
import { corpusSchema } from "../../support/corpus/corpus.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { fingerprint } from "../../support/fingerprint.ts";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { kindOf } from "../truth/direct.ts";
import { holdTables } from "../truth/held-tables.ts";
import { refuse } from "./refuse.ts";

const everyWrong: readonly RefusedDeclaration[] = samples.flatMap(({ refused }) => refused);

describe.each([18, 17, 15] as const)("a wrong declaration, on PostgreSQL %i", (major) => {
  const wrong = everyWrong.filter(({ upTo = major }) => major <= upTo);
  let server: TestServer;
  let database: TestDatabase;
  let administrator: pg.Client;
  let holder: pg.Client;
  let before: string;

  beforeAll(async () => {
    server = await startTestServer(major);
    database = await server.createDatabase();
    const owner = await connect(database.url);
    await owner.query(corpusSchema() + refusedSetup);
    await owner.end();
    administrator = await connect(database.superuserUrl);
    await administrator.query(refusedSetupByOthers);
    await administrator.query(`alter database ${database.database} set log_statement = 'all'`);
    before = await fingerprint(administrator);
    holder = await holdTables(database);
  });
  afterAll(async () => {
    await holder?.end();
    await administrator?.end();
    await server?.stop();
  });

  it("has a title of its own", () => {
    expect(new Set(wrong.map(({ title }) => title)).size).toBe(wrong.length);
  });

  it.each(samples)("is made in every property of a $kind", ({ kind, refused }) => {
    const tried = refused.map(({ property }) => property);
    const properties = Object.keys(kindOf(kind).input.shape);
    expect(properties.filter((name) => !tried.some((path) => path.split(/[.[]/)[0] === name))).toEqual([]);
  });

  describe("is refused at preview, with the property and what to do:", () => {
    it.each(wrong)("$title", async (declaration) => {
      const refusal = await refuse(database.url, declaration);
      expect(refusal).toMatch(declaration.says);
      const { property } = declaration;
      if (property !== "")
        expect(refusal.split("\n").map((line) => line.slice(0, property.length + 2))).toContain(`${property}: `);
    });
  });

  it("has changed nothing and committed nothing; and had to wait for no table, though all are locked but for reading", async () => {
    expect(await fingerprint(administrator)).toBe(before);
    const log = readFileSync(server.logFile, "utf8").split("\n");
    const ours = log.filter(
      (line) => line.includes(` postgres@${database.database} `) && line.includes("LOG:  statement:"),
    );
    expect(ours.length).toBeGreaterThan(wrong.length);
    expect(ours.filter((line) => /statement: commit/i.test(line))).toEqual([]);
  });
});

describe("through the engine", () => {
  let server: TestServer;
  let stack: TestStack;

  beforeAll(async () => {
    server = await startTestServer(17);
    const database = await server.createDatabase();
    const owner = await connect(database.url);
    await owner.query(corpusSchema() + refusedSetup);
    await owner.end();
    stack = await TestStack.create({ database, program: "" });
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it.each([
    "a condition with an unknown column",
    "a policy for select with a check",
    "two accesses to one table",
    "two lists of one table's policies",
    "a list of policies with one name twice",
    "two tables whose policies read each other",
    "a function whose changed result a policy uses",
    "a bucket of an unknown unit",
    "a bucket for half a type",
  ])("%s is refused under its resource", async (title) => {
    const declaration = everyWrong.find((candidate) => candidate.title === title);
    if (!declaration) throw new Error(`there is no ${title}`);
    const { kind, input, beside = [], says } = declaration;
    stack.write(writeProgram([...beside, { kind, name: "wrong", input: input as never }] as never));
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.output).not.toContain("<nil>");
    const lines = ["wrong", ...beside.map(({ name }) => name)].flatMap(
      (name) => readDiagnostics(preview).get(`${kind} ${name}`) ?? [],
    );
    // The engine checks resources as they come, so of two that exclude each other either may be the second.
    if (!/^two (accesses|lists)/.test(title)) expect(lines.join(" ")).toMatch(says);
    else expect(lines.join(" ")).toMatch(/belongs to the resource (first|wrong); declare it once/);
  });
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
