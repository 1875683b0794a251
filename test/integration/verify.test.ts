import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { proveProgram } from "../../infra/cli/preview/prove-program.ts";
import { tellReport } from "../../infra/cli/verify/tell-report.ts";
import { run } from "../../infra/cli/verify.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { AcceptedDifference } from "../../infra/verify/accepted.ts";
import { formatReport } from "../../infra/verify/format.ts";
import type { MutationReport } from "../../infra/verify/mutate/mutation-report.ts";
import type { Report } from "../../infra/verify/report.ts";
import { fingerprint } from "../support/fingerprint.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";
import { holes, openings } from "../support/verify/holes.ts";

/** All rows of all of the application's tables. */
const contents = `select md5(coalesce(string_agg(q.table_rows, ';'), '')) as contents from (
  select table_name || (query_to_xml(format('select * from %I.%I t order by t::text', table_schema, table_name), true, true, '')::text) as table_rows
  from information_schema.tables where table_schema in ('public', 'storage', 'realtime') and table_type = 'BASE TABLE' order by 1) as q`;

/** A matrix, line by line, with each cell by its column. */
function cellsOf(matrix: string): readonly Readonly<Record<string, string>>[] {
  const [names = [], ...lines] = matrix.split("\n").map((line) => line.trim().split(/\s{2,}/));
  return lines.flatMap(([object = "", ...cells]) =>
    cells.length === names.length
      ? [{ object, ...Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""])) }]
      : [],
  );
}

describe.each([17, 15] as const)("access that is proven by trying it, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: TestDatabase;
  let stack: TestStack;
  /** What is found where the sample is as it is declared. */
  let sample: Report;
  beforeAll(async () => {
    server = await startTestServer(major);
    database = await server.createDatabase();
    stack = await TestStack.create({ database });
    const up = await stack.up();
    expect(up.exitCode, up.output).toBe(0);
    // As in production, there are rows already.
    await stack.sql(`insert into organizations (id, name, slug) values ('real', 'Real', 'real');
      insert into customers (organization_id, name) values ('real', 'R')`);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const verify = async (...args: string[]) => {
    const printed: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
    const exitCode = await run([...args, "--stack", "test"], stack.folder);
    return { exitCode, printed: printed.join("\n") };
  };
  const verifyAsData = async (...args: string[]) => {
    const { exitCode, printed } = await verify("--json", ...args);
    return {
      exitCode,
      report: JSON.parse(printed) as Report & { readonly differences: readonly AcceptedDifference[] },
    };
  };
  const state = async () => ({
    catalog: await fingerprint({ query: (text: string) => stack.sql(text).then((rows) => ({ rows })) } as never),
    contents: await stack.sql(contents),
  });

  it("shows that the sample keeps its promises, all of them, and leaves no trace, there or on a scratch database", async () => {
    const before = await state();
    const { exitCode, report } = await verifyAsData();
    const scratch = await verifyAsData("--scratch");
    expect(scratch).toEqual({ exitCode, report });
    const left = readdirSync(join(stack.folder, ".palisade")).filter((name) => name.startsWith("scratch-"));
    expect(left).toEqual([]);
    expect(report.failures).toEqual([]);
    expect(report.notTried).toEqual([]);
    expect(report.advice).toEqual([]);
    expect(exitCode).toBe(0);
    expect(report.counts.asExpected).toBeGreaterThan(1000);
    expect(await state()).toEqual(before);
    sample = report;
  });

  it.each(["README.md", "docs/verify.md"])("shows who does what in a matrix, as %s has it in part", (document) => {
    const printed = cellsOf(formatReport(sample, undefined, "test"));
    const text = readFileSync(join(projectDirectory, document), "utf8");
    const shown = cellsOf(/```\n(\s+anonymous [^`]*)```/.exec(text)?.[1] ?? "");
    expect(shown.map(({ object }) => object)).toContain("channel organization:*");
    expect(printed).toEqual(expect.arrayContaining(shown.map((cells) => expect.objectContaining(cells))));
  });

  describe("where there are holes", () => {
    let report: Report;
    beforeAll(async () => {
      await stack.sql(holes.open);
      const before = await state();
      const verified = await verifyAsData();
      report = verified.report;
      expect(verified.exitCode).toBe(1);
      expect(await state()).toEqual(before);
    });
    afterAll(async () => {
      await stack.sql(holes.close);
    });

    it("says nothing of an update where it was run by hand", async () => {
      const { exitCode, printed } = await verify("--brief");
      expect([exitCode, printed]).toEqual([1, expect.stringMatching(/ not tried\.$/)]);
      expect(printed).not.toContain("update was");
    });

    const failuresOf = (object: string) => report.failures.filter((failure) => failure.object === object);

    it.each([
      [
        "a view with its owner's rights",
        "public.customer_names",
        "select",
        "the view public.customer_names reads public.customers with the rights of postgres",
      ],
      [
        "a function with its owner's rights",
        "public.project_name(text)",
        "execute",
        "the function public.project_name(text) runs with the rights of postgres",
      ],
      ["a trigger", "public.ai_conversations", "insert", "the trigger announce"],
      ["a policy that checks nothing", "public.projects", "insert", "the policy projects_insert of public.projects"],
      ["a policy that was added", "public.tasks", "select", "the policy todo of public.tasks"],
      ["a policy on files", "files in attachments", "select", "the policy listed of storage.objects"],
      ["a policy on channels", "channel organization:*", "receive", "the policy overheard of realtime.messages"],
    ])("finds the leak through %s", (_, object, command, because) => {
      const found = failuresOf(object);
      const kinds = new Set(found.map((failure) => failure.kind));
      // Only members add to ai_conversations, and so fire its trigger.
      expect([kinds.has("MEMBER"), kinds.has("outsider")]).toEqual([true, object !== "public.ai_conversations"]);
      expect([...new Set(found.map((failure) => failure.command))]).toEqual([command]);
      expect(found[0]?.because).toContain(because);
    });

    it("finds that somebody in both tenants may move a row to which others point", () => {
      const found = failuresOf("public.customers");
      expect([...new Set(found.map(({ kind, command, what }) => `${kind}: ${command} ${what}`))]).toEqual([
        ...["in both", "OWNER in both"].map((kind) => `${kind}: move organization_id`),
      ]);
    });

    it("finds nothing else", () => {
      expect([...new Set(report.failures.map(({ object }) => object))].sort()).toEqual([
        ...["channel organization:*", "files in attachments", "public.ai_conversations", "public.customer_names"],
        ...["public.customers", "public.project_name(text)", "public.projects", "public.tasks"],
      ]);
    });

    it("names a statement with which anybody can see it", async () => {
      const [failure] = failuresOf("public.tasks");
      const client = new pg.Client(database.url);
      await client.connect();
      try {
        const script = (failure?.statement ?? "").replace(/^\\i '(.*)'$/m, (_, file) =>
          readFileSync(join(stack.folder, file), "utf8"),
        );
        const results = (await client.query(script)) as unknown as pg.QueryResult[];
        expect(results.at(-2)?.rowCount).toBe(1);
      } finally {
        await client.end();
      }
    });
  });

  // One by one on one version; on the other all together, since each costs a run.
  const rounds = major === 17 ? Object.keys(openings).map((name) => [name]) : [Object.keys(openings)];
  it.each(rounds)("finds %s", async (...names) => {
    const opened = names.map((name) => openings[name] ?? ["", "", ""]);
    try {
      for (const [open] of opened) await stack.sql(`${open}; reset role`);
      const { exitCode, report } = await verifyAsData();
      const told = [
        ...report.failures.map(({ object, kind, because }) => `${object}, ${kind}: ${because}`),
        ...report.differences.map(({ object, kind, line }) => `${object}, ${kind}: ${line}`),
      ];
      expect(exitCode).toBe(1);
      for (const [, , line] of opened)
        expect(
          told.some((each) => each.startsWith(line)),
          `${line}\n${told.join("\n")}`,
        ).toBe(true);
    } finally {
      for (const [, close] of opened) await stack.sql(close);
    }
  });

  describe("before an update", () => {
    const previewed: string[] = [];
    const before: unknown[] = [];
    const checkpoint = () => readFileSync(join(stack.folder, "state/.pulumi/stacks/palisade/test.json"), "utf8");
    beforeAll(async () => {
      stack.edit("stacks/table-access.ts", "${app.notifications.userId} = ${me} and", "");
      stack.edit("stacks/index.ts", "declareRealtime(app, functions);", "");
      rmSync(join(stack.folder, "prisma"));
      cpSync(join(projectDirectory, "prisma"), join(stack.folder, "prisma"), { recursive: true });
      const migration = join(stack.folder, "prisma/migrations/20990101000000_tags");
      mkdirSync(migration);
      const sql =
        "create table public.tags (id uuid primary key default gen_random_uuid(), organization_id text not null references organizations (id));";
      writeFileSync(join(migration, "migration.sql"), sql);
      before.push(await state(), checkpoint());
      const { directory, stateDirectory } = stack.options;
      const print = (text: string) => void previewed.push(text);
      vi.spyOn(console, "error").mockImplementation(() => undefined);
      expect(await proveProgram(["--stack", "test"], { directory, stateDirectory, print })).toBe(1);
    });
    afterAll(() => {
      for (const name of ["prisma", "stacks"]) {
        rmSync(join(stack.folder, name), { recursive: true });
        symlinkSync(join(projectDirectory, name), join(stack.folder, name));
      }
    });

    it("finds what the program would let through, and what it would no longer", () => {
      const text = previewed.join("\n");
      expect(text).toContain("The program as it will be, deployed on a scratch database");
      expect(text).toMatch(/select on public\.notifications, .* is let through, and must not be/);
      expect(text).toMatch(/receive \(broadcast\) on channel organization:\*, .* is refused, and must not be/);
    });

    it("tries what pending migrations make", () => {
      expect(previewed.join("\n")).toMatch(/^public\.tags /m);
    });

    it("touches neither the database nor the stack", async () => {
      expect([await state(), checkpoint()]).toEqual(before);
      expect(readdirSync(join(stack.folder, ".palisade")).filter((name) => /^(scratch|adopt)-/.test(name))).toEqual([]);
    });
  });

  it("takes what was accepted for expected, and a change for a failure", async () => {
    // Makes stacks/ the test's own.
    stack.edit("stacks/index.ts", "// Nothing else can be reached", "// Nothing else is reached");
    const file = join(stack.folder, "stacks/verify.accepted.json");
    const accepted = readFileSync(file, "utf8");
    rmSync(file);
    expect(tellReport(sample, stack.folder, { stack: "test", accept: true, print: () => undefined })).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(accepted);
    await stack.sql(
      "grant update (expires_at) on public.organization_invitations to service_role; revoke delete on public.customers from service_role",
    );
    const { exitCode, printed } = await verify("--junit", join(stack.folder, "junit.xml"));
    await stack.sql(
      "grant delete on public.customers to service_role; revoke update (expires_at) on public.organization_invitations from service_role",
    );
    expect(exitCode).toBe(1);
    expect(printed).toContain("- public.customers, service role: delete");
    expect(readFileSync(join(stack.folder, "junit.xml"), "utf8")).toMatch(
      /<testcase classname="public.customers" name="service role"><failure message="accepted, and not found any more: delete/,
    );
  });

  it.runIf(major === 17)(
    "notices each mutation of the policies for channels, or has stated why nobody could",
    async () => {
      const { exitCode, printed } = await verify("--mutate", "--only", "organization_topic_", "--json");
      const { counts, results } = JSON.parse(printed) as MutationReport;
      expect([exitCode, results.filter(({ outcome }) => outcome === "survived")]).toEqual([0, []]);
      expect([counts.noticed > 10, counts.equivalent > 5]).toEqual([true, true]);
    },
  );

  it("tries nothing where a trigger reaches outside the database, unless told to", async () => {
    await stack.sql(`set role postgres;
      create function public.call_out() returns trigger language plpgsql as $$ begin perform net.http_post('https://example.com'); return null; end $$;
      create trigger call_out after delete on public.customers for each row when (old.name = 'never') execute function public.call_out()`);
    await expect(verify()).rejects.toThrow(
      "nothing was tried, because something would reach outside the database, and a rollback doesn't take that back: the trigger call_out on public.customers runs public.call_out and net.http_post",
    );
    expect((await verify("--allow-outside")).exitCode).toBe(0);
    await stack.sql("drop trigger call_out on public.customers; drop function public.call_out()");
  });

  describe.runIf(major === 17)("as a gate", () => {
    const program = "stacks/index.ts";
    const marker = "new Perimeter(";
    // An insert changes other rows, past all policies.
    const hole = `const announce = new DatabaseFunction("announce", {
      definition: "create function private.announce() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin update public.notifications set message = 'changed'; return null; end $$",
      execute: [],
    });\n`;
    const leak = `new Trigger("announce", {
      table: app.aiConversations, timing: "after", events: ["insert"], function: announce.signature,
    });\n`;
    it("says in a preview that the update will prove access, and tries nothing", async () => {
      const settings = join(stack.folder, "Pulumi.test.yaml");
      const text = readFileSync(settings, "utf8");
      writeFileSync(
        settings,
        text.replace(/^ *palisade:/m, (start) => `${start}verify: true\n${start}`),
      );
      stack.edit(
        program,
        "import { Migrations, Perimeter }",
        "import { DatabaseFunction, Migrations, Perimeter, Trigger }",
      );
      stack.edit(program, marker, hole + leak + marker);
      const { exitCode, output } = await stack.preview();
      expect(exitCode, output).toBe(0);
      expect(output).toContain(
        "palisade:verify: after its last change, the update proves who may do what by trying it",
      );
      expect(output).not.toContain("as expected");
    });

    it("fails an update that lets somebody through, and says who, by what and how to go back", async () => {
      const { exitCode, output } = await stack.up();
      expect(exitCode, output).not.toBe(0);
      expect(output).toContain("the database is as the program says, and access is not as it should be");
      expect(output).toMatch(/MEMBER of A: insert .* on public.ai_conversations, .* is let through, and must not be/);
      expect(output).toContain("let through by the trigger announce");
      expect(output).toMatch(/the last update that succeeded, of .*:\n +git checkout .*\n +npm run up -- --stack test/);
      expect(await stack.sql("select from pg_trigger where tgname = 'announce'")).toHaveLength(1);
    });

    it("proves an update after its last deletion", async () => {
      stack.edit(program, leak + marker, marker);
      const { exitCode, output } = await stack.up();
      expect(exitCode, output).toBe(0);
      expect(output).toContain("- 1 deleted");
      expect(output).toMatch(/palisade:verify: \d+ as expected, 0 not as expected/);
    });

    it("proves an update that changes nothing", async () => {
      await stack.sql("create policy open on public.customers to authenticated using (true)");
      const { exitCode, output } = await stack.up("--target", "**::no-such-resource");
      expect(exitCode, output).not.toBe(0);
      expect(output).toMatch(/outsider: select on public\.customers.*is let through, and must not be/);
    });

    it("refuses a program without verify.ts before anything is touched", async () => {
      renameSync(join(stack.folder, "stacks/verify.ts"), join(stack.folder, "stacks/verify.txt"));
      const { exitCode, output } = await stack.up();
      expect(exitCode, output).not.toBe(0);
      expect(output).toContain("palisade:verify: there is no stacks/verify.ts, which says who may do what");
      expect(await stack.sql("select from pg_policies where policyname = 'open'")).toHaveLength(1);
    });
  });
});
