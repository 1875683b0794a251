import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployPrismaMigrations } from "../../../infra/migrations/deployment/deploy-migrations.ts";
import { projectDirectory } from "../../../infra/settings/project-folder.ts";
import { type Answer, type Asker, type Course, Prober } from "../../support/prober.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

const askers: readonly Asker[] = [
  { name: "anon", role: "anon" },
  { name: "red", role: "authenticated", user: "red-user", tenant: "red" },
  { name: "blue", role: "authenticated", user: "blue-user", tenant: "blue" },
];
const ownTables = [
  ...["users", "organizations", "organization_members", "organization_invitations", "customers", "projects"],
  ...["tasks", "attachments", "ai_conversations", "notifications"],
];
const tables = [...ownTables.map((table) => `public.${table}`), "public._prisma_migrations", "storage.objects"];

describe("the rows that people see while the stack is changed under them", () => {
  let server: TestServer;
  let database: TestDatabase;
  let stack: TestStack;
  let prober: Prober;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    stack = await TestStack.create({ database });
    await deployPrismaMigrations({
      connectionString: database.url,
      directory: join(projectDirectory, "prisma/migrations"),
    });
    for (const tenant of ["red", "blue"]) await stack.sql(rowsOf(tenant));
    prober = await Prober.start(database.url, askers, tables);
  });
  afterAll(async () => {
    await prober.stop();
    console.info(
      `${prober.questions} questions, the longest answered within ${Math.round(prober.longestMilliseconds)} ms`,
    );
    await stack.close();
    await server.stop();
  });

  it("are nobody's before, and each tenant's own as soon as the table is declared", async () => {
    // The bucket of the two files is there already.
    const course = await during(() => stack.up("-c", "palisade:adopt=true"));
    for (const { name, answers } of ofTenants(course)) {
      // Refused, or without rows where the platform has granted everybody everything and row security shows nothing; then their own.
      const states = answers.map(({ own }) => own ?? 0);
      expect(states, name).toEqual(isPrivate(name) ? [0] : [0, 1]);
      expect(
        answers.flatMap(({ refusal }) => refusal ?? []).filter((text) => !text.startsWith("42501")),
        name,
      ).toEqual([]);
    }
  });

  it("are their own at every moment while every policy of every table is changed", async () => {
    const me = (condition: string) => `const me = sql\`(select \${functions.currentUserId}()${condition})\`;`;
    stack.edit("stacks/table-access.ts", me(""), me(" where true"));
    for (const [name, call] of [
      ["myOrganizations", "currentOrganizationIds"],
      ["administered", "currentAdminOrganizationIds"],
      ["owned", "currentOwnerOrganizationIds"],
    ]) {
      const declaration = (list: string) => `const ${name} = sql\`any (array(select ${list}))\`;`;
      stack.edit(
        "stacks/table-access.ts",
        declaration(`\${functions.${call}}()`),
        declaration(`organization from \${functions.${call}}() as organization`),
      );
    }
    const files = (condition: string) => `sql\`\${firstFolder} = \${myOrganizations}${condition}\`,\n    deletableBy`;
    stack.edit("stacks/storage.ts", files(""), files(" and true"));
    const course = await during(() => stack.up());
    expectOwnRows(course);
  });

  it("are their own at every moment while every policy and every resource gets another name", async () => {
    const key = "const key = table.$table.name;";
    stack.edit("infra/components/tenant-table.ts", key, key.replace(".name;", '.name.concat("_of_members");'));
    stack.edit("stacks/table-access.ts", "new TenantTable(name, {", 'new TenantTable(name.concat(" of members"), {');
    for (const table of ["users", "organizations", "organization_members"]) {
      stack.edit("stacks/table-access.ts", `new TableAccess("${table}", {`, `new TableAccess("access to ${table}", {`);
      stack.edit("stacks/table-access.ts", `      ${table}_select: {`, `      "${table} reading": {`);
    }
    const course = await during(() => stack.up());
    expectOwnRows(course);
  });

  it("are their own at every moment while every resource is replaced", async () => {
    const exported = JSON.parse((await stack.run("stack", "export")).output.replace(/^[^{]*/, "")) as {
      readonly deployment: { readonly resources: readonly { readonly urn: string; readonly type: string }[] };
    };
    const urns = exported.deployment.resources.flatMap(({ urn, type }) =>
      type.startsWith("palisade:index:") ? [urn] : [],
    );
    expect(urns.length).toBeGreaterThan(30);
    const course = await during(() => stack.up(...urns.flatMap((urn) => ["--replace", urn])));
    expectOwnRows(course);
  });

  it("are never more than their own while drift that closes every table is repaired, and then are all their own", async () => {
    for (const table of ownTables) {
      await stack.sql(`revoke select on public.${table} from authenticated;
        create policy "closed for now" on public.${table} as restrictive using (false);
        alter table public.${table} force row level security`);
    }
    const course = await during(() => stack.up());
    for (const { name, answers } of ofTenants(course)) {
      const expected = isPrivate(name) ? [0] : name.endsWith("storage.objects") ? [1] : [0, 1];
      expect(
        answers.map(({ own }) => own ?? 0),
        name,
      ).toEqual(expected);
    }
  });

  it("are their own, once and for good, as soon as drift that opened every table is repaired", async () => {
    prober.takeCourse();
    for (const [index, table] of ownTables.entries()) {
      await stack.sql(
        index % 2 === 0
          ? `alter table public.${table} disable row level security`
          : `create policy "open for now" on public.${table} using (true)`,
      );
    }
    const run = await stack.up();
    succeed(run);
    await prober.untilAsked(tables.length + 1);
    const course = prober.takeCourse();
    for (const { name, answers } of ofTenants(course).filter((of) =>
      ownTables.some((table) => of.name.endsWith(`public.${table}`)),
    )) {
      // Their own before somebody opened the table (unless that was first), everybody's, and their own again.
      expect(
        answers.map(({ foreign }) => foreign.length > 0),
        name,
      ).toEqual(expect.arrayContaining([true]));
      expect(answers.at(-1), name).toEqual({ own: 1, foreign: [] });
      const repaired = answers.findLastIndex(({ foreign }) => foreign.length > 0) + 1;
      expect(answers.slice(repaired), name).toHaveLength(1);
      expect(
        answers.filter(({ foreign }, index) => foreign.length > 0 && answers[index - 1]?.foreign.length === 0).length,
        name,
      ).toBeLessThanOrEqual(1);
    }
    expectAnonymousSeesNothing(course);
  });

  it("are nobody's at the end, when everything is removed", async () => {
    // A bucket that holds files is not removed.
    await stack.sql(
      "set storage.allow_delete_query = 'true'; delete from storage.objects; reset storage.allow_delete_query",
    );
    const course = await during(() => stack.run("destroy", "--yes", "--skip-preview"));
    for (const { name, answers } of ofTenants(course)) {
      expect(answers.at(-1)?.own ?? 0, name).toBe(0);
      expect(
        answers.flatMap(({ refusal }) => refusal ?? []).filter((text) => !text.startsWith("42501")),
        name,
      ).toEqual([]);
    }
  });

  /** Runs a command that must succeed, and gives what was answered meanwhile; nobody may ever have seen another tenant's row. */
  async function during(command: () => Promise<Run>): Promise<Course> {
    // What is being answered now may be of before.
    await prober.untilAsked(1);
    prober.takeCourse();
    await prober.untilAsked(tables.length);
    const run = await command();
    await prober.untilAsked(tables.length + 1);
    const course = prober.takeCourse();
    succeed(run);
    expect(
      [...course].flatMap(([name, answers]) =>
        answers.flatMap(({ foreign }) => foreign.map((row) => `${name}: ${row}`)),
      ),
    ).toEqual([]);
    expectAnonymousSeesNothing(course);
    return course;
  }
});

/** One answer from the first question to the last: the tenant's one row, and no refusal. */
function expectOwnRows(course: Course): void {
  for (const { name, answers } of ofTenants(course)) {
    expect(
      answers.map(({ own }) => own ?? 0),
      name,
    ).toEqual([isPrivate(name) ? 0 : 1]);
    expect(
      answers.filter(({ refusal }) => refusal !== undefined && !isPrivate(name)),
      name,
    ).toEqual([]);
  }
}

function expectAnonymousSeesNothing(course: Course): void {
  const anonymous = [...course].filter(([name]) => name.startsWith("anon "));
  expect(anonymous).toHaveLength(tables.length);
  for (const [name, answers] of anonymous) {
    expect(
      answers.every(({ own = 0, foreign }) => own === 0 && foreign.length === 0),
      name,
    ).toBe(true);
    expect(
      answers.flatMap(({ refusal }) => refusal ?? []).filter((text) => !text.startsWith("42501")),
      name,
    ).toEqual([]);
  }
}

function ofTenants(course: Course): { readonly name: string; readonly answers: readonly Answer[] }[] {
  return [...course].flatMap(([name, answers]) => (name.startsWith("anon ") ? [] : [{ name, answers }]));
}

function isPrivate(name: string): boolean {
  return name.endsWith("_prisma_migrations");
}

/** One row in each table, whose every text holds the tenant's word. */
function rowsOf(tenant: string): string {
  return `
    insert into public.users (id, email) values ('${tenant}-user', '${tenant}@example.com');
    insert into public.organizations (id, name, slug) values ('${tenant}', '${tenant}', '${tenant}');
    insert into public.organization_members (user_id, organization_id, role) values ('${tenant}-user', '${tenant}', 'OWNER');
    insert into public.organization_invitations (id, organization_id, email) values ('${tenant}-invitation', '${tenant}', '${tenant}-guest@example.com');
    insert into public.customers (id, organization_id, name) values ('${tenant}-c', '${tenant}', 'C');
    insert into public.projects (id, organization_id, name) values ('${tenant}-p', '${tenant}', 'P');
    insert into public.tasks (id, organization_id, project_id, title) values ('${tenant}-t', '${tenant}', '${tenant}-p', 'T');
    insert into public.attachments (id, organization_id, task_id, name, path, content_type, size_bytes)
      values ('${tenant}-a', '${tenant}', '${tenant}-t', 'A', '${tenant}/a', 'text/plain', 1);
    insert into public.ai_conversations (id, organization_id, user_id, title) values ('${tenant}-i', '${tenant}', '${tenant}-user', 'T');
    insert into public.notifications (id, organization_id, user_id, title, message) values ('${tenant}-n', '${tenant}', '${tenant}-user', 'T', 'M');
    insert into storage.buckets (id, name, file_size_limit) values ('attachments', 'attachments', 50000000) on conflict do nothing;
    insert into storage.objects (bucket_id, name) values ('attachments', '${tenant}/file.txt')`;
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
