import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { uuid } from "./people.ts";

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

    it.each(["red/plan.pdf", "red/2026/plan (1).pdf", "red/.hidden", "red/a..b/...", "red/Übersicht #1.pdf"])(
      "lies in its organisation's folder: %s",
      async (path) => {
        expect(await request({ user, sql: insert(path) })).toMatchObject({ count: 1 });
        expect(await request({ user, sql: `update public.attachments set path = '${path}'` })).toMatchObject({
          count: 1,
        });
      },
    );

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
