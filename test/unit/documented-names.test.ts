import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { Examples, entries } from "../support/examples.ts";

let examples: Examples;
beforeAll(() => {
  examples = new Examples();
});

describe.each([...entries.keys()])("every name that %s exports", (entry) => {
  it("is documented, with an example", () => {
    const names = examples.names.filter(({ from }) => from === entry);
    expect(names).not.toEqual([]);
    const lacking = names.filter(({ documentation, examples }) => documentation === "" || examples.length === 0);
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });
});

describe("the examples in doc comments", () => {
  it("compile", () => {
    const texts = examples.names.flatMap(({ from, name, examples }) => examples.map((text) => ({ from, name, text })));
    expect(examples.errorsIn(texts)).toEqual([]);
  });

  it("would fail where one names what does not exist, or what another entry exports", () => {
    const program = "new Bucket(`a`, { publik: true }); sql`${app.tasks.organisationId}`;";
    const verification = "const rules: TableRules = { table: app.tasks, may: { select: membres } }; sql`true`;";
    expect(
      examples.errorsIn([
        { name: "Bucket", text: program },
        { from: "pulumi-palisade/verify", name: "TableRules", text: verification },
      ]),
    ).toEqual([
      expect.stringContaining("'publik' does not exist"),
      expect.stringContaining("Did you mean 'organizationId'?"),
      expect.stringContaining("Did you mean 'members'?"),
      expect.stringContaining("Cannot find name 'sql'"),
    ]);
  });
});

describe("a doc comment", () => {
  it("begins with what it says", () => {
    const folder = join(projectDirectory, "infra");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (file) => /\.(ts|mjs)$/.test(file) && !/(^|[/\\])(node_modules|dist)[/\\]/.test(file),
    );
    expect(sources.length).toBeGreaterThan(300);
    const empty = sources.filter((file) =>
      /\/\*\*[ \t]*\n\s*\*[ \t]*\n/.test(readFileSync(join(folder, file), "utf8")),
    );
    expect(empty).toEqual([]);
  });
});

describe("what the package says", () => {
  it("names no page of docs/, which it is published without", () => {
    const folder = join(projectDirectory, "infra");
    const { files } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { files: readonly string[] };
    expect(files.filter((path) => path.startsWith("docs"))).toEqual([]);
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (file) => /\.(ts|mjs|json)$/.test(file) && !/(^|[/\\])(node_modules|dist|development)[/\\]/.test(file),
    );
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.filter((file) => /\bdocs\/[\w-]+\.md/.test(readFileSync(join(folder, file), "utf8")))).toEqual([]);
  });
});
