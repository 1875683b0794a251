import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { uuid } from "./people.ts";

const disabled = (table: string, sql: string) =>
  `alter table public.${table} disable trigger user; ${sql}; alter table public.${table} enable trigger user`;
const user = "test-user-123";

/** Who does a task, who uploaded a file, and where that is: of one organisation, in its own folder. */
export function describeResponsibility({ request }: Application): void {
  describe("who does a task", () => {
    const assign = (assignee: string) => `update public.tasks set assignee_id = '${assignee}'`;

    it("is a member of its organisation", async () => {
      for (const assignee of [user, "red-owner", "in-both"])
        expect(await request({ user, sql: assign(assignee) })).toMatchObject({ count: 1 });
    });

    it("is nobody else, and whether a user exists is not told", async () => {
      const refusals: unknown[] = [];
      for (const assignee of [uuid, "former", "newcomer", "nobody at all"])
        refusals.push((await request({ user, sql: assign(assignee) })).refusal);
      const refusal =
        '23503 insert or update on table "tasks" violates foreign key constraint "tasks_assignee_id_organization_id_fkey"';
      expect(refusals).toEqual(refusals.map(() => refusal));
    });

    it("is nobody once they have left, and the task stays where it is", async () => {
      const after = "select organization_id, assignee_id from public.tasks where id = 'red-task'";
      const sql = "delete from public.organization_members where user_id = 'test-user-123'";
      const left = await request({
        user: "red-admin",
        before: `${assign(user)} where organization_id = 'red'`,
        sql,
        after,
      });
      expect(left).toMatchObject({ count: 1, after: [{ organization_id: "red", assignee_id: null }] });
    });
  });

  it("a membership that the server gives to another organisation takes nothing along", async () => {
    const sql = "update public.organization_members set organization_id = 'blue' where user_id = 'test-user-123'";
    const before = "update public.tasks set assignee_id = 'test-user-123' where organization_id = 'red'";
    const { refusal, after } = await request({
      role: "service_role",
      before,
      sql,
      after: "select organization_id from public.tasks where assignee_id = 'test-user-123'",
    });
    expect(refusal).toMatch(/^23503 .*tasks_assignee_id_organization_id_fkey/);
    expect(after).toEqual([{ organization_id: "red" }]);
  });

  describe("a row of before that breaks a rule", () => {
    it("does not keep its uploader in the organisation, and its other columns can be changed", async () => {
      const before = disabled(
        "attachments",
        "update public.attachments set path = 'blue/a', size_bytes = -1, uploaded_by_id = 'test-user-123' where organization_id = 'red'",
      );
      const sql = "delete from public.organization_members where user_id = 'test-user-123'";
      const after = "select path, uploaded_by_id from public.attachments where organization_id = 'red'";
      expect(await request({ user: "red-admin", before, sql, after })).toMatchObject({
        count: 1,
        after: [{ path: "blue/a", uploaded_by_id: null }],
      });
      expect(await request({ user, before, sql: "update public.attachments set name = 'B'" })).toMatchObject({
        count: 1,
      });
      const repaired = "update public.attachments set path = 'red/a', size_bytes = 1";
      expect(await request({ user, before, sql: repaired })).toMatchObject({ count: 1 });
    });

    it("lets its user change their name", async () => {
      const before = disabled("users", "update public.users set avatar_path = 'elsewhere/me.png'");
      expect(await request({ user, before, sql: "update public.users set name = 'N'" })).toMatchObject({ count: 1 });
      const { refusal } = await request({ user, before, sql: "update public.users set avatar_path = 'elsewhere/x'" });
      expect(refusal).toMatch(/^23514 .*users_avatar_path_check/);
    });
  });

  describe("an attachment", () => {
    const insert = (path: string, size = "1", extra: readonly [string, string] = ["", ""]) => `
      insert into public.attachments (organization_id, name, path, content_type, size_bytes${extra[0]})
      values ('red', 'A', '${path}', 'text/plain', ${size}${extra[1]}) returning uploaded_by_id`;

    it("is by whoever uploads it, who cannot say that it was somebody else", async () => {
      expect((await request({ user, sql: insert("red/plan.pdf") })).rows).toEqual([{ uploaded_by_id: user }]);
      for (const other of ["red-owner", "blue-owner", user]) {
        const { refusal } = await request({
          user,
          sql: insert("red/plan.pdf", "1", [", uploaded_by_id", `, '${other}'`]),
        });
        expect(refusal).toBe("42501 permission denied for table attachments");
      }
      const sql = "update public.attachments set uploaded_by_id = 'red-owner'";
      expect((await request({ user, sql })).refusal).toBe("42501 permission denied for table attachments");
      const byServer = insert("red/plan.pdf", "1", [", uploaded_by_id", ", 'blue-owner'"]);
      expect((await request({ role: "service_role", sql: byServer })).refusal).toMatch(
        /^23503 .*attachments_uploaded_by_id_organization_id_fkey/,
      );
    });

    it.each([
      "red/plan.pdf",
      "red/2026/plan (1).pdf",
      "red/.hidden",
      "red/a..b/...",
      "red/Übersicht #1.pdf",
      "red/100%.pdf",
      "red/a%20b.pdf",
    ])("lies in its organisation's folder: %s", async (path) => {
      expect(await request({ user, sql: insert(path) })).toMatchObject({ count: 1 });
      expect(await request({ user, sql: `update public.attachments set path = '${path}'` })).toMatchObject({
        count: 1,
      });
    });

    it.each([
      "blue/plan.pdf",
      "plan.pdf",
      "red",
      "red/",
      "redder/plan.pdf",
      "RED/plan.pdf",
      "/red/plan.pdf",
      "red//plan.pdf",
      "red/../blue/plan.pdf",
      "blue/../red/plan.pdf",
      "red/./plan.pdf",
      "red/..",
      "red/..\\..\\blue\\x",
      "red/%2e%2e/blue/x",
      "red/%2E./blue/x",
      "red/..%2fblue/x",
      "red/..%5Cblue/x",
      "red/a\nb",
      "red/a\u007f",
      "",
    ])("lies nowhere else: '%s'", async (path) => {
      const refusal = /^23514 .*attachments_path_check/;
      expect((await request({ user, sql: insert(path) })).refusal).toMatch(refusal);
      expect((await request({ user, sql: `update public.attachments set path = '${path}'` })).refusal).toMatch(refusal);
    });

    it("has a size, which may be nothing and is never less", async () => {
      expect(await request({ user, sql: insert("red/a.txt", "0") })).toMatchObject({ count: 1 });
      expect((await request({ user, sql: insert("red/a.txt", "-1") })).refusal).toMatch(/^23514 .*size_bytes_check/);
    });
  });

  describe("what is one person's", () => {
    it("is nobody else's: a conversation is begun for oneself", async () => {
      const sql = "insert into public.ai_conversations (organization_id, title) values ('red', 'T') returning user_id";
      expect((await request({ user, sql })).rows).toEqual([{ user_id: user }]);
      const forAnother =
        "insert into public.ai_conversations (organization_id, user_id, title) values ('red', 'red-owner', 'T')";
      expect((await request({ user, sql: forAnother })).refusal).toBe(
        "42501 permission denied for table ai_conversations",
      );
    });

    it("is written by the server where it is a notification: nobody sends one to a colleague, or to themselves", async () => {
      for (const columns of ["user_id, title, message) values ('red-owner', 'T'", "title, message) values ('T'"]) {
        const sql = `insert into public.notifications (organization_id, ${columns.replace("values (", "values ('red', ")}, 'M')`;
        expect((await request({ user, sql })).refusal).toBe("42501 permission denied for table notifications");
      }
    });
  });
}
