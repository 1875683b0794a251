import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { everybody, isMember, organizations, uuid } from "./people.ts";

const rowRefused = (table: string) => `42501 new row violates row-level security policy for table "${table}"`;
const denied = (table: string) => `42501 permission denied for table ${table}`;

/** What people try beyond plain statements: moving rows to another tenant, giving themselves more, changing what is not theirs to change. */
export function describeTampering({ request }: Application): void {
  describe("a row stays with its tenant", () => {
    const tenantTables = ["customers", "projects", "tasks", "attachments", "ai_conversations"];

    it.each(tenantTables)("in %s: moving it to another organisation is refused", async (table) => {
      for (const [name, { user }] of everybody) {
        for (const organization of organizations) {
          const { refusal } = await request({
            user,
            sql: `update public.${table} set organization_id = '${organization}'`,
          });
          // Not even by somebody who is in both.
          expect({ name, refusal }).toEqual({ name, refusal: denied(table) });
        }
      }
    });

    it.each(["organization_members", "notifications"])("in %s: nobody may change whose it is at all", async (table) => {
      for (const column of ["organization_id", "user_id"]) {
        const { refusal } = await request({ user: "red-owner", sql: `update public.${table} set ${column} = 'blue'` });
        expect(refusal).toBe(denied(table));
      }
    });

    it("even where somebody is a member of both: a conversation is handed to nobody else", async () => {
      const sql = "update public.ai_conversations set user_id = 'test-user-123'";
      expect((await request({ user: "in-both", sql })).refusal).toBe(denied("ai_conversations"));
    });

    it("and an organisation keeps its identifier", async () => {
      for (const user of ["red-owner", "red-admin"]) {
        const { refusal } = await request({ user, sql: "update public.organizations set id = 'mine'" });
        expect(refusal).toBe(denied("organizations"));
      }
    });

    it("and is not hung on another tenant's row, although foreign keys see past the policies", async () => {
      const { refusal } = await request({
        user: "test-user-123",
        sql: "insert into public.tasks (organization_id, project_id, title) values ('red', 'blue-project', 'T')",
      });
      expect(refusal).toMatch(/^23503 .*tasks_organization_id_project_id_fkey/);
    });

    it("nor learned of by a conflict, an update that joins, or a row that is locked", async () => {
      for (const sql of [
        "insert into public.customers (id, organization_id, name) values ('blue-customer', 'blue', 'X') on conflict (id) do update set name = 'X'",
        "insert into public.customers (id, organization_id, name) values ('blue-customer', 'red', 'X') on conflict (id) do update set name = 'X'",
      ]) {
        expect((await request({ user: "test-user-123", sql })).refusal).toMatch(
          /^42501 permission denied for table customers/,
        );
      }
      for (const sql of [
        "update public.customers c set name = p.name from public.projects p where p.organization_id = 'blue'",
        "select * from public.tasks where organization_id = 'blue' for update",
        "with stolen as (delete from public.projects where id = 'blue-project' returning *) select * from stolen",
        "merge into public.customers c using (select 'blue-customer' as id) s on c.id = s.id when matched then update set name = 'X'",
      ]) {
        const { refusal, count } = await request({ user: "red-owner", sql });
        expect({ sql, refusal, count }).toEqual({ sql, refusal: undefined, count: 0 });
      }
    });
  });

  describe("nobody makes themselves more than they are", () => {
    const roleOf = (user: string) =>
      `select role from public.organization_members where user_id = '${user}' and organization_id = 'red'`;

    it.each(["ADMIN", "OWNER"])("a member does not become %s: not by an update, not by an upsert", async (role) => {
      const update = await request({
        user: "test-user-123",
        sql: `update public.organization_members set role = '${role}'`,
        after: roleOf("test-user-123"),
      });
      expect(update).toMatchObject({ count: 0, after: [{ role: "MEMBER" }] });
      const upsert = await request({
        user: "test-user-123",
        sql: `insert into public.organization_members (user_id, organization_id, role) values ('test-user-123', 'red', '${role}')
          on conflict (user_id, organization_id) do update set role = excluded.role`,
      });
      expect(upsert.refusal).toBe(denied("organization_members"));
      const again = await request({
        user: "test-user-123",
        sql: `insert into public.organization_members (organization_id, role) values ('red', '${role}')
          on conflict (user_id, organization_id) do update set role = excluded.role`,
      });
      expect(again.refusal).toBe(rowRefused("organization_members"));
    });

    it.each(["red-admin", "in-both"])(
      "the admin %s makes nobody an owner: not themselves, not others, not anew",
      async (user) => {
        for (const sql of [
          "update public.organization_members set role = 'OWNER'",
          `update public.organization_members set role = 'OWNER' where user_id = '${user}'`,
          "update public.organization_members set role = 'OWNER' where user_id = 'test-user-123'",
          `insert into public.organization_members (organization_id, role) values ('red', 'OWNER')
          on conflict (user_id, organization_id) do update set role = 'OWNER'`,
        ]) {
          expect({ sql, refusal: (await request({ user, sql })).refusal }).toEqual({
            sql,
            refusal: rowRefused("organization_members"),
          });
        }
      },
    );

    it.each(["red-admin", "in-both", "test-user-123"])("%s neither demotes nor removes an owner", async (user) => {
      for (const sql of [
        "update public.organization_members set role = 'MEMBER' where user_id = 'red-owner'",
        "delete from public.organization_members where user_id = 'red-owner'",
      ]) {
        expect(await request({ user, sql, after: roleOf("red-owner") })).toMatchObject({
          count: 0,
          after: [{ role: "OWNER" }],
        });
      }
    });

    it("an admin of one organisation is none of another in which they are a member", async () => {
      const { count } = await request({
        user: "in-both",
        sql: "update public.organizations set name = 'Mine' where id = 'blue'",
      });
      expect(count).toBe(0);
    });

    it("an owner makes another owner", async () => {
      const sql = "update public.organization_members set role = 'OWNER' where user_id = 'red-admin'";
      expect(await request({ user: "red-owner", sql })).toMatchObject({ count: 1 });
    });

    it("a claim in the part of the token that users write themselves says nothing", async () => {
      const claims = { role: "authenticated", sub: "former", user_metadata: { sub: "red-owner", role: "OWNER" } };
      const { rows } = await request({
        settings: { "request.jwt.claims": JSON.stringify(claims) },
        sql: "select * from public.organizations",
      });
      expect(rows).toEqual([]);
    });
  });

  describe("a column that is not granted stays as it is", () => {
    it.each([
      ["notifications", ["id", "organization_id", "user_id", "type", "title", "message", "created_at", "updated_at"]],
      ["users", ["id", "email", "created_at", "updated_at"]],
      ["organization_members", ["user_id", "organization_id", "created_at", "updated_at"]],
      ["organization_invitations", ["id", "organization_id", "email", "role", "invited_by_id", "created_at"]],
      ["organizations", ["id", "created_at", "updated_at"]],
      ["ai_conversations", ["id", "organization_id", "user_id", "created_at", "updated_at"]],
      ["attachments", ["id", "organization_id", "uploaded_by_id", "created_at", "updated_at"]],
      ...["customers", "projects", "tasks"].map((table): [string, string[]] => [
        table,
        ["id", "organization_id", "created_at", "updated_at"],
      ]),
    ])("in %s", async (table, columns) => {
      for (const column of columns) {
        const { refusal } = await request({
          user: "red-owner",
          sql: `update public.${table} set ${column} = ${column}`,
        });
        expect({ column, refusal }).toEqual({ column, refusal: denied(table) });
      }
    });

    it.each([
      ["notifications", "read = true", 1],
      ["users", "name = 'Me', avatar_path = id || '/me.png'", 1],
    ])("and the others of %s are the user's to change", async (table, change, count) => {
      expect(await request({ user: uuid, sql: `update public.${table} set ${change}` })).toMatchObject({ count });
    });
  });

  it("a user who is in no organisation any more sees no notification of theirs from one", async () => {
    expect(isMember({ user: "former", roles: {} }, "red")).toBe(false);
    const { rows } = await request({ user: "former", sql: "select * from public.notifications" });
    expect(rows).toEqual([]);
  });
}
