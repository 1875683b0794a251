import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";

/** What the catalog says of the finished application: row security, policies, grants, functions, buckets, publication. */
export function describeCatalog({ query }: Application): void {
  describe("the catalog", () => {
    it("has row-level security on for all ten tables, and for Prisma's own", async () => {
      const rows = await query(`
        select relname, relrowsecurity from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`);
      expect(Object.fromEntries(rows.map(({ relname, relrowsecurity }) => [relname, relrowsecurity]))).toEqual({
        ...Object.fromEntries(Object.keys(policyCounts).map((table) => [table, true])),
        _prisma_migrations: true,
      });
    });

    it("has a policy for each command by which somebody reaches a table", async () => {
      const rows = await query(`
        select tablename, json_object_agg(cmd, count) as counts from (
          select tablename, lower(cmd) as cmd, count(*) from pg_policies where schemaname = 'public' group by 1, 2) as by_command
        group by tablename`);
      expect(Object.fromEntries(rows.map(({ tablename, counts }) => [tablename, counts]))).toEqual(policyCounts);
    });

    it("has policies for signed-in users alone, all permissive, each with its condition, but those that keep files in place", async () => {
      const places = ["attachments_stays", "avatars_stays", "public-assets_stays"];
      const narrowing = await query(
        "select policyname, roles::text[], qual, cmd from pg_policies where permissive = 'RESTRICTIVE' order by 1",
      );
      expect(narrowing).toEqual(
        places.map((policyname) => ({ policyname, roles: ["anon", "authenticated"], qual: "true", cmd: "UPDATE" })),
      );
      const rows = await query(
        "select policyname, roles::text[], permissive, qual, with_check, cmd from pg_policies where policyname <> all ($1)",
        [places],
      );
      for (const { policyname, roles, permissive, qual, with_check: check, cmd } of rows) {
        expect({ policyname, roles, permissive }).toEqual({
          policyname,
          roles: ["authenticated"],
          permissive: "PERMISSIVE",
        });
        expect([policyname, qual === null, check === null]).toEqual([
          policyname,
          cmd === "INSERT",
          cmd === "SELECT" || cmd === "DELETE",
        ]);
        expect(`${qual}${check}`).not.toMatch(/(^|null)true/);
      }
      const shared = await query(
        "select tablename, count(*)::int from pg_policies where schemaname in ('storage', 'realtime') group by 1 order by 1",
      );
      expect(shared).toEqual([
        { tablename: "messages", count: 2 },
        { tablename: "objects", count: 15 },
      ]);
    });

    it("grants signed-in users and the service role what they need, and nothing to anybody else", async () => {
      const rows = await query(`
        with held as (
          select relname, grantee, lower(privilege_type) as privilege from pg_class, aclexplode(relacl)
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f') and grantee <> relowner
          union all
          select relname, grantee, format('%s (%s)', lower(privilege_type), string_agg(attname, ', ' order by attname))
          from pg_class c join pg_attribute a on attrelid = c.oid, aclexplode(attacl)
          where relnamespace = 'public'::regnamespace and grantee <> relowner group by relname, grantee, privilege_type
        )
        select relname, json_object_agg(role, privileges) as grants from (
          select relname, coalesce(rolname, 'public') as role, json_agg(privilege order by privilege) as privileges
          from held left join pg_roles r on r.oid = grantee group by 1, 2) as by_role
        group by relname`);
      const all = ["delete", "insert", "select", "update"];
      // What users insert beside the organisation, they may change.
      const usual = (before: string, after: string) => ({
        authenticated: [
          "delete",
          `insert (${before}organization_id, ${after})`,
          "select",
          `update (${before}${after})`,
        ],
        service_role: all,
      });
      expect(Object.fromEntries(rows.map(({ relname, grants }) => [relname, grants]))).toEqual({
        users: {
          authenticated: ["insert (avatar_path, name)", "select", "update (avatar_path, name)"],
          service_role: all,
        },
        organizations: { authenticated: ["delete", "select", "update (name, slug)"], service_role: all },
        organization_members: {
          authenticated: ["delete", "insert (organization_id, role)", "select", "update (role)"],
          service_role: all,
        },
        organization_invitations: {
          authenticated: ["delete", "insert (email, organization_id, role)", "select"],
          service_role: all,
        },
        customers: usual("company, email, name, notes, ", "phone"),
        projects: usual("customer_id, description, due_at, name, ", "status"),
        tasks: usual("assignee_id, description, due_at, ", "priority, project_id, status, title"),
        attachments: usual("content_type, name, ", "path, size_bytes, task_id"),
        ai_conversations: usual("messages, model, ", "title"),
        notifications: { authenticated: ["delete", "select", "update (read)"], service_role: all },
      });
    });

    it("lets signed-in users alone execute the helper functions, in a schema that nobody may use", async () => {
      const functions = await query(`
        select p.oid::regprocedure::text as function, prosecdef, provolatile, proconfig,
          array(select coalesce(rolname, 'public') from aclexplode(coalesce(proacl, acldefault('f', proowner))) a
            left join pg_roles r on r.oid = a.grantee where a.grantee <> proowner order by 1)::text[] as execute
        from pg_proc p where pronamespace = 'private'::regnamespace order by 1`);
      expect(functions.map((row) => row.function)).toEqual([
        "private.current_admin_organization_ids()",
        "private.current_fellow_user_ids()",
        "private.current_invited_organization_ids()",
        "private.current_organization_ids()",
        "private.current_owner_organization_ids()",
        "private.current_user_email()",
        "private.current_user_id()",
        "private.holds_invitation(text,organization_role)",
        "private.is_organization_member(text)",
      ]);
      for (const row of functions) {
        expect(row).toMatchObject({
          execute: ["authenticated"],
          prosecdef: row.function !== "private.current_user_id()",
          // It locks the invitation that it finds.
          provolatile: row.function === "private.holds_invitation(text,organization_role)" ? "v" : "s",
          proconfig: ["search_path=pg_catalog, pg_temp"],
        });
      }
      const roles = ["anon", "authenticated", "service_role", "authenticator", "public"];
      for (const role of roles.slice(0, 4)) {
        const [row] = await query(
          "select has_schema_privilege($1, 'private', 'usage') or has_schema_privilege($1, 'private', 'create') as usage",
          [role],
        );
        expect([role, row?.usage]).toEqual([role, false]);
      }
      const others = await query("select proname from pg_proc where pronamespace = 'public'::regnamespace");
      expect(others).toEqual([]);
    });

    it("keeps the functions of defaults and triggers in a schema that nobody may use, and lets be executed what writing a row evaluates", async () => {
      const rows = await query(`
        select proname as name, bool_or(has_function_privilege(r.rolname, p.oid, 'execute')) as executable,
          bool_or(has_schema_privilege(r.rolname, 'integrity', 'usage')) as usable,
          bool_and(p.proconfig = array['search_path=pg_catalog, pg_temp'] or p.prosqlbody is not null) as closed
        from pg_proc p, pg_roles r
        where pronamespace = 'integrity'::regnamespace and r.rolname in ('anon', 'authenticated', 'service_role', 'authenticator')
        group by 1 order by 1`);
      const executable = ["is_plain_path", "token_email", "token_subject"];
      const others = ["end_invitations", "keep_an_owner", "leave_organizations", "normalize_email", "refuse_row"];
      const names = [...executable, ...others, "account_email", "fold_email", "set_updated_at"].sort();
      expect(rows).toEqual(
        names.map((name) => ({ name, executable: executable.includes(name), usable: false, closed: true })),
      );
    });

    it("publishes the four tables that an application subscribes to, each with a key by which a change can be found", async () => {
      const rows = await query(`
        select schemaname || '.' || tablename as table, rowfilter, relreplident,
          exists (select from pg_index where indrelid = c.oid and indisprimary) as keyed
        from pg_publication_tables join pg_class c on c.relname = tablename and c.relnamespace = schemaname::regnamespace
        where pubname = 'supabase_realtime' order by 1`);
      const expected = ["customers", "notifications", "projects", "tasks"];
      expect(rows).toEqual(
        expected.map((table) => ({ table: `public.${table}`, rowfilter: null, relreplident: "d", keyed: true })),
      );
    });

    it("has the three buckets, of which the attachments are private", async () => {
      const rows = await query(`
        select id, public, file_size_limit::int as limit, cardinality(allowed_mime_types) > 0 as typed
        from storage.buckets where id <> 'elsewhere' order by 1`);
      expect(rows).toEqual([
        { id: "attachments", public: false, limit: 50_000_000, typed: true },
        { id: "avatars", public: true, limit: 5_000_000, typed: true },
        { id: "public-assets", public: true, limit: 10_000_000, typed: true },
      ]);
      const types = await query(
        "select distinct unnest(allowed_mime_types) as type from storage.buckets where public order by 1",
      );
      expect(types.map(({ type }) => type)).toEqual([
        "application/pdf",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
      ]);
    });

    it("has an index for every column by which a policy looks rows up", async () => {
      const rows = await query(`
        with tested as (
          select distinct p.polrelid, d.refobjsubid as attnum from pg_policy p join pg_depend d on d.objid = p.oid and d.classid = 'pg_policy'::regclass
          where d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.refobjid = p.polrelid
            and p.polrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
        )
        select polrelid::regclass::text || '.' || attname as column from tested join pg_attribute a on a.attrelid = polrelid and a.attnum = tested.attnum
        where not exists (select from pg_index i where i.indrelid = polrelid and i.indkey[0] = tested.attnum) order by 1`);
      // A role narrows what a user, an organisation or an address found already.
      expect(rows).toEqual([{ column: "organization_invitations.role" }, { column: "organization_members.role" }]);
    });
  });
}

const each = { select: 1, insert: 1, update: 1, delete: 1 };

const policyCounts = {
  users: { select: 1, insert: 1, update: 1 },
  organizations: { select: 1, update: 1, delete: 1 },
  organization_members: each,
  organization_invitations: { select: 1, insert: 1, delete: 1 },
  customers: each,
  projects: each,
  tasks: each,
  attachments: each,
  ai_conversations: each,
  notifications: each,
};
