import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Probe } from "../../infra/catalog/probe.ts";
import { probeColumn } from "../../infra/catalog/probes/column.ts";
import { probeCondition } from "../../infra/catalog/probes/condition.ts";
import { probeRelation } from "../../infra/catalog/probes/relation.ts";
import { askServer } from "../../infra/catalog/question.ts";
import { Database } from "../../infra/database/database.ts";
import { probeFunction } from "../../infra/kinds/function/probe.ts";
import { findDependentPolicies, findObstacles, readColumns } from "../../infra/migrations/pending/dependents.ts";
import { MigratedSchema } from "../../infra/migrations/pending/pending-schema.ts";
import { assumptionsOf } from "../../infra/migrations/scripts/assumptions.ts";
import { SchemaChanges } from "../../infra/migrations/scripts/schema-changes.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { parseQualified } from "../../infra/sql/quote.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const schema = `
  create schema private;
  create type public.role as enum ('OWNER', 'MEMBER', 'GUEST');
  create table public.members (org text, person text, role public.role);
  create table public.tasks (id int primary key, org text, priority int, "Due date" date, owner uuid);
  create table public.parent (org text) partition by list (org);
  create table public.child partition of public.parent for values in ('a');
  create table archive.old (id int);
  create view public.seniors as select * from public.members where role = 'OWNER';
  create function private.me() returns text language sql as 'select ''me''';
  alter table public.tasks enable row level security;
  create policy by_org on public.tasks using (org = private.me());
  create policy by_member on public.tasks using (exists (select from public.members m where m.role = 'OWNER' and m.person = private.me()));
  create policy "By senior" on public.tasks as restrictive using (exists (select from public.seniors s where s.org = tasks.org));
  create policy by_old on public.tasks using (exists (select from archive.old));
  create policy by_cast on public.tasks using (current_setting('x', true)::public.role = 'OWNER');
  create policy by_org on public.child using (org = 'a');
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touch before update of priority on public.tasks for each row execute function public.touch();
  create publication sent for table public.tasks (id, org);
  create publication picked for table public.members where (org = 'a');
`;

describe.each([17, 15] as const)("pending migrations, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: Database;

  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(major);
    database = new Database((await server.createDatabase()).url);
    await database.read(`create schema archive; ${schema}`);
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  const read = (script: string) => new SchemaChanges().read("2_next", script);

  describe("and the live policies in their way", () => {
    const dependents = async (script: string) => {
      const found = await database.look((session) => findDependentPolicies(session, read(script).losses));
      return found.map(({ table, name, loss }) => `${table.name}.${name} uses ${loss.name}.${loss.column ?? ""}`);
    };

    it.each([
      [
        "alter table tasks drop column org",
        ["tasks.By senior uses public.tasks.org", "tasks.by_org uses public.tasks.org"],
      ],
      [
        "alter table tasks alter column org type varchar(20)",
        ["tasks.By senior uses public.tasks.org", "tasks.by_org uses public.tasks.org"],
      ],
      ["alter table members drop column role cascade", ["tasks.by_member uses public.members.role"]],
      ["drop view seniors; alter table members drop column org", ["tasks.By senior uses public.seniors."]],
      ["drop table archive.old cascade", ["tasks.by_old uses archive.old."]],
      ["drop schema archive cascade", ["tasks.by_old uses archive."]],
      ["drop function private.me()", ["tasks.by_member uses private.me.", "tasks.by_org uses private.me."]],
      ["drop type public.role cascade", ["tasks.by_cast uses public.role.", "tasks.by_member uses public.role."]],
      ["alter table parent drop column org", ["child.by_org uses public.parent.org"]],
      ["alter table tasks rename column org to organization", []],
      ["alter table tasks drop column priority; drop table tasks; alter table members add column x int", []],
    ])("are found: %s", async (script, expected) => {
      expect(await dependents(script)).toEqual(expected);
    });
  });

  describe("and what else is in their way", () => {
    const obstacles = async (script: string) => {
      const changes = read(script);
      const found = await database.look((session) => findObstacles(session, changes.losses));
      return found
        .filter(({ kind, name }) => !changes.clearsAway(kind, name))
        .map(({ kind, name, loss }) => `${kind} ${name} uses ${loss.name}.${loss.column ?? ""}`);
    };

    it.each([
      [
        "alter table members drop column org",
        ["publication picked uses public.members.org", "view public.seniors uses public.members.org"],
      ],
      ["drop view seniors; alter table members drop column role; create view seniors as select 1", []],
      ["alter table tasks drop column org", ["publication sent uses public.tasks.org"]],
      ["alter table tasks alter column org type varchar(9)", []],
      [
        "alter table members alter column org type varchar(9)",
        ["publication picked uses public.members.org", "view public.seniors uses public.members.org"],
      ],
      ["alter publication sent set table tasks (id); alter table tasks drop column org", []],
      ["alter table tasks drop column priority", ["trigger touch on public.tasks uses public.tasks.priority"]],
      ["drop trigger touch on tasks; alter table tasks drop column priority; drop function touch()", []],
      ["drop function touch()", ["trigger touch on public.tasks uses public.touch."]],
      ["drop table tasks; drop function touch()", []],
    ])("is found: %s", async (script, expected) => {
      expect(await obstacles(script)).toEqual(expected);
    });
  });

  describe("and declarations", () => {
    const condition = (sql: string, table = "public.tasks") => probeCondition(["using"], parseQualified(table), sql);
    const fn = (body: string, options = "language sql") =>
      probeFunction(
        ["definition"],
        "private.f()",
        `create or replace function private.f() returns text ${options} as $$ ${body} $$`,
      );
    const column = (name: string) => probeColumn([], parseQualified("public.tasks"), name);
    const relation = (name: string) => probeRelation([], parseQualified(name), "rp");

    /** What is refused, or whether it is known to hold; undefined: left to the database's answer. */
    const judge = async (script: string, probe: Probe) => {
      const changes = read(script);
      const origins = [...changes.tables.values()].flatMap(({ origin }) => origin ?? []);
      const pendingSchema = new MigratedSchema(
        changes,
        await database.look((session) => readColumns(session, origins)),
      );
      const { statements } = assumptionsOf(script);
      const [problem] = await pendingSchema.examine([probe], (questions) => askServer(database, questions, statements));
      return problem?.message ?? (pendingSchema.willHold(probe) ? "holds" : undefined);
    };

    it.each<[string, string, Probe, string | undefined]>([
      [
        "a column that is dropped",
        "alter table tasks drop column org",
        condition("org = 'a'"),
        "it uses public.tasks.org, which the pending migration 2_next drops. Declare it as it should be afterwards; the update changes it together with the migration",
      ],
      [
        "a column of another table",
        "alter table members drop column role",
        condition("exists (select from public.members where role = 'OWNER')"),
        "it uses public.members.role, which the pending migration 2_next drops.",
      ],
      [
        "a column that is renamed",
        `alter table tasks rename column "Due date" to due`,
        condition(`"Due date" < now()`),
        'it uses public.tasks."Due date", which the pending migration 2_next renames.',
      ],
      [
        "a function that is dropped",
        "drop function private.me()",
        condition("org = private.me()"),
        "it uses private.me, which the pending migration 2_next drops.",
      ],
      [
        "a view that is dropped",
        "drop view seniors",
        condition("exists (select from public.seniors)"),
        "it uses public.seniors, which the pending migration 2_next drops.",
      ],
      [
        "a table that is renamed",
        "alter table members rename to memberships",
        condition("exists (select from public.members)"),
        "it uses public.members, which the pending migration 2_next renames.",
      ],
      [
        "a type that is dropped",
        "drop type role",
        condition("'OWNER'::public.role is null"),
        "it uses public.role, which the pending migration 2_next drops.",
      ],
      [
        "a label that the new enum lacks",
        `create type "role_new" as enum ('MEMBER'); alter table members alter column role type "role_new" using role::text::"role_new"`,
        condition("role <> 'GUEST'", "public.members"),
        'invalid input value for enum role_new: "GUEST", once the pending migration 2_next has changed the type of public.members.role',
      ],
      [
        "a type that no longer compares",
        "alter table tasks alter column priority type text",
        condition("priority > 3"),
        "operator does not exist: text > integer.",
      ],
      [
        "a column that neither is nor comes",
        "alter table tasks add column team text",
        condition("teem = 'a'"),
        'column "teem" does not exist',
      ],
      [
        "a column in a function's body",
        "alter table members drop column org",
        fn("select m.org from public.members as m"),
        "it uses public.members.org, which the pending migration 2_next drops.",
      ],
      [
        "a column in the body of a function with a path of its own",
        "alter table members drop column org",
        fn("select org from members", "language sql set search_path = public"),
        "it uses public.members.org",
      ],
      ["a column in a grant", "alter table tasks drop column org", column("org"), "it uses public.tasks.org"],
      [
        "a table that is dropped",
        "drop table tasks",
        relation("public.tasks"),
        "it uses public.tasks, which the pending migration 2_next drops.",
      ],
    ])("are refused that use %s", async (_, script, probe, message) => {
      expect(await judge(script, probe)).toContain(message);
    });

    it.each<[string, string, Probe]>([
      [
        "a column that is added",
        "alter table tasks add column team text",
        condition("team = 'a' and org = 'b' and tasks.ctid is not null"),
      ],
      ["a column by its new name", "alter table tasks rename column org to team", condition("tasks.team = 'a'")],
      [
        "a column made anew with another type",
        "alter table tasks drop column priority, add column priority text",
        condition("priority = 'high'"),
      ],
      [
        "a column of a table by its new name",
        "alter table tasks rename to jobs",
        condition("jobs.org = 'a'", "public.jobs"),
      ],
      [
        "a column of a new type",
        `create type "level" as enum ('HIGH'); alter table tasks add column level "level"`,
        condition("level = 'HIGH'"),
      ],
      ["an added column in a grant", "alter table tasks add column team text", column("team")],
      ["a table by its new name", "alter table tasks rename to jobs", relation("public.jobs")],
    ])("are known to hold that use %s", async (_, script, probe) => {
      expect(await judge(script, probe)).toBe("holds");
    });

    it.each<[string, string, Probe]>([
      ["a column that stays", "alter table tasks drop column priority", condition("org = 'a'")],
      [
        "a retyped column that still fits",
        "alter table tasks alter column org type varchar(20)",
        condition("org = 'a'"),
      ],
      [
        "a column that is made anew with the same type",
        "alter table tasks drop column org, add column org text",
        condition("org = 'a'"),
      ],
      [
        "types that change their names",
        `alter type role rename to role_old; create type role as enum ('OWNER'); alter table members alter column role type role using role::text::role; drop type role_old`,
        condition("role <> 'OWNER'::public.role", "public.members"),
      ],
      [
        "a table that is dropped and made anew",
        "drop table members; create table members (org text)",
        condition("exists (select from public.members where role = 'OWNER')"),
      ],
      [
        "another table's new column",
        "alter table tasks add column team text; alter table members add column team text",
        condition("exists (select from public.members m where m.team = tasks.team)"),
      ],
      [
        "a function whose body is not looked into",
        "alter table members drop column org",
        fn("begin return (select org from public.members); end", "language plpgsql"),
      ],
      [
        "a function that writes",
        "alter table members drop column org",
        fn("insert into public.members (org) values ('a') returning org"),
      ],
    ])("are left to the database's own answer that use %s", async (_, script, probe) => {
      expect(await judge(script, probe)).toBeUndefined();
    });
  });
});
