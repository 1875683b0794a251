import { expect, it } from "vitest";
import { describeApplication } from "../../support/application.ts";
import { readDiagnostics, readOperations } from "../../support/pulumi-output.ts";

describeApplication("destroying the stack", ({ stack, query, request }) => {
  it("is refused for a bucket that holds files, with what to do, and keeps the bucket and its files", async () => {
    await query(`
      insert into users (id, email) values ('test-user-123', 'user@example.com');
      insert into organizations (id, name, slug) values ('red', 'Red', 'red');
      insert into organization_members (user_id, organization_id, role) values ('test-user-123', 'red', 'OWNER');
      insert into storage.objects (bucket_id, name) values ('avatars', 'test-user-123/face.png')`);
    const run = await stack().run("destroy", "--yes", "--skip-preview");
    expect(run.exitCode, run.output).not.toBe(0);
    expect(readDiagnostics(run).get("Bucket avatars")?.join("\n")).toMatch(
      /the bucket avatars still holds files, and deleting it would lose them\. Empty it over the Storage API/i,
    );
    expect(await stack().sql("select id from storage.buckets where id = 'avatars'")).toEqual([{ id: "avatars" }]);
    expect(await stack().sql("select name from storage.objects")).toEqual([{ name: "test-user-123/face.png" }]);
  });

  it("succeeds once the bucket is empty, and says that the tables stay", async () => {
    await query(`begin; set local storage.allow_delete_query = 'true'; delete from storage.objects; commit`);
    const run = await stack().run("destroy", "--yes", "--skip-preview");
    expect(run.exitCode, run.output).toBe(0);
    expect(readOperations(run).get("Bucket avatars")).toBe("delete");
    expect(readDiagnostics(run).get("Migrations migrations")?.join("\n")).toMatch(
      /the tables .* stay, with their rows/,
    );
    const state = await stack().run("stack", "export");
    expect(JSON.parse(state.output).deployment.resources ?? []).toEqual([]);
  });

  it("leaves every table and every row", async () => {
    expect(await query("select id from users")).toEqual([{ id: "test-user-123" }]);
    expect(await query("select count(*)::int as applied from _prisma_migrations")).toEqual([{ applied: 3 }]);
    const tables = await query("select count(*)::int as count from pg_tables where schemaname = 'public'");
    expect(tables).toEqual([{ count: 11 }]);
  });

  it("leaves row-level security on everywhere, without a policy", async () => {
    const open = await query(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity",
    );
    expect(open).toEqual([]);
    expect(await query("select polname from pg_policy")).toEqual([]);
  });

  it("leaves nobody a privilege on a table or a column", async () => {
    const grants = await query(`
      select relname, coalesce(grantee::regrole::text, 'public') as grantee, privilege_type
      from pg_class, aclexplode(relacl)
      where relnamespace = 'public'::regnamespace and relkind = 'r' and grantee <> relowner
      union all
      select attrelid::regclass::text, grantee::regrole::text, privilege_type
      from pg_attribute a join pg_class c on c.oid = attrelid, aclexplode(attacl)
      where relnamespace = 'public'::regnamespace`);
    expect(grants).toEqual([]);
    for (const role of ["anon", "authenticated", "service_role"] as const) {
      const { refusal } = await request({ role, user: "test-user-123", sql: "select * from public.users" });
      expect([role, refusal]).toEqual([role, "42501 permission denied for table users"]);
    }
  });

  it("takes away the helper functions, their schema and the buckets", async () => {
    expect(await query("select nspname from pg_namespace where nspname = 'private'")).toEqual([]);
    expect(await query("select id from storage.buckets")).toEqual([]);
  });

  it("empties the platform's publication and keeps it, since Realtime listens to it by name", async () => {
    const publications = await query(`
      select pubname, (select count(*)::int from pg_publication_rel where prpubid = p.oid) as tables from pg_publication p`);
    expect(publications).toEqual([{ pubname: "supabase_realtime", tables: 0 }]);
  });

  it("can be followed by another up, which makes everything again", async () => {
    const up = await stack().up();
    expect(up.exitCode, up.output).toBe(0);
    const preview = await stack().preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
    const { rows } = await request({ user: "test-user-123", sql: "select id from public.organizations" });
    expect(rows).toEqual([{ id: "red" }]);
  });
});
