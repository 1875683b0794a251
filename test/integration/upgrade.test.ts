import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { Ran } from "../support/installed-project.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const recorded = join(projectDirectory, "test/upgrade");
const versions = readdirSync(recorded).filter((name) => existsSync(join(recorded, name, "state.json")));

interface State {
  readonly deployment: { readonly resources: readonly { readonly type: string }[] };
}

describe("the state that an earlier version wrote", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server?.stop());

  it.each(versions)("is read without a difference: %s", async (version) => {
    const read = (name: string) => readFileSync(join(recorded, version, name), "utf8");
    const database = await server.createDatabase();
    const stack = await TestStack.create({ database, program: read("program.ts") });
    try {
      cpSync(join(recorded, version, "migrations"), join(stack.folder, "migrations"), { recursive: true });
      // As the role that deployed then, which owns what it made.
      await stack.sql(`set role postgres; ${read("database.sql")}; reset role`);
      const file = join(stack.folder, "state.json");
      const [variable = ""] = Object.keys(stack.options.environment);
      const state = read("state.json").replaceAll('"DATABASE_URL"', JSON.stringify(variable));
      writeFileSync(file, state);
      expectSuccess(await stack.run("stack", "import", "--file", file));

      const preview = await stack.preview("--expect-no-changes");
      expectSuccess(preview);
      const { resources } = (JSON.parse(state) as State).deployment;
      const shown = resources.filter(({ type }) => type !== "pulumi:providers:palisade");
      expect(preview.output).toContain(`${shown.length} unchanged`);

      // Nor is anything left to do, and what is written anew is the same to the next preview.
      expectSuccess(await stack.up("--expect-no-changes"));
      await stack.sql('drop policy "labelled" on tags');
      expect((await stack.preview("--diff")).output).toContain("labelled");
    } finally {
      await stack.close();
      await database.drop();
    }
  });
});

function expectSuccess({ exitCode, output }: Ran): void {
  expect(exitCode, output).toBe(0);
}
