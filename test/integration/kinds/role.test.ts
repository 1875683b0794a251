import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "../../support/fingerprint.ts";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { type MigrationsStack, openMigrationsStack } from "../migrations-stack.ts";

const program = (...resources: readonly string[]) =>
  `import { Role, TableAccess } from "pulumi-palisade";\n${resources.join("\n")}\n`;
const editor = `new Role("editor", { login: true, settings: { statement_timeout: "3s" } });`;
const login = `new Role("authenticator", { memberOf: { anon: {}, authenticated: {}, service_role: {}, editor: { inherit: false } } });`;
const reached = (name: string) => `new Role("${name}");`;

describe("a role", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: program() });
    await stack.sql("create role found_role createdb; grant found_role to postgres with admin option");
    await stack.run("config", "set", "palisade:adopt", "true");
    stack.write(
      program(login, editor, `new Role("found_role", { createDatabase: true, memberOf: ["authenticated"] });`),
    );
    succeed(await stack.up());
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });
  const said = (run: Run, resource: string) => readDiagnostics(run).get(resource)?.join(" ");
  const preview = async (name: string) => said(await stack.preview(), `Role ${name}`);

  it("of the API's login gets the role that requests may become, whose other memberships are the platform's", async () => {
    expect(
      await stack.sql(
        "select roleid::regrole::text as role, inherit_option, set_option from pg_auth_members where member = 'authenticator'::regrole order by 1",
      ),
    ).toMatchObject([
      { role: "anon" },
      { role: "authenticated" },
      { role: "editor", inherit_option: false, set_option: true },
      { role: "service_role" },
    ]);
    const found = await stack.run("preview", "--expect-no-changes");
    expect(found.exitCode, found.output).toBe(0);
  });

  it("has a password that no statement touches, and that is no difference", async () => {
    await stack.sql("alter role editor password 'of-nobody'");
    const stored = () => stack.sql("select rolpassword from pg_authid where rolname = 'editor'");
    const before = await stored();
    stack.write(program(login, editor.replace("3s", "4s")));
    // Another resource leaves with it.
    succeed(await stack.up());
    expect(await stored()).toEqual(before);
    expect((await stack.run("stack", "export")).output).not.toContain("SCRAM-SHA-256");
    stack.write(program(login, editor));
    succeed(await stack.up());
  });

  it("leaves a state, such as another package's, and is imported into ours without a statement", async () => {
    const client = { query: async (sql: string) => ({ rows: await stack.sql(sql) }) } as unknown as pg.Client;
    const before = await fingerprint(client);
    const urn = "urn:pulumi:test::palisade::palisade:index:Role::authenticator";
    succeed(await stack.run("state", "delete", urn, "--yes"));
    succeed(
      await stack.run(
        ...["import", "palisade:index:Role", "authenticator", "authenticator"],
        ...["--yes", "--protect=false", "--generate-code=false"],
      ),
    );
    succeed(await stack.run("preview", "--expect-no-changes"));
    expect(await fingerprint(client)).toBe(before);
  });

  it("that was there before the stack stays when it is taken out, without its declared memberships", async () => {
    expect(
      await stack.sql(
        "select rolcreatedb, pg_has_role('found_role', 'authenticated', 'member') as held from pg_roles where rolname = 'found_role'",
      ),
    ).toEqual([{ rolcreatedb: true, held: false }]);
  });

  it("has a setting in another unit that means the same, which is no difference", async () => {
    await stack.sql("alter role editor set statement_timeout = 3000");
    const found = await stack.run("preview", "--expect-no-changes");
    expect(found.exitCode, found.output).toBe(0);
  });

  it("that somebody made a superuser is told at preview, with what a superuser has to do", async () => {
    await stack.sql("alter role editor superuser");
    expect(await preview("editor")).toMatch(
      /superuser: true => \(none\).*superuser: .*have a role that may run "alter role "editor" nosuperuser"/,
    );
    await stack.sql("alter role editor nosuperuser");
  });

  it("that another role made a member is told at preview, with whose it is to end that", async () => {
    await stack.sql("grant service_role to editor");
    expect(await preview("editor")).toMatch(
      /memberOf\.service_role: supabase_admin made editor a member of service_role, and only that role may end it\. Have supabase_admin run "revoke service_role from editor"/,
    );
    await stack.sql("revoke service_role from editor");
  });

  it("is not dropped while it owns something or has privileges: the error names that, and nothing goes with it", async () => {
    await stack.sql(
      "create table public.kept (id text); alter table public.kept owner to editor; create table public.read (id text); grant select on public.read to editor",
    );
    stack.write(program(login.replace(", editor: { inherit: false }", "")));
    const run = await stack.up();
    expect(run.exitCode, run.output).not.toBe(0);
    expect(said(run, "Role editor")).toMatch(
      /the role editor can't be dropped: it owns the table public\.kept, and it has privileges on, or a policy in, the table public\.read\. Give what it owns to another role \("reassign owned by editor to …"\)/,
    );
    expect(await stack.sql("select rolname from pg_roles where rolname = 'editor'")).toHaveLength(1);
  });

  it("that owns something can't be replaced by another one either, which the preview says", async () => {
    stack.write(program(login.replace("editor:", "writer:"), `new Role("editor", { name: "writer" });`));
    expect(await preview("editor")).toContain("editor can't be replaced by writer: it owns the table public.kept");
  });

  it("goes when nothing is left of it, and the platform's role keeps what the platform gave it", async () => {
    await stack.sql("drop table public.kept, public.read");
    stack.write(program(reached("another")));
    const run = await stack.up();
    succeed(run);
    expect(said(run, "Role authenticator")).toContain("the platform makes this role, and the stack never drops it");
    expect(await stack.sql("select rolname from pg_roles where rolname in ('editor', 'authenticator')")).toEqual([
      { rolname: "authenticator" },
    ]);
    expect(await stack.sql("select from pg_auth_members where member = 'authenticator'::regrole")).toHaveLength(3);
  });

  it("of the platform's keeps, when it is taken out, the memberships that were never declared", async () => {
    stack.write(program(reached("another"), `new Role("authenticator", { settings: { statement_timeout: "8s" } });`));
    succeed(await stack.up());
    await stack.sql("set role postgres; grant another to authenticator; reset role");
    stack.write(program(reached("another")));
    const run = await stack.up();
    succeed(run);
    expect(said(run, "Role authenticator")).toMatch(/the stack never drops it$/);
    const held = "select pg_has_role('authenticator', 'another', 'member') as held";
    expect(await stack.sql(held)).toEqual([{ held: true }]);
  });
});

describe("a role of the platform's that the program declares with a role of a pending migration", () => {
  let project: MigrationsStack;
  beforeAll(async () => {
    const text = `import { Migrations, Role } from "pulumi-palisade";
      const migrations = new Migrations("migrations", { directory: "migrations" });
      ${login.replace("editor", "reader").replace("} });", "} }, { dependsOn: [migrations] });")}`;
    project = await openMigrationsStack(17, { program: text });
    project.migration("1_reader", "create role reader; grant reader to authenticator");
  });
  afterAll(() => project?.close());

  it("is not taken over without being asked to, where somebody has changed its memberships", async () => {
    await project.stack.sql("set role postgres; create role found_role; grant found_role to authenticator; reset role");
    const refused = await project.stack.preview();
    expect(refused.output).toContain("authenticator exists already and differs from what is declared");
    await project.stack.sql("drop role found_role");
  });

  it("is taken over as the platform makes it, and gets the membership", async () => {
    succeed(await project.stack.run("up", "--yes"));
    succeed(await project.stack.preview("--expect-no-changes"));
    expect(await project.stack.sql("select pg_has_role('authenticator', 'reader', 'member') as held")).toEqual([
      { held: true },
    ]);
  });
});

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
