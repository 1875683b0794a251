import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { Sessions, untilWaiting } from "../../../support/sessions.ts";

const wouldBeLeft = "23514 the organization red would be left without an owner";
const leave = "delete from public.organization_members where user_id = 'red-owner'";
const demote = "update public.organization_members set role = 'ADMIN' where user_id = 'red-owner'";
const promote = "update public.organization_members set role = 'OWNER' where user_id = 'red-admin'";

/** An organisation that exists has an owner. */
export function describeOwners({ request, query, connectionString }: Application): void {
  describe("the last owner of an organisation", () => {
    it.each([
      ["leave", leave],
      ["step down", demote],
    ])("does not %s", async (_, sql) => {
      expect((await request({ user: "red-owner", sql })).refusal).toBe(wouldBeLeft);
      // Nor is it done for them, past every policy.
      expect((await request({ role: "service_role", sql })).refusal).toBe(wouldBeLeft);
    });

    it.each([leave, demote])("does so once there is another: %s", async (sql) => {
      expect(await request({ user: "red-owner", before: promote, sql })).toMatchObject({ count: 1 });
    });

    it("hands over in one transaction, in whatever order", async () => {
      const before = `set constraints organization_members_keep_an_owner deferred; ${demote}; ${promote}; set constraints all immediate`;
      expect(await request({ before, sql: "select" })).toMatchObject({ count: 1 });
      const swap =
        "update public.organization_members set role = (case role when 'OWNER' then 'ADMIN' else 'OWNER' end)::public.organization_role where user_id in ('red-owner', 'red-admin')";
      expect(await request({ user: "red-owner", sql: swap })).toMatchObject({ count: 2 });
    });

    it("deletes the organisation, with everything in it", async () => {
      const sql = "delete from public.organizations where id = 'red'";
      const after = "select user_id from public.organization_members where organization_id = 'red'";
      expect(await request({ user: "red-owner", sql, after })).toMatchObject({ count: 1, after: [] });
    });

    it("is not deleted as a user, and is when they own nothing alone", async () => {
      const sql = "delete from public.users where id = 'red-owner'";
      expect((await request({ role: "service_role", sql })).refusal).toBe(wouldBeLeft);
      expect(await request({ role: "service_role", before: promote, sql })).toMatchObject({ count: 1 });
    });

    it("may be anybody: members and administrators come and go", async () => {
      expect(
        await request({ user: "test-user-123", sql: "delete from public.organization_members where role = 'MEMBER'" }),
      ).toMatchObject({ count: 1 });
      const sql =
        "update public.organization_members set role = 'MEMBER' where role = 'ADMIN' and organization_id = 'red'";
      expect(await request({ user: "red-owner", sql })).toMatchObject({ count: 2 });
    });
  });

  describe.each(["read committed", "repeatable read"])("two owners who leave at the same moment, under %s", (level) => {
    const sessions = new Sessions();
    beforeAll(() =>
      query(`insert into public.organizations (id, name, slug) values ('two', 'Two', 'two');
        insert into public.organization_members (user_id, organization_id, role) values ('red-owner', 'two', 'OWNER'), ('blue-owner', 'two', 'OWNER')`),
    );
    afterAll(async () => {
      await sessions.closeAll();
      await query("delete from public.organizations where id = 'two'");
    });

    it("leave one of them behind", async () => {
      const begin = async (user: string) => {
        const session = await sessions.open(connectionString(), user);
        await session.query(`begin isolation level ${level}; select from public.organizations`);
        await session.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: user })]);
        await session.query("set local role authenticated");
        return session;
      };
      const [first, second] = [await begin("red-owner"), await begin("blue-owner")];
      const sql = "delete from public.organization_members where organization_id = 'two' and user_id = ";
      await first.query(`${sql}'red-owner'`);
      const other = second.query(`${sql}'blue-owner'`).then(
        () => "left",
        (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error),
      );
      await untilWaiting(await sessions.open(connectionString(), "observer"), "blue-owner");
      await first.query("commit");
      expect(await other).toBe(level === "read committed" ? "23514" : "40001");
      await second.query("rollback");
      expect(await query("select user_id from public.organization_members where organization_id = 'two'")).toEqual([
        { user_id: "blue-owner" },
      ]);
    });
  });
}
