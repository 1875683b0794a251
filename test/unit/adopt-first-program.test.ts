import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeFirstProgram } from "../../infra/cli/adopt/replace-first-program.ts";
import { createTestFolder } from "../support/folder.ts";

const tables = "export const app = applicationTables();\n";

/** What is said about a program when a module with the tables is there. */
async function describeProgram(program: string, before?: string): Promise<string | undefined> {
  const directory = createTestFolder();
  const pathOf = (name: string) => join(directory, "stacks", name);
  mkdirSync(join(directory, "stacks"));
  writeFileSync(pathOf("index.ts"), program);
  const target = { directory, main: pathOf("index.ts"), tables: pathOf("tables.ts"), functions: "", schema: undefined };
  return await describeFirstProgram(target, { files: [{ path: pathOf("app-2.ts"), before, text: tables }] }, []);
}

describe("a program beside which something is adopted", () => {
  const begun = "const app = {};\n/*\n * Nothing else is declared yet: the policies stay.\n */\n";

  it("is not told to do without its own tables if it is not one that init has begun", async () => {
    expect(await describeProgram("const app = applicationTables(migrations);\n")).toBeUndefined();
  });

  it("is told to take out its tables, if init has begun it and others have just been written, and from where to import them", async () => {
    expect(await describeProgram(begun)).toMatch(
      /: `app`, as the adopted files import theirs from app-2\.ts; the comment/,
    );
    expect(await describeProgram(begun, "")).toMatch(
      /what is adopted now: the comment that nothing is declared yet\.$/,
    );
  });
});
