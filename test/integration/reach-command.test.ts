import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { reachFileSchema } from "../../infra/access/impact/reach-file.ts";
import { run } from "../../infra/cli/reach.ts";
import { readDiagnostics } from "../support/pulumi-output.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const program = `
import { DefaultPrivileges, FunctionAccess, Role, SequenceAccess, TableAccess, ViewAccess } from "pulumi-palisade";
new Role("reader");
new Role("authenticated", { memberOf: ["reader"] });
new DefaultPrivileges("new tables", { schema: "public", objects: "tables", grants: { authenticated: ["select"] } });
new TableAccess("tasks", {
  table: "public.tasks",
  policies: { read: { command: "select", roles: ["authenticated"], using: "id = 1" } },
  grants: { authenticated: { select: true } },
});
new ViewAccess("told", { view: "public.told", securityInvoker: false, grants: { anon: ["select"] } });
new ViewAccess("counted", { view: "public.counted", securityInvoker: false, grants: { anon: ["select"] } });
new SequenceAccess("numbers", { sequence: "public.numbers", grants: { anon: ["usage"] } });
new FunctionAccess("answer", { function: "public.answer()", securityDefiner: true, searchPath: [], execute: ["anon"] });
`;

const database = `
  set role postgres;
  create role reader;
  create role writer;
  grant reader to authenticated;
  grant writer to anon;
  create table public.tasks (id int);
  revoke all on public.tasks from anon, authenticated;
  alter table public.tasks enable row level security;
  create policy read on public.tasks for select to authenticated using (id = 1);
  grant select on public.tasks to authenticated;
  create table public.leak (id int);
  grant select on public.leak to anon;
  create view public.shown as select * from public.tasks;
  grant select on public.shown to anon;
  create view public.told as select * from public.tasks;
  create materialized view public.counted as select count(*) from public.tasks;
  create sequence public.numbers;
  create function public.answer() returns int language sql security definer set search_path = '' as 'select 42';
  alter default privileges in schema public grant select on tables to authenticated;
  alter default privileges in schema public grant execute on functions to anon`;

const reachFile = "out/reach.json";

describe("the command that tells who reaches what", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({
      ...{ database: await server.createDatabase(), program, ownProcess: true },
      environment: { PALISADE_REACH_FILE: reachFile },
    });
    await stack.sql(database);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const reach = async (...args: string[]) => {
    const printed: string[] = [];
    const told: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
    vi.spyOn(console, "error").mockImplementation((line: string) => void told.push(line));
    const exitCode = await run([...args, "--stack", "test"], stack.folder);
    return { exitCode, printed: printed.join("\n"), told: told.join("\n") };
  };

  it("names what no resource of the program declares, the worst first, and fails then", async () => {
    const { exitCode, printed, told } = await reach("--undeclared");
    expect(printed.split("\n")).toEqual([
      "anon may select and truncate every row of public.leak: row-level security is off. No resource declares the table",
      "authenticated may truncate every row of public.leak: row-level security does not apply to truncate. No resource declares the table",
      "anon may select through the view public.shown every row of public.tasks, with the rights of postgres and not by the policies of whoever asks. No resource declares it",
      "anon has the rights of, and may become, writer, as its member",
      "anon may execute on functions that postgres makes in the schema public from now on: default privileges say so",
    ]);
    expect(told).toContain("5 ways in that no resource declares.");
    expect(exitCode).toBe(1);
  });

  it("tells it as data, with the statements that would close it", async () => {
    const { printed } = await reach("--undeclared", "--json");
    expect(JSON.parse(printed)[0]).toMatchObject({
      roles: ["anon"],
      object: { kind: "table", id: "public.leak" },
      severity: "writes every row",
      remedy: [
        'revoke all on "public"."leak" from "anon" cascade',
        'alter table "public"."leak" enable row level security',
      ],
    });
  });

  it("tells of every role what it reaches, and how far", async () => {
    const { exitCode, printed } = await reach("--role", "authenticated", "--object", "public.tasks");
    expect(printed).toBe("authenticated\n  table public.tasks  select: rows by read");
    expect(exitCode).toBe(0);
  });

  it("tells who can do something to an object, as data", async () => {
    const { printed } = await reach("--object", "public.leak", "--who-can", "select", "--json");
    expect(JSON.parse(printed)).toEqual([
      {
        role: "anon",
        object: { kind: "table", id: "public.leak" },
        command: "select",
        rows: "every",
        way: "privilege",
      },
    ]);
  });

  it("tells who will reach what, once the program is deployed", async () => {
    stack.write(
      program.replace("id = 1", "true").replace("authenticated: {", "anon: { select: true }, authenticated: {"),
    );
    const { printed } = await reach("--object", "public.tasks", "--planned");
    expect(printed).toBe("authenticated\n  table public.tasks  select: every row");
    stack.write(program);
  });

  it("has its changes summed up by a preview, and written as data", async () => {
    stack.write(
      program
        .replace("id = 1", "id = 2")
        .replace('["authenticated"]', '["anon", "authenticated"]')
        .replace("authenticated: {", "anon: { select: true }, authenticated: {"),
    );
    await stack.run("config", "set", "palisade:adopt", "true");
    const preview = await stack.preview();
    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).toContain(
      "Who reaches what changes: 4 gains (anon), 14 losses (anon, authenticated, everybody and service_role) and 1 other change (authenticated). The worst:",
    );
    expect(preview.output).toContain("anon gains select on public.tasks: the rows its policies let through");
    const { changes } = reachFileSchema.parse(JSON.parse(readFileSync(join(stack.folder, reachFile), "utf8")));
    expect(
      changes
        .filter(({ command, object }) => command === "select" && object.id === "public.tasks")
        .map(({ role, severity, before, after }) => [role, severity, before?.conditions, after?.conditions]),
    ).toEqual([
      ["anon", "warning", undefined, ["(id = 2)"]],
      ["authenticated", "info", ["(id = 1)"], ["(id = 2)"]],
    ]);
    stack.write(program);
  });

  it("is told by a preview that can't write them", async () => {
    const file = join(stack.folder, reachFile);
    rmSync(file, { force: true });
    mkdirSync(file, { recursive: true });
    const preview = await stack.preview();
    rmSync(file, { recursive: true });
    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).toContain(`Who gains and loses access could not be written to ${file}: EISDIR`);
  });

  it("is told of what leaves the program, under its name and with the stack", async () => {
    await stack.run("config", "set", "palisade:adopt", "true");
    await stack.sql("create function public.stamp() returns trigger language plpgsql as 'begin return new; end'");
    stack.write(`${program}
      import { Trigger } from "pulumi-palisade";
      new Trigger("stamp", { table: "public.tasks", timing: "before", events: ["update"], function: "public.stamp" });`);
    const up = await stack.up();
    expect(up.exitCode, up.output).toBe(0);
    const [, access = ""] = /(new TableAccess[\s\S]*?\n}\);\n)/.exec(program) ?? [];
    stack.write(`${program.replace(access, "").replace(/new ViewAccess\("told".*\n/, "")}
      import { Policy } from "pulumi-palisade";
      new Policy("read", { table: "public.tasks", command: "select", roles: ["authenticated"], using: "id = 1" });`);
    const preview = await stack.preview();
    expect(preview.exitCode, preview.output).toBe(0);
    const told = readDiagnostics(preview);
    expect(told.get("TableAccess tasks")?.join("\n")).toBe(
      "authenticated loses select: was the rows its policies let through",
    );
    expect(told.get("ViewAccess told")?.join("\n")).toBe(
      "anon loses select: was every row of public.tasks with the rights of postgres",
    );
    expect(told.get("Trigger stamp")?.join("\n")).toBe(
      "no longer runs public.stamp() with the rights of whoever does it whenever a row of public.tasks is updated",
    );
    const { changes } = reachFileSchema.parse(JSON.parse(readFileSync(join(stack.folder, reachFile), "utf8")));
    expect(changes.map(({ resource, role }) => [resource.split("::").at(-1), role])).toEqual([
      ["tasks", "authenticated"],
      ["told", "anon"],
    ]);
    expect(preview.output).toContain(
      "Who reaches what changes by what leaves the program: 2 losses (anon and authenticated).",
    );
    stack.write(program);
  });

  it("is not told of what a program that failed did not come to declare", async () => {
    const [first = "", ...others] = program.split(/(?=new \w+Access\()/);
    stack.write([first, others[0], "const { name } = undefined;", ...others.slice(1)].join("\n"));
    const { exitCode, output } = await stack.preview();
    stack.write(program);
    expect(exitCode, output).not.toBe(0);
    expect(output).toContain("TypeError: Cannot destructure property 'name'");
    expect(output).not.toMatch(/leaves the program|loses|that no resource declares/);
  });

  it("refuses a role, an object, a command and an option that there is not", async () => {
    await expect(reach("--role", "nobody")).rejects.toThrow("--role: the database has no role nobody");
    await expect(reach("--who-can", "selct")).rejects.toThrow(
      "--who-can: selct is no such command; it is one of select,",
    );
    await expect(reach("--object", "public.taks")).rejects.toThrow("--object: the database has no public.taks");
    await expect(reach("--undeclred")).rejects.toThrow("Unknown option '--undeclred'");
  });
});
