import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkImportFile } from "../../infra/cli/import-file.ts";
import { readDiagnostics, readSummary } from "../support/pulumi-output.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const setup = `
  set role postgres;
  create table public.tasks (id int primary key, owner uuid);
  alter table public.tasks enable row level security;
  create policy own on public.tasks for select to authenticated using (owner = auth.uid());
  create function public.total(a integer, b text default 'x') returns int language sql as 'select 1';
  reset role`;

const own = { type: "palisade:index:Policy", name: "own", id: "own on public.tasks" };
const total = {
  type: "palisade:index:Function",
  name: "total",
  id: "FUNCTION public.total(a integer, b text DEFAULT 'x'::text);",
};
const wrong = [
  { type: "palisade:index:Policy", name: "theirs", id: "public.tasks/Own" },
  { type: "palisade:index:Schema", name: "nowhere", id: "nowhere" },
];

describe("a file of imports with ids that name nothing", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: `import "pulumi-palisade";` });
    await stack.sql(setup);
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  function write(resources: readonly object[]): string {
    const file = join(stack.folder, "import.json");
    writeFileSync(file, JSON.stringify({ resources }));
    return file;
  }
  const check = (resources: readonly object[]) =>
    checkImportFile(write(resources), { stack: "test", directory: stack.folder });
  const runImport = (file: string) =>
    stack.run("import", "--file", file, "--yes", "--protect=false", "--generate-code=false");
  async function resourcesInState(): Promise<readonly string[]> {
    const { output } = await stack.run("stack", "export");
    return [...output.matchAll(/"id": "([^"]*)"/g)]
      .map(([, id]) => id ?? "")
      .filter((id) => !/^[0-9a-f-]{36}$/.test(id))
      .sort();
  }

  it("ends the engine's own import at preview, which names the resource and the spelling, and leaves the state as it is", async () => {
    const run = await runImport(write([own, ...wrong]));
    expect(run.exitCode, run.output).not.toBe(0);
    expect([...readDiagnostics(run).values()].flat()).toContain(
      "error: Preview failed: the policy Own on public.tasks does not exist. Write 'public.tasks/own'",
    );
    expect(await resourcesInState()).toEqual([]);
  });

  it("is imported without them by Palisade's command, which says each with its resource, id and right spelling", async () => {
    const checked = await check([own, ...wrong, total]);
    expect(checked?.problems).toEqual([
      "palisade:index:Policy theirs, 'public.tasks/Own': the policy Own on public.tasks does not exist. Write 'public.tasks/own'",
      "palisade:index:Schema nowhere, 'nowhere': the schema nowhere does not exist",
    ]);
    const run = await runImport(checked?.file ?? "");
    expect(run.exitCode, run.output).toBe(0);
    expect(readSummary(run)).toEqual(expect.arrayContaining(["= 2 imported"]));
    checked?.remove();
    expect(await resourcesInState()).toEqual(["public.tasks/own", "public.total(integer, text)"]);
  });

  it("is imported again once they are corrected, with what has been imported before", async () => {
    const corrected = { type: "palisade:index:Schema", name: "nowhere", id: '"extensions"' };
    const checked = await check([own, total, corrected]);
    expect(checked?.problems).toEqual([]);
    const run = await runImport(checked?.file ?? "");
    expect(run.exitCode, run.output).toBe(0);
    expect(await resourcesInState()).toContain("extensions");
    checked?.remove();
  });

  it("is not imported where all are wrong, and left to Pulumi where it holds none of these", async () => {
    expect(await check(wrong)).toMatchObject({ file: undefined, problems: { length: 2 } });
    expect(await check([{ type: "random:index/randomId:RandomId", name: "other", id: "x" }])).toBeUndefined();
  });
});
