import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Run } from "../support/stack.ts";
import { type MigrationsStack, openMigrationsStack } from "./migrations-stack.ts";

const program = `
import { DatabaseFunction, Migrations, Policy, Publication, TableAccess, TableReference } from "pulumi-palisade";
const migrations = new Migrations("migrations", { directory: "migrations" });
const table = (name: string) => new TableReference("public", name, migrations);
const touch = new DatabaseFunction("touch", {
  definition: \`create function public.touch() returns text language sql set search_path = '' as $$ select 'a' $$\`,
  execute: ["authenticated"],
}, { dependsOn: [migrations] });
const grants = { authenticated: ["select"] } as const;
const roles = ["authenticated"];
new TableAccess("tasks", { table: table("tasks"), grants, policies: {
  reads: { command: "select", roles, using: "org = public.touch()" },
  owns: { command: "select", roles, using: "org = 'b'" },
  narrows: { command: "select", roles, as: "restrictive", using: "id <> ''" },
} }, { dependsOn: [touch] });
new TableAccess("notes", { table: table("notes"), grants, policies: {
  calls: { command: "select", roles, using: "id = public.touch()" },
} }, { dependsOn: [touch] });
new Policy("one", { table: table("shared"), name: "one", command: "select", roles, using: "id = 'one'" });
new Publication("sent", { name: "sent", tables: [table("tasks"), table("notes")] });
`;

const createAll = `
  create function public.touch() returns text language sql set search_path = '' as $$ select 'a' $$;
  create policy reads on public.tasks for select to authenticated using (org = public.touch());
  create policy narrows on public.tasks as restrictive for select to authenticated using (id <> '');
  alter publication sent add table public.notes;
  drop policy former on public.tasks;
`;

/** The policies of the tables as the next migration finds them. */
const record = (name: string) => `
  create table public.${name} as select polname::text as name, pg_get_expr(polqual, polrelid) as "using"
  from pg_policy where polrelid = 'public.tasks'::regclass;
`;

describe("objects that a later migration creates", () => {
  let project: MigrationsStack;

  beforeAll(async () => {
    project = await openMigrationsStack(17, { program });
  });
  afterAll(() => project?.close());

  const expectSuccess = async (run: Run) => {
    expect(run.exitCode, run.output).toBe(0);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
    const rows = await project.stack.sql("select polname::text as name from pg_policy order by 1");
    expect(rows.map(({ name }) => name)).toEqual(["calls", "narrows", "one", "owns", "reads"]);
  };

  const closed = [
    { name: "former", using: "false" },
    { name: "owns", using: "false" },
  ];

  it("are left to it on a new database, and the table is never more open than declared meanwhile", async () => {
    project.migration(
      "1_base",
      `create table public.tasks (id text primary key, org text);
       create table public.notes (id text primary key);
       create table public.shared (id text primary key);
       alter table public.shared enable row level security;
       create policy one on public.shared for select to authenticated using (id = 'one');
       create policy former on public.tasks using (true);
       create policy owns on public.tasks for select to authenticated using (org = 'b');
       create publication sent for table public.tasks;`,
    );
    project.migration("2_more", record("seen") + createAll);
    await expectSuccess(await project.stack.run("up", "--yes"));
    expect(await project.stack.sql("select * from public.seen order by name")).toEqual(closed);
  });

  it.each([
    ["with a preview", "3", () => project.stack.run("up", "--yes")],
    ["without one", "5", () => project.stack.up()],
  ])("are left to it after an earlier one has dropped them, %s", async (_, number, deploy) => {
    project.migration(
      `${number}_a_drop`,
      `drop policy reads on public.tasks;
       drop policy narrows on public.tasks;
       drop policy one on public.shared;
       drop function public.touch();
       alter publication sent drop table public.notes;
       create policy former on public.tasks using (true);`,
    );
    project.migration(
      `${number}_b_again`,
      `${record(`seen_${number}`)} ${createAll}
       create policy one on public.shared for select to authenticated using (id = 'one');`,
    );
    await expectSuccess(await deploy());
    expect(await project.stack.sql(`select * from public.seen_${number} order by name`)).toEqual(closed);
  });

  it("are there for one that first alters or drops them", async () => {
    const leave = "alter publication sent drop table public.notes;";
    project.migration("7_a_drop", `drop policy owns on public.tasks; ${leave}`);
    project.migration("7_b_alter", `alter policy owns on public.tasks using (true); ${leave}`);
    project.migration(
      "7_c_again",
      `drop policy owns on public.tasks; ${leave}
       create policy owns on public.tasks for select to authenticated using (org = 'b');
       alter publication sent add table public.notes;`,
    );
    await expectSuccess(await project.stack.run("up", "--yes"));
  });
});
