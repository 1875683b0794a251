import { describe, expect, it } from "vitest";
import { describeApplication } from "../../support/application.ts";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";
import type { Run } from "../../support/stack.ts";

interface Drift {
  /** "somebody …" */
  readonly name: string;
  readonly sql: string;
  readonly resource: string;
  /** What a plain preview prints under the resource: each property's path, old and new value. */
  readonly shown: string | RegExp;
  /** Whom putting it right takes something from or gives it back to, as the preview says. */
  readonly effect?: string;
  /** True only while the drift is there. */
  readonly drifted: string;
}

/** What is said of members of an organisation who got at every row of a table, but not at every column. */
const keeps = (command: string, columns: string) =>
  `authenticated keeps ${command}: the rows its policies let through (columns ${columns}) instead of every row (columns ${columns})`;
const everyRow = (before: string, after: string) =>
  [
    "authenticated keeps select, delete: the rows its policies let through instead of every row",
    keeps("insert", `${before}organization_id, ${after}`),
    keeps("update", before + after),
  ].join("\n");

const ownFiles = "the files its policies let through";
const deletedRows = "of deleted rows the key, whatever the policies say";

const drifts: readonly Drift[] = [
  {
    name: "alters a policy to using (true)",
    sql: "alter policy tasks_update on public.tasks using (true)",
    resource: "TableAccess tasks",
    shown: `policies.tasks_update.using: "true" => "tasks.organization_id = any (array(select private.current_organization_ids()))"`,
    effect: keeps("update", "assignee_id, description, due_at, priority, project_id, status, title"),
    drifted: "select pg_get_expr(polqual, polrelid) = 'true' from pg_policy where polname = 'tasks_update'",
  },
  {
    name: "adds a permissive policy by hand",
    sql: `create policy "for the demo" on public.projects using (true)`,
    resource: "TableAccess projects",
    shown: `policies["for the demo"]: {"as":"permissive","command":"all","roles":["public"],"using":"true"} => (none)`,
    effect: everyRow("customer_id, description, due_at, name, ", "status"),
    drifted: "select exists (select from pg_policy where polname = 'for the demo')",
  },
  {
    name: "disables row-level security",
    sql: "alter table public.customers disable row level security",
    resource: "TableAccess customers",
    shown: "rowSecurity: false => true",
    effect: everyRow("company, email, name, notes, ", "phone"),
    drifted: "select not relrowsecurity from pg_class where oid = 'public.customers'::regclass",
  },
  {
    name: "grants a table to anon",
    sql: "grant select on public.organizations to anon",
    resource: "TableAccess organizations",
    shown: `grants.anon: {"select":true} => (none)`,
    drifted: "select has_table_privilege('anon', 'public.organizations', 'select')",
  },
  {
    name: "grants a column to everybody",
    sql: "grant select (email) on public.users to public",
    resource: "TableAccess users",
    shown: `grants.public: {"select":["email"]} => (none)`,
    drifted: "select has_column_privilege('anon', 'public.users', 'email', 'select')",
  },
  {
    name: "lets a role change a column more",
    sql: "grant update (title) on public.notifications to authenticated",
    resource: "TableAccess notifications",
    shown: `grants.authenticated.update: ["read","title"] => ["read"]`,
    effect:
      "authenticated keeps update: the rows its policies let through (columns read) instead of the rows its policies let through (columns read, title)",
    drifted: "select has_column_privilege('authenticated', 'public.notifications', 'title', 'update')",
  },
  {
    name: "takes a grant away",
    sql: "revoke delete on public.attachments from service_role",
    resource: "TableAccess attachments",
    shown: "grants.service_role.delete: (none) => true",
    effect: "service_role gains delete: every row",
    drifted: "select not has_table_privilege('service_role', 'public.attachments', 'delete')",
  },
  {
    name: "widens a policy to another role",
    sql: "alter policy ai_conversations_select on public.ai_conversations to public",
    resource: "TableAccess ai_conversations",
    shown: `policies.ai_conversations_select.roles: ["public"] => ["authenticated"]`,
    drifted: "select polroles = '{0}' from pg_policy where polname = 'ai_conversations_select'",
  },
  {
    name: "lets everybody read the migrations' record",
    sql: "grant select on public._prisma_migrations to service_role",
    resource: "TableAccess _prisma_migrations",
    shown: `grants.service_role: {"select":true} => (none)`,
    effect: "service_role loses select: was every row",
    drifted: "select has_table_privilege('service_role', 'public._prisma_migrations', 'select')",
  },
  {
    name: "alters a policy on the files",
    sql: "alter policy avatars_delete on storage.objects using (bucket_id = 'avatars')",
    resource: "Policy avatars_delete",
    shown:
      /^using: "\(bucket_id = 'avatars'::text\)" => "objects\.bucket_id = 'avatars' and \(\(storage\.foldername.*current_user_id/,
    drifted: "select pg_get_expr(polqual, polrelid) !~ 'foldername' from pg_policy where polname = 'avatars_delete'",
  },
  {
    name: "adds a policy on the files in the dashboard",
    sql: "set role postgres; create policy open on storage.objects using (true); reset role",
    resource: "ExclusivePolicies storage.objects",
    shown: `policies.open: "permissive for all to public using true" => (none)`,
    effect: [
      'the policy "open" is dropped, and with it what it lets through: permissive for all to public using true',
      "anon and authenticated lose select, insert, delete on files of any bucket: was every file",
      "anon and authenticated lose update on files of any bucket: was the files its policies let through",
      `authenticated keeps select, insert on files of avatars: ${ownFiles} instead of every file`,
      ...["attachments", "public-assets"].map(
        (bucket) =>
          `authenticated keeps select, insert, delete on files of ${bucket}: ${ownFiles} instead of every file`,
      ),
      ...["attachments", "avatars", "public-assets"].map(
        (bucket) => `authenticated keeps update on files of ${bucket}: ${ownFiles}, with other conditions`,
      ),
    ].join("\n"),
    drifted: "select exists (select from pg_policy where polname = 'open')",
  },
  {
    name: "adds a policy by which whoever is signed in may send in any channel",
    sql: `set role postgres; create policy "send anywhere" on realtime.messages for insert to authenticated with check (extension = 'broadcast'); reset role`,
    resource: "ExclusivePolicies realtime.messages",
    shown: `policies["send anywhere"]: "permissive for insert to authenticated with check (extension = 'broadcast'::text)" => (none)`,
    effect: `the policy "send anywhere" is dropped, and with it what it lets through: permissive for insert to authenticated with check (extension = 'broadcast'::text)
authenticated keeps insert on realtime.messages: the rows its policies let through, with other conditions`,
    drifted: "select exists (select from pg_policy where polname = 'send anywhere')",
  },
  {
    name: "makes a bucket public",
    sql: "update storage.buckets set public = true where id = 'attachments'",
    resource: "Bucket attachments",
    shown: "public: true => false",
    effect: "everybody loses download: every file by its URL, whatever the policies say",
    drifted: "select public from storage.buckets where id = 'attachments'",
  },
  {
    name: "lets larger files and other types into a bucket",
    sql: "update storage.buckets set file_size_limit = null, allowed_mime_types = '{text/html}' where id = 'avatars'",
    resource: "Bucket avatars",
    shown: `allowedMimeTypes: ["text/html"] => ["image/gif","image/jpeg","image/png","image/webp"]\nfileSizeLimit: (none) => 5000000`,
    drifted: "select file_size_limit is null from storage.buckets where id = 'avatars'",
  },
  {
    name: "takes a table out of the publication and puts another in",
    sql: "alter publication supabase_realtime set table public.tasks, public.customers, public.projects, public.users",
    resource: "Publication supabase_realtime",
    shown: `tables["public.users"]: {} => (none)\ntables["public.notifications"]: (none) => {}`,
    effect: [
      ...["gains subscribe on public.notifications: ", "loses subscribe on public.users: was "].flatMap((what) => [
        `authenticated ${what}changes of the rows its policies let through; ${deletedRows}`,
        `service_role ${what}changes of every row; ${deletedRows}`,
      ]),
    ].join("\n"),
    drifted: "select exists (select from pg_publication_tables where tablename = 'users')",
  },
  {
    name: "replaces a function's body",
    sql: `create or replace function private.current_owner_organization_ids() returns setof text language plpgsql stable security definer
      parallel safe rows 10 set search_path = '' as $$ begin return query select id from public.organizations; end $$`,
    resource: "Function current_owner_organization_ids",
    shown:
      /^definition:\n(?:- .*\n)*- .*select id from public\.organizations.*\n(?:\+ .*\n)*\+ .*membership\.role = 'OWNER'/,
    drifted: "select prosrc ~ 'select id from' from pg_proc where proname = 'current_owner_organization_ids'",
  },
  {
    name: "lets everybody execute a function",
    sql: "grant execute on function private.is_organization_member to public",
    resource: "Function is_organization_member",
    shown: `execute: ["authenticated","public"] => ["authenticated"]`,
    drifted: "select has_function_privilege('anon', 'private.is_organization_member(text)', 'execute')",
  },
  {
    name: "opens the helper functions' schema",
    sql: "grant usage, create on schema private to authenticated",
    resource: "Schema private",
    shown: `grants.authenticated: ["create","usage"] => (none)`,
    effect: [
      "authenticated loses usage: naming what is in it, and so execute on 9 functions",
      "authenticated loses create: making objects in it, which can hide objects that others call",
    ].join("\n"),
    drifted: "select has_schema_privilege('authenticated', 'private', 'usage')",
  },
];

describeApplication("what somebody changes by hand", ({ stack }) => {
  const isDrifted = async ({ drifted }: Drift) => Object.values((await stack().sql(drifted))[0] ?? {})[0];
  let preview: Run;
  let up: Run;

  it("is there, for a start", async () => {
    for (const drift of drifts) {
      expect([drift.name, await isDrifted(drift)]).toEqual([drift.name, false]);
      await stack().sql(drift.sql);
      expect([drift.name, await isDrifted(drift)]).toEqual([drift.name, true]);
    }
  });

  it("is counted by a plain preview, and nothing beside it", async () => {
    preview = await stack().preview();
    expect(preview.exitCode, preview.output).toBe(0);
    const changed = Object.fromEntries(drifts.map(({ resource }) => [resource, "update"]));
    expect(Object.fromEntries(readOperations(preview))).toEqual(changed);
    const diagnostics = readDiagnostics(preview);
    expect([...diagnostics.keys()].sort()).toEqual([...Object.keys(changed), "Stack palisade-test"].sort());
    expect(diagnostics.get("Stack palisade-test")?.[0]).toMatch(/^Who reaches what changes: /);
    expect(readSummary(preview)[0]).toBe(`~ ${drifts.length} to update`);
  });

  describe.each(drifts)("where somebody $name", (drift) => {
    it("is shown by name, property, old and new value, and whom it concerns", () => {
      const lines = readDiagnostics(preview).get(drift.resource) ?? [];
      const { shown, effect } = drift;
      if (typeof shown !== "string") expect(lines.join("\n")).toMatch(shown);
      else expect([...lines].sort()).toEqual([...shown.split("\n"), ...(effect?.split("\n") ?? [])].sort());
    });
  });

  it("is put right by up", async () => {
    up = await stack().up();
    expect(up.exitCode, up.output).toBe(0);
    expect(readSummary(up)[0]).toBe(`~ ${drifts.length} updated`);
    for (const drift of drifts) expect([drift.name, await isDrifted(drift)]).toEqual([drift.name, false]);
  });

  it("is gone from the next preview", async () => {
    const run = await stack().preview("--expect-no-changes");
    expect(run.exitCode, run.output).toBe(0);
    expect(readDiagnostics(run).size).toBe(0);
  });

  it("is made again where it was dropped: a function with the policies that used it, a bucket, a policy on files", async () => {
    await stack().sql(`
      drop function private.current_organization_ids() cascade;
      drop policy "public-assets_insert" on storage.objects;
      begin; set local storage.allow_delete_query = 'true'; delete from storage.buckets where id = 'avatars'; commit`);
    const run = await stack().preview();
    expect(run.exitCode, run.output).toBe(0);
    expect(Object.fromEntries(readOperations(run))).toMatchObject({
      "Bucket avatars": "create",
      "Function current_organization_ids": "create",
      "Policy attachments_select": "create",
      "Policy public-assets_insert": "create",
      "TableAccess organization_members": "update",
      "TableAccess tasks": "update",
    });
    expectLines(run, "TableAccess organization_members", [
      "authenticated gains select: the rows its policies let through",
      "authenticated reaches rows by update, delete where columns are read: select is there now",
      /^policies\.organization_members_select: \(none\) => \{.*current_organization_ids/,
    ]);
    expect((await stack().up()).exitCode).toBe(0);
    expect((await stack().preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("is written into the state by refresh, and stays a difference until up", async () => {
    await stack().sql("alter policy users_update on public.users using (true) with check (true)");
    const refresh = await stack().run("refresh", "--yes", "--skip-preview");
    expect(refresh.exitCode, refresh.output).toBe(0);
    expect(readSummary(refresh)[0]).toBe("~ 1 updated");
    const state = JSON.parse((await stack().run("stack", "export")).output) as {
      deployment: { resources: { urn: string; inputs: { policies?: Record<string, unknown> } }[] };
    };
    const users = state.deployment.resources.find(({ urn }) => urn.endsWith("TableAccess::users"));
    expect(users?.inputs.policies?.users_update).toMatchObject({ using: "true", withCheck: "true" });
    const preview = await stack().preview();
    expectLines(preview, "TableAccess users", [
      "authenticated keeps update: the rows its policies let through (columns avatar_path, name) instead of every row (columns avatar_path, name)",
      /^policies\.users_update\.using: "true" => "users\.id = \(select private/,
      /^policies\.users_update\.withCheck: "true" => /,
    ]);
    expect((await stack().up()).exitCode).toBe(0);
    expect((await stack().preview("--expect-no-changes")).exitCode).toBe(0);
  });
});

/** The lines under a resource, in whatever order the engine received them. */
function expectLines(run: Run, resource: string, expected: readonly (string | RegExp)[]): void {
  const lines = [...(readDiagnostics(run).get(resource) ?? [])];
  expect(lines).toHaveLength(expected.length);
  for (const line of expected) {
    expect(lines).toContainEqual(typeof line === "string" ? line : expect.stringMatching(line));
  }
}
