import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classNames } from "../../kinds/index.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { migration, statements, writeProgram } from "./every-kind.ts";

describe("a program whose resources name what they need", () => {
  let server: TestServer;
  let expected: unknown;

  beforeAll(async () => {
    server = await startTestServer(17);
    expected = await deploy(statements);
  });

  afterAll(() => server.stop());

  async function open(body: readonly string[]): Promise<TestStack> {
    const stack = await TestStack.create({ database: await server.createDatabase(), program: writeProgram(body) });
    mkdirSync(join(stack.folder, "migrations/1_first"), { recursive: true });
    writeFileSync(join(stack.folder, "migrations/1_first/migration.sql"), migration);
    writeFileSync(join(stack.folder, "migrations/migration_lock.toml"), 'provider = "postgresql"\n');
    return stack;
  }

  /** @returns what depends on what */
  async function deploy(body: readonly string[], ...args: string[]): Promise<unknown> {
    const stack = await open(body);
    try {
      const preview = await stack.preview(...args);
      expect(preview.output).not.toMatch(/error|warning/);
      const up = await stack.up(...args);
      expect(up.output).not.toMatch(/error|warning/);
      expect([preview.exitCode, up.exitCode]).toEqual([0, 0]);
      return await dependencies(stack);
    } finally {
      await stack.close();
    }
  }

  it.each(classNames)("has a %s among them", (name) => {
    expect(statements.filter((statement) => statement.includes(`new ${name}(`))).not.toEqual([]);
  });

  it.each([
    ["backwards", statements.toReversed(), []],
    ["backwards, one resource at a time", statements.toReversed(), ["--parallel", "1"]],
    ...[1, 2, 3].map((seed): [string, readonly string[], string[]] => {
      const [shuffled = []] = fc.sample(fc.shuffledSubarray([...statements], { minLength: statements.length }), {
        seed,
        numRuns: 1,
      });
      return [`in a chance order, the ${seed}.`, shuffled, []];
    }),
  ])("is previewed and deployed with the same dependencies %s", async (_, body, args) => {
    expect(await deploy(body, ...args)).toEqual(expected);
  });
});

async function dependencies(stack: TestStack): Promise<unknown> {
  const { output } = await stack.run("stack", "export");
  const { deployment } = JSON.parse(output.trim()) as {
    deployment: { resources: { urn: string; dependencies?: string[] }[] };
  };
  const name = (urn: string) => urn.split("::").slice(2).join(" ");
  return Object.fromEntries(
    deployment.resources.map(({ urn, dependencies = [] }) => [name(urn), dependencies.map(name).sort()]).sort(),
  );
}
