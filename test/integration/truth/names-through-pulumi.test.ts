import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quoteIdentifier } from "../../../infra/sql/quote.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

/** Each means something to the engine, to JavaScript or to the paths of properties. */
const names = ["__x", "__defaults", "0", "constructor", "[0]", '["a"]', "a.b", 'a"b\\c', "\\", "*", "::", "a/b"];

/** The engine's own marks: of a secret, and of values that are not known yet, by their types. */
const signature = "4dabf18193072939515e22adb298388d";
const unknowns = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

describe("names, on their way through Pulumi's engine", () => {
  let server: TestServer | undefined;
  let stack: TestStack;
  const declare = (using: string) =>
    stack.write(`import { TableAccess } from "pulumi-palisade";
const names = ${JSON.stringify(names)};
new TableAccess("named", {
  table: 'public."*"',
  policies: Object.fromEntries(names.map((name) => [name, { command: "select", using: ${JSON.stringify(using)} }])),
  grants: Object.fromEntries(names.map((name) => [name, { select: ["*", "[0]"] }])),
});`);
  const live = async () =>
    (await stack.sql<{ polname: string }>("select polname from pg_policy order by 1"))
      .map(({ polname }) => polname)
      .sort();

  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: "" });
    for (const name of names) await stack.sql(`create role ${quoteIdentifier(name)}`);
    await stack.sql(`create table public."*" ("*" int, "[0]" int); alter table public."*" owner to postgres`);
    declare('"*" > 0');
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("are declared, found again without a difference, and changed", async () => {
    const first = await stack.up();
    expect(first.exitCode, first.output).toBe(0);
    expect(await live()).toEqual([...names].sort());
    const again = await stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
    declare('"*" > 1');
    await stack.sql(`create policy "__y" on public."*" using (true); grant update ("*") on public."*" to "__x"`);
    const { output } = await stack.preview("--diff");
    const changed = output.split("\n").filter((line) => line.includes('~ using: "\\"*\\" > 0" => "\\"*\\" > 1"'));
    expect(changed, output).toHaveLength(names.length);
    expect(output).toMatch(/- __y\s*: \{/);
    expect(output).toMatch(/~ __x\s*: \{\s*- update\s*: \[/);
    const second = await stack.up();
    expect(second.exitCode, second.output).toBe(0);
    expect(await live()).toEqual([...names].sort());
  });

  it("are refused where Pulumi would take them for a mark of its own, and nothing is changed", async () => {
    const before = await live();
    for (const marks of [unknowns, [signature]]) {
      stack.write(`import { TableAccess } from "pulumi-palisade";
const policies = ${JSON.stringify(Object.fromEntries(marks.map((mark) => [mark, { using: "true" }])))};
new TableAccess("named", { table: 'public."*"', policies });`);
      const run = await stack.up();
      expect(run.exitCode, run.output).not.toBe(0);
      for (const mark of marks.filter((one) => one !== signature))
        expect(run.output).toContain(`Pulumi keeps the name ${mark} for itself`);
    }
    // As a value, one seems not to be known yet: a preview lets it pass, the update does not.
    stack.write(`import { Policy } from "pulumi-palisade";
new Policy("named", { table: 'public."*"', roles: [${JSON.stringify(unknowns[0])}], using: "true" });`);
    const run = await stack.up("--target", "**Policy::named");
    expect(run.exitCode, run.output).not.toBe(0);
    expect(await live()).toEqual(before);
  });

  it("are refused where somebody gave such a name in the database", async () => {
    declare('"*" > 1');
    const name = quoteIdentifier(signature);
    await stack.sql(`create role ${name}; create policy ${name} on public."*" to ${name} using (true)`);
    const run = await stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain(`something of it is called ${signature}`);
  });
});
