import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectSamples, sharedSetup } from "../kinds/index.ts";
import { writeProgram } from "../support/corpus/program.ts";
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

/** Two tables that nobody declares, one of them by a statement that no reader of scripts follows. */
const migration = `
  create table public.opened (id int);
  grant select on public.opened to anon;
  create table public.fresh (id int);
  do $$ begin execute 'create table public.made (id int); grant select on public.made to anon'; end $$;
  select pg_sleep(1);
`;

const keyOf = (kind: string) => `leaving_${kind.toLowerCase()}`;
const exposed = (text: string) => text.replaceAll("private.", "public.");

/** One of every kind, where requests reach it, which leaves the program in the update that closes what nobody declares. */
const leaving = objectSamples.map(({ kind, input }) => ({
  kind,
  name: keyOf(kind),
  input: JSON.parse(exposed(JSON.stringify(input(keyOf(kind))))) as Readonly<Record<string, unknown>>,
}));

const leavingSetup = `
  set role postgres;
  ${exposed([sharedSetup, ...objectSamples.flatMap(({ kind, setup }) => setup?.(keyOf(kind)) ?? [])].join(";\n"))};
  revoke all on all tables in schema public from anon, authenticated;
  revoke all on all sequences in schema public from anon, authenticated;
  reset role`;

const reporting = `${program('new Perimeter("api");')}\n${writeProgram(leaving)}`;
const closing = program(
  'new Perimeter("api", { enforce: "close", except: [{ object: "bucket open", because: "pictures of the start page" }] });',
);

const migrating = `
import { Migrations, Perimeter, TableAccess } from "pulumi-palisade";
new Migrations("migrations", { directory: "migrations" });
new TableAccess("tasks", { table: "public.tasks", grants: { authenticated: { select: true } } });
new Perimeter("api", { enforce: "close" });
`;

describe("a perimeter", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: reporting });
    await stack.sql(tables);
    await stack.sql(leavingSetup);
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const lines = (run: Parameters<typeof readDiagnostics>[0]) => readDiagnostics(run).get("Perimeter api") ?? [];

  /** Looks again and again which of these tables anybody could read. */
  const watch = (watched: TestStack, ...tables: readonly string[]) => {
    const seen = new Set<string>();
    let isWatching = true;
    const names = tables.map((name) => `'${name}'`).join();
    const watching = (async () => {
      while (isWatching) {
        const open = await watched.sql(
          `select relname from pg_class where relname in (${names}) and has_table_privilege('anon', oid, 'select')`,
        );
        for (const { relname } of open) seen.add(String(relname));
        await setTimeout(10);
      }
    })();
    return {
      async stop() {
        isWatching = false;
        await watching;
        return [...seen];
      },
    };
  };

  it("is what a program without one is told of, once a run, and not where everything is declared", async () => {
    stack.write(program(""));
    const up = await stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    expect(up.output).not.toContain("that no resource declares");
    await stack.sql(
      "set role postgres; create table public.leak (id int); grant select on public.leak to anon; reset role",
    );
    const again = await stack.run("up", "--yes");
    expect(again.output.match(/^ {4}warning: 2 ways in that no resource declares:$/gm)).toHaveLength(1);
    await stack.sql("drop table public.leak");
    stack.write(reporting);
  });

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
    const refresh = await stack.run("refresh", "--yes", "--expect-no-changes");
    expect(refresh.exitCode, refresh.output).toBe(0);
  });

  it("closes them where it is told to, but for its exceptions, with what leaves the program, and is content then", async () => {
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

  it("names what a pending migration opens, and closes it in the migration's own transaction", async () => {
    const other = await TestStack.create({ database: await server.createDatabase(), program: migrating });
    try {
      write(other, "1_tables", "create table public.tasks (id int primary key, owner_id text);");
      const first = await other.run("up", "--yes");
      expect(first.exitCode, first.output).toBe(0);
      expect((await other.preview("--expect-no-changes")).exitCode).toBe(0);
      write(other, "2_open", migration);
      const preview = await other.preview();
      expect(lines(preview), preview.output).toEqual([
        "warning: 3 ways in that a pending migration makes and no resource declares, closed in the same transaction:",
        expect.stringMatching(/^anon and authenticated may truncate every row of public.fresh/),
        expect.stringMatching(/^anon may select and truncate every row of public.opened/),
        expect.stringMatching(/^authenticated may truncate every row of public.opened/),
      ]);
      const watching = watch(other, "opened", "fresh", "made");
      const up = await other.run("up", "--yes");
      expect(up.exitCode, up.output).toBe(0);
      expect(await watching.stop()).toEqual([]);
      const open = await other.sql(
        "select relname from pg_class where relname in ('opened', 'made') and not has_table_privilege('anon', oid, 'select')",
      );
      expect(open).toHaveLength(2);
      expect((await other.preview("--expect-no-changes")).exitCode).toBe(0);
    } finally {
      await other.close();
    }
  });
});

function write({ folder }: TestStack, name: string, script: string): void {
  mkdirSync(join(folder, "migrations", name), { recursive: true });
  writeFileSync(join(folder, "migrations/migration_lock.toml"), 'provider = "postgresql"\n');
  writeFileSync(join(folder, "migrations", name, "migration.sql"), script);
}
