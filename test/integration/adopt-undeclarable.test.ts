import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AdoptedProject } from "../support/adopted-project.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(17);
});
afterAll(async () => {
  await server?.stop();
});

describe("a database whose names and texts are hostile to code", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    const sql = readFileSync(join(import.meta.dirname, "../support/adoption/hostile.sql"), "utf8");
    project = await AdoptedProject.create(server, sql, "create table public.theirs (id int)");
  });
  afterAll(async () => {
    await project?.close();
  });

  it("is written as a program that compiles, without a difference; what can't be declared is named with the reason", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 differences /m);
    const left = output.split("\n").filter((line) => line.startsWith("left out  "));
    expect(left.map((line) => line.replace(/:.*/, ""))).toEqual([
      "left out  TableAccess public.parent",
      "left out  TableAccess public.theirs",
      "left out  Policy public.parent/__proto__",
      "left out  DatabaseFunction public.crlf()",
      "left out  rule no `delete` on public.delete",
    ]);
  });

  it("is not written a second time", async () => {
    const before = project.files();
    const again = await project.adopt();
    expect(again.exitCode, again.output).toBe(0);
    expect(project.files()).toEqual(before);
  });
});

const undeclarable = `
  create table public.t (id int primary key, owner uuid, note text);
  create table public.keyless (id int);
  create table public.plain (id int);
  alter table public.keyless enable row level security;
  create publication conditional for table public.t where (owner is not null);
  create publication without_key for table public.keyless, public.t;
  create publication inserts for table public.t with (publish = 'insert');
  alter table public.plain replica identity full;
  create publication first for table public.plain;
  create publication second for table public.plain;
  create function public."is-member"() returns boolean language sql stable as 'select true';
  create function public."\${x}""()"() returns boolean language sql stable as 'select true';
  create function public."F n"(a int) returns boolean language sql stable as 'select true';
  create policy one on public.t using (public."is-member"() and public."F n"(1) and public."\${x}""()"());
  create function public.over() returns boolean language sql stable as 'select true';
  create function public.over(a int) returns boolean language sql stable as 'select true';
  create policy overloaded on public.t using (public.over(1));
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touched before update on public.t for each row execute function public.touch();
  create policy two on public.keyless using (true);
  create policy three on public.keyless using (false);
  create function public.handed() returns int language sql as 'select 1';
  grant execute on function public.handed() to authenticated with grant option;
  create aggregate public.internal_sum(int) (sfunc = int4_avg_accum, stype = _int8, initcond = '{0,0}');`;

const undeclarableBySuperuser = `
  create table public.theirs (id int);
  create policy theirs on public.theirs using (true);
  create policy all_theirs on public.theirs using (true);
  create function public.ranked_by_us() returns bigint language internal window as 'window_row_number';
  alter function public.ranked_by_us() owner to postgres;
  create publication everything for all tables; alter publication everything owner to postgres;
  create aggregate public.internal_state(numeric) (sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg);
  create function public.ranked() returns bigint language internal window as 'window_row_number';`;

describe("a database that holds what a preview refuses", () => {
  let project: AdoptedProject;
  beforeAll(async () => {
    project = await AdoptedProject.create(server, undeclarable, undeclarableBySuperuser);
  });
  afterAll(async () => {
    await project?.close();
  });

  it("is written without it, and what is left out is named with the reason", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    const left = output.split("\n").flatMap((line) => (line.startsWith("left out  ") ? [line.slice(10)] : []));
    const reasons = [
      /^TableAccess public\.theirs: .*; and with it all its 2 policies and its grants$/,
      /^DatabaseFunction public\.handed\(\): a role may hand on the right to execute it, which no resource declares$/,
      /^FunctionAccess public\.internal_state\(numeric\): owner: /,
      /^FunctionAccess public\.ranked\(\): owner: /,
      /^Publication conditional: .* the condition tests owner, which is not part of the replica identity/,
      /^Publication everything: it publishes all tables, which no resource declares$/,
      /^Publication without_key: .* public\.keyless has neither a primary key nor a replica identity/,
      /^Publication second: .*the replica identity of public\.plain/,
    ];
    expect(left).toEqual(reasons.map((reason) => expect.stringMatching(reason)));
  });

  it("calls a function by its resource, but one that has overloads by its name", () => {
    const files = project.files();
    expect(files["stacks/table-access.ts"]).toContain("${isMember}() and ${fn}(1) and ${x}()");
    expect(files["stacks/table-access.ts"]).toContain("sql`public.over(1)`");
    expect(files["stacks/triggers.ts"]).toContain("function: touch.signature");
    expect(files["stacks/functions.ts"]).toContain("public.ranked_by_us()");
  });

  it("is not written a second time, whatever its functions are called, but for what can be declared by now", async () => {
    const before = project.files();
    expect(before["stacks/functions.ts"]).toMatch(/^\/\/ DatabaseFunction public\.handed\(\): /m);
    await project.sql("revoke grant option for execute on function public.handed() from authenticated");
    const again = await project.adopt();
    expect(again.exitCode, again.output).toBe(0);
    const { "stacks/functions.ts": functions, "sql/functions/handed.sql": _, ...others } = project.files();
    expect({ ...before, ...others }).toEqual({ ...before });
    expect(functions).toContain('new DatabaseFunction("handed"');
    expect(functions).toMatch(/^\/\/ Left out:\n\/\/ FunctionAccess public\.internal_state\(numeric\): owner: /m);
    expect(functions).not.toMatch(/^\/\/.*handed/m);
  });

  it.each([
    [["--without", "inserts"], "The Publication of that name is meant by its kind, with all others of it: Publication"],
    [["--only", "public", "--without", "public"], "--only and --without together leave nothing"],
  ])("is refused by the words %j", async (words, problem) => {
    const { exitCode, output } = await project.adopt(...words);
    expect(exitCode).toBe(1);
    expect(output).toContain(problem);
  });
});
