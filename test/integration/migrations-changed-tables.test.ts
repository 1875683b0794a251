import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics } from "../support/pulumi-output.ts";
import type { Run } from "../support/stack.ts";
import { probeDuring } from "./migrations-prober.ts";
import { type MigrationsStack, openMigrationsStack } from "./migrations-stack.ts";

/** What one version of the program declares. */
interface Version {
  /** The condition of the policy that opens tasks, and of the one that narrows them. */
  readonly tasks: readonly [string, string];
  readonly members: string;
  /** The body of the helper function. */
  readonly organizations: string;
  /** The table of tasks. */
  readonly name?: string;
  readonly more?: string;
  /** Arguments of Migrations, beside the folder. */
  readonly settings?: string;
}

function program({ tasks, members, organizations, name = "tasks", more = "", settings = "" }: Version): string {
  return `
import { DatabaseFunction, Migrations, Policy, Publication, Schema, TableAccess, TableReference } from "pulumi-palisade";
const migrations = new Migrations("migrations", { directory: "migrations" ${settings} });
const table = (name: string) => new TableReference("public", name, migrations);
const schema = new Schema("private");
const mine = new DatabaseFunction("my_organizations", {
  definition: \`create function private.my_organizations() returns setof text language sql stable security definer set search_path = '' as $$ ${organizations} $$\`,
  execute: ["authenticated"],
}, { dependsOn: [schema, migrations] });
const grants = { authenticated: ["select"] } as const;
const roles = ["authenticated"];
new TableAccess("tasks", { table: table("${name}"), grants, policies: {
  tasks_select: { command: "select", roles, using: ${JSON.stringify(tasks[0])} },
  tasks_narrow: { command: "select", roles, as: "restrictive", using: ${JSON.stringify(tasks[1])} },
} }, { dependsOn: [mine] });
new TableAccess("members", { table: table("members"), grants, policies: {
  members_select: { command: "select", roles, using: ${JSON.stringify(`person = ${me} and ${members}`)} },
} });
${more}
`;
}

const me = "current_setting('request.jwt.claims')::jsonb ->> 'sub'";
const mine = "any (array(select private.my_organizations()))";
const first: Version = {
  tasks: [`org = ${mine}`, "not archived"],
  members: "role <> 'GUEST'",
  organizations: `select m.org from public.members m where m.person = ${me}`,
};
const teams: Version = {
  tasks: [`team = ${mine}`, "not hidden"],
  members: "role <> 'GUEST'",
  organizations: `select m.team from public.members m where m.person = ${me}`,
};

const base = `
  create type public.role as enum ('OWNER', 'MEMBER', 'GUEST');
  create table public.members (person text, org text, role public.role, primary key (person, org));
  create table public.tasks (id text primary key, org text not null, archived boolean not null default false);
  insert into public.members values ('ann', 'a', 'OWNER'), ('bob', 'b', 'MEMBER');
  insert into public.tasks values ('a1', 'a', false), ('a2', 'a', false), ('a3', 'a', true), ('b1', 'b', false), ('b2', 'b', true);
`;

describe.each([17, 15] as const)("a migration that takes away what a policy uses, on PostgreSQL %i", (major) => {
  let project: MigrationsStack;

  beforeAll(async () => {
    // On one server the provider runs as the engine starts it, so that the preview and the update are processes of their own.
    project = await openMigrationsStack(major, { program: program(first), ownProcess: major === 15 });
    project.migration("1_base", base);
    const run = await deploy();
    expect(run.exitCode, run.output).toBe(0);
  });
  afterAll(() => project?.close());

  const deploy = () => project.stack.run("up", "--yes");
  const rowsOfAnn = {
    user: "ann",
    query: "select id from public.tasks union all select person from public.members order by 1",
    expected: "a1,a2,ann",
  };
  const diagnosticsOf = (run: Run, name: string) => (readDiagnostics(run).get(name) ?? []).join("\n");

  const expectNoChanges = async () => {
    const run = await project.stack.preview("--expect-no-changes");
    expect(run.exitCode, run.output).toBe(0);
  };

  const expectUnseen = (work: () => Promise<Run>) => expectOnly(rowsOfAnn, work);

  const expectOnly = async (rows: typeof rowsOfAnn, work: () => Promise<Run>) => {
    const { result, sightings } = await probeDuring(project.database.url, rows, work);
    expect(result.exitCode, result.output).toBe(0);
    expect([...sightings.answers.keys()]).toEqual([rows.expected]);
    expect(sightings.count).toBeGreaterThan(0);
    await expectNoChanges();
    return result;
  };

  describe("is refused at preview", () => {
    it("where a declaration that nobody changed still uses a column, naming the policy, the resource and the property", async () => {
      project.migration("2_drop", "alter table public.tasks drop column archived");
      const run = await project.stack.preview();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(diagnosticsOf(run, "Migrations migrations")).toContain(
        "the pending migration 2_drop drops public.tasks.archived, which the policy tasks_narrow on public.tasks uses: the update brings the policy to its declaration in the migration's own transaction",
      );
      expect(run.output).toContain(
        "TableAccess resource 'tasks' has a problem: policies.tasks_narrow.using: it uses public.tasks.archived, which the pending migration 2_drop drops. Declare it as it should be afterwards",
      );
    });

    it("where a function's body does, which PostgreSQL itself does not keep track of", async () => {
      project.migration("2_drop", "alter table public.members drop column org cascade");
      const run = await project.stack.preview();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(run.output).toContain(
        "Function resource 'my_organizations' has a problem: definition: it uses public.members.org, which the pending migration 2_drop drops.",
      );
    });

    it("where changed declarations do, all of them at once", async () => {
      project.migration(
        "2_drop",
        "alter table public.tasks drop column org cascade, drop column archived; alter table public.members drop column role",
      );
      project.stack.write(
        program({ ...first, tasks: ["org = 'a'", "archived is false"], members: "(role is null or role <> 'GUEST')" }),
      );
      const run = await project.stack.preview();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(diagnosticsOf(run, "TableAccess tasks")).toMatch(
        /policies\.tasks_narrow\.using: it uses public\.tasks\.archived, .*\n.*policies\.tasks_select\.using: it uses public\.tasks\.org, /,
      );
      expect(diagnosticsOf(run, "TableAccess members")).toContain(
        "policies.members_select.using: it uses public.members.role",
      );
      project.stack.write(program(first));
    });

    it("where it is no SQL", async () => {
      project.migration("2_drop", "alter table public.members drop colum org");
      const run = await project.stack.preview();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(diagnosticsOf(run, "Migrations migrations")).toContain(
        'PostgreSQL cannot parse the pending migration 2_drop: syntax error at or near "org"',
      );
      project.remove("migrations/2_drop");
    });
  });

  it("changes together with its policies, so that nobody sees a difference: columns dropped, renamed and made anew", async () => {
    project.migration(
      "3_teams",
      `alter table public.tasks add column team text;
       update public.tasks set team = org;
       alter table public.tasks drop column org;
       alter table public.tasks rename column archived to hidden;
       alter table public.tasks drop column hidden, add column hidden boolean not null default false;
       update public.tasks set hidden = id in ('a3', 'b2');
       alter table public.members rename column org to team;`,
    );
    project.stack.write(program(teams));
    await expectUnseen(deploy);
  });

  /** What `prisma migrate dev` writes when labels of an enum change. */
  const enumScript = (...labels: readonly string[]) => `
    -- AlterEnum
    BEGIN;
    CREATE TYPE "role_new" AS ENUM (${labels.map((label) => `'${label}'`).join(", ")});
    ALTER TABLE "members" ALTER COLUMN "role" TYPE "role_new" USING ("role"::text::"role_new");
    ALTER TYPE "role" RENAME TO "role_old";
    ALTER TYPE "role_new" RENAME TO "role";
    DROP TYPE "role_old";
    COMMIT;

    -- AlterTable
    ALTER TABLE "tasks" ADD COLUMN "priority" INTEGER;
  `;

  it("changes the type of a column under a policy that stays as it is, as Prisma writes it, in a transaction of its own", async () => {
    project.migration("4_roles", enumScript("OWNER", "MEMBER", "GUEST", "ADMIN"));
    const run = await expectUnseen(deploy);
    expect(run.output).toContain(
      "the pending migration 4_roles retypes public.members.role and drops the type public.role, which the policy members_select on public.members uses",
    );
    expect(run.output).not.toContain("WARNING");
    expect(await project.stack.sql("select enum_range(null::public.role)::text as labels")).toEqual([
      { labels: "{OWNER,MEMBER,GUEST,ADMIN}" },
    ]);
  });

  it("is refused at preview where the new type lacks a value that the policy names", async () => {
    project.migration("5_guests", enumScript("OWNER", "MEMBER"));
    const run = await project.stack.preview();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain(
      "TableAccess resource 'members' has a problem: policies.members_select.using: invalid input value for enum role_new: \"GUEST\", once the pending migration 5_guests has changed the type of public.members.role",
    );
  });

  it("is rolled back with everything where only the update finds out, and is no failed migration afterwards", async () => {
    const cast = { ...teams, members: "role <> 'GUEST'::public.role" };
    project.remove("migrations/5_guests");
    project.stack.write(program(cast));
    expect((await deploy()).exitCode).toBe(0);
    project.migration("5_guests", enumScript("OWNER", "MEMBER"));
    const run = await deploy();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(diagnosticsOf(run, "Migrations migrations")).toMatch(
      /the migration 5_guests was stopped: what is declared for public\.members does not hold after it: invalid input value for enum (public\.)?role: "GUEST"\nNothing of it stayed, and there is nothing to resolve: deploy again\./,
    );
    project.remove("migrations/5_guests");
    project.stack.write(program(teams));
    expect((await deploy()).exitCode).toBe(0);
    await expectNoChanges();
  });

  it("is carried through without a preview as well: the tables let nothing through until their resources follow, and never too much", async () => {
    project.migration(
      "6_units",
      "alter table public.tasks add column unit text; update public.tasks set unit = team; alter table public.tasks drop column team",
    );
    const units: Version = { ...teams, tasks: [`unit = ${mine}`, "not hidden"] };
    project.stack.write(program(units));
    const { result, sightings } = await probeDuring(project.database.url, rowsOfAnn, () => project.stack.up());
    expect(result.exitCode, result.output).toBe(0);
    expect([...sightings.answers.keys()].sort()).toEqual(["a1,a2,ann", "ann"]);
    expect(diagnosticsOf(result, "Migrations migrations")).toContain(
      "the policy tasks_select on public.tasks lets nothing through until its resource is updated, later in this update",
    );
    expect(sightings.last).toBe(rowsOfAnn.expected);
    await expectNoChanges();

    project.migration(
      "7_jobs",
      "alter table public.tasks rename to jobs; alter table public.jobs drop column hidden, add column hidden boolean default false; create view public.tasks with (security_invoker) as select * from public.jobs; grant select on public.tasks to authenticated; update public.jobs set hidden = id in ('a3', 'b2')",
    );
    project.stack.write(program({ ...units, name: "jobs" }));
    await expectUnseen(deploy);
  });

  it("may make a table, which nobody reaches before its declaration, whatever default privileges say", async () => {
    await project.client.query("alter default privileges in schema public grant all on tables to anon, authenticated");
    const units: Version = { ...teams, tasks: [`unit = ${mine}`, "not hidden"], name: "jobs" };
    const more = `new TableAccess("invoices", { table: table("invoices"), grants, policies: {
      invoices_select: { command: "select", roles, using: ${JSON.stringify(`team = ${mine}`)} },
    } }, { dependsOn: [mine] });
    new Publication("sent", { name: "sent", tables: [table("invoices"), table("jobs")], publish: ["insert"] });`;
    project.migration("8_invoices", "create table public.invoices as select person as id, team from public.members");
    project.stack.write(program({ ...units, more }));
    const rows = { user: "ann", query: "select id from public.invoices", expected: "ann" };
    const { result, sightings } = await probeDuring(project.database.url, rows, deploy);
    expect(result.exitCode, result.output).toBe(0);
    expect([...sightings.answers.keys()].sort()).toEqual(["ann", 'relation "public.invoices" does not exist']);
    await expectNoChanges();

    // What goes with the table, from a publication say, is the migration's doing, and nobody's who changed something in between.
    project.migration("9_invoices", "drop table public.invoices");
    const sent = `new Publication("sent", { name: "sent", tables: [table("jobs")], publish: ["insert"] });`;
    project.stack.write(program({ ...units, more: sent }));
    const dropped = await deploy();
    expect(dropped.exitCode, dropped.output).toBe(0);
    await expectNoChanges();
    project.stack.write(program(units));
    expect((await deploy()).exitCode).toBe(0);
  });

  it("may not open what is declared: the preview names it, and nobody ever gets through, with a preview or without", async () => {
    const opening = `create policy open on public.members using (true); grant select on public.members to anon;
      do $$ begin execute 'alter table public.members disable row level security'; end $$;
      create or replace function private.my_organizations() returns setof text language sql stable security definer set search_path = '' as 'select team from public.members';`;
    const rows = { user: "ann", query: "select person as id from public.members", expected: "ann" };
    project.migration("9_open", opening);
    const run = await expectOnly(rows, deploy);
    for (const line of [
      "grants select on public.members to anon, which the resource members does not declare: the update takes it back in the migration's own transaction",
      "creates the policy open on public.members for everybody, which the resource members does not declare: the update drops it",
      "defines the function private.my_organizations(), which the resource my_organizations declares otherwise: the update brings it to its declaration",
    ]) {
      expect(run.output).toContain(`the pending migration 9_open ${line}`);
    }
    project.migration("9_open_again", opening);
    await expectOnly(rows, () => project.stack.up());
  });

  describe("is refused where nobody says what becomes of the policy", () => {
    const notes = async () =>
      (
        await project.stack.sql(
          "select pg_get_expr(polqual, polrelid) as using from pg_policy where polrelid = 'public.notes'::regclass",
        )
      )[0];

    it("and nothing is changed; it goes through once the policy is declared", async () => {
      const units: Version = { ...teams, tasks: [`unit = ${mine}`, "not hidden"], name: "jobs" };
      await project.client.query(
        "create table public.notes (id int, owner text); alter table public.notes enable row level security; create policy mine on public.notes using (owner = 'me')",
      );
      project.migration("10_notes", "alter table public.notes drop column owner, add column author text");
      const run = await deploy();
      expect(run.exitCode, run.output).not.toBe(0);
      expect(diagnosticsOf(run, "Migrations migrations")).toContain(
        "the policy mine on public.notes uses what this migration takes away, and no resource of the stack says what becomes of it. Declare the policy or its table in the stack, or drop the policy in the migration itself",
      );
      expect(await notes()).toEqual({ using: "(owner = 'me'::text)" });

      const more = `new Policy("mine", { table: table("notes"), using: "author = 'me'" });`;
      project.stack.write(program({ ...units, more }));
      await project.stack.run("config", "set", "palisade:adopt", "true");
      const adopted = await deploy();
      expect(adopted.exitCode, adopted.output).toBe(0);
      expect(await notes()).toEqual({ using: "(author = 'me'::text)" });
      await expectNoChanges();
    });
  });
});
