import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics, readOperations } from "../support/pulumi-output.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const tables = `
  set role postgres;
  create table public.tasks (id int primary key, owner_id text);
  revoke all on public.tasks from anon, authenticated;
  alter table public.tasks enable row level security;
  reset role`;

const openings = `
  set role postgres;
  create table public.leak (id int);
  grant select on public.leak to anon;
  create view public.shown as select * from public.tasks;
  revoke all on public.shown from anon, authenticated;
  grant select on public.shown to anon;
  create function public.all_tasks() returns bigint language sql security definer set search_path = '' as 'select count(*) from public.tasks';
  insert into storage.buckets (id, name, public) values ('open', 'open', true);
  reset role`;

const program = (perimeter: string) => `
import { Perimeter, TableAccess } from "pulumi-palisade";
${perimeter}
new TableAccess("tasks", {
  table: "public.tasks",
  policies: { own: { command: "select", roles: ["authenticated"], using: "owner_id = 'a'" } },
  grants: { authenticated: { select: true } },
});
`;

const reporting = program('new Perimeter("api");');
const closing = program(
  'new Perimeter("api", { enforce: "close", except: [{ object: "bucket open", because: "pictures of the start page" }] });',
);

describe("a perimeter", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: reporting });
    await stack.sql(tables);
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const lines = (run: Parameters<typeof readDiagnostics>[0]) => readDiagnostics(run).get("Perimeter api") ?? [];

  it("finds nothing where everything that can be reached is declared", async () => {
    const up = await stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
    expect(lines(preview)).toEqual([]);
  });

  it("names in a plain preview each way in that nobody declares, the worst first, and changes nothing by default", async () => {
    await stack.sql(openings);
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).not.toBe(0);
    expect(lines(preview)).toEqual([
      'warning: 5 ways in that no resource declares, and that nothing closes, as enforce is "report":',
      expect.stringMatching(/^anon may select and truncate every row of public.leak: row-level security is off/),
      expect.stringMatching(/^authenticated may truncate every row of public.leak/),
      expect.stringMatching(/^everybody may download every file of the bucket open/),
      expect.stringMatching(/^anon may select through the view public.shown every row of public.tasks/),
      expect.stringMatching(
        /^anon and authenticated may call public.all_tasks\(\), which runs with the rights of postgres/,
      ),
    ]);
    expect(readOperations(preview).get("Perimeter api")).toBe("update");
    const up = await stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    expect(lines(await stack.preview())).toEqual(lines(preview));
  });

  it("closes them where it is told to, but for its exceptions, and is content then", async () => {
    stack.write(closing);
    const up = await stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
    expect(lines(preview)).toEqual([]);
    const [{ open } = {}] = await stack.sql("select public as open from storage.buckets where id = 'open'");
    expect(open).toBe(true);
    await expect(stack.sql("set role anon; select * from public.leak")).rejects.toThrow("permission denied");
  });
});
