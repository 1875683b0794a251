import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { everybody, isMember, type Person } from "./people.ts";

const topics = [
  "organization:red",
  "organization:blue",
  "organization:green",
  "organization:",
  "organization:red ",
  "organization:red:tasks",
  "organization::red",
  "ORGANIZATION:red",
  "organizations:red",
  "user:test-user-123",
  "red",
  "red:organization:red",
  "organization:%",
] as const;

const allows = (person: Person, topic: string, extension: string) =>
  ["broadcast", "presence"].includes(extension) &&
  topic.startsWith("organization:") &&
  isMember(person, topic.slice("organization:".length));

/**
 * Who may join a private channel, asked as Realtime asks: once when a client joins, with nothing but the topic (in the setting) and the
 * extension. To learn whether they may receive, it makes a message past the policies and looks for it in their name; to learn whether
 * they may send, it makes one in their name. All of it is rolled back.
 */
export function describeChannels({ request }: Application): void {
  const probe = async (role: "anon" | "authenticated", user: string | undefined, topic: string, extension: string) => {
    const message = { role, user, settings: { "realtime.topic": topic } };
    const values = `('${topic}', '${extension}')`;
    const received = await request({
      ...message,
      before: `insert into realtime.messages (topic, extension) values ${values}`,
      sql: `select topic from realtime.messages where topic = '${topic}' and extension = '${extension}'`,
    });
    const sent = await request({
      ...message,
      sql: `insert into realtime.messages (topic, extension) values ${values}`,
    });
    return { receives: received.refusal ?? received.rows.length > 0, sends: sent.refusal ?? true };
  };

  describe.each(["broadcast", "presence", "postgres_changes"])("the private channels, for %s", (extension) => {
    it("are joined by the members of the organisation that the topic names, and by nobody else", async () => {
      const actual: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const topic of topics) {
        for (const [who, person] of everybody) {
          const attempt = `${who}, ${topic}`;
          actual[attempt] = await probe("authenticated", person.user, topic, extension);
          expected[attempt] = allows(person, topic, extension) ? { receives: true, sends: true } : closed;
        }
      }
      expect(actual).toEqual(expected);
    });

    it("are closed to whoever is not signed in", async () => {
      for (const user of [undefined, "red-owner"]) {
        expect(await probe("anon", user, "organization:red", extension)).toEqual(closed);
      }
    });
  });

  describe("a message in a private channel", () => {
    const joined = { user: "red-owner", settings: { "realtime.topic": "organization:red" } };

    it.each(["organization:blue", "organization:green", "anything"])(
      "is for no other topic than the one that was joined: %s",
      async (topic) => {
        const sql = "insert into realtime.messages (topic, extension) values ($1, 'broadcast')";
        expect((await request({ ...joined, sql, values: [topic] })).refusal).toBe(closed.sends);
        // Nor where the sender might join that one as well.
        const both = { ...joined, user: "in-both" };
        expect((await request({ ...both, sql, values: [topic] })).refusal).toBe(closed.sends);
        expect(await request({ ...both, sql, values: ["organization:red"] })).toMatchObject({ count: 1 });
      },
    );

    it("is heard in no other topic either", async () => {
      const before = `insert into realtime.messages (topic, extension) values
        ('organization:red', 'broadcast'), ('organization:blue', 'broadcast')`;
      const { rows } = await request({
        ...joined,
        user: "in-both",
        before,
        sql: "select topic from realtime.messages",
      });
      expect(rows).toEqual([{ topic: "organization:red" }]);
    });

    it("is sent from SQL all the same, by a trigger's function that has its owner's rights and by a member", async () => {
      const send = "realtime.send('{}', 'changed', 'organization:red')";
      const sent = "select topic, event, extension from realtime.messages";
      const message = { topic: "organization:red", event: "changed", extension: "broadcast" };
      const trigger = `
        create function pg_temp.tell() returns trigger language plpgsql security definer as $$ begin perform ${send}; return null; end $$;
        create trigger tell after update on public.projects for each row execute function pg_temp.tell()`;
      const sql = "update public.projects set name = 'Q' where id = 'red-project'";
      const triggered = await request({ user: "test-user-123", before: trigger, sql, after: sent });
      expect(triggered).toMatchObject({ count: 1, after: [message] });
      expect((await request({ user: "test-user-123", sql: `select ${send}`, after: sent })).after).toEqual([message]);
      expect((await request({ user: "blue-owner", sql: `select ${send}`, after: sent })).after).toEqual([]);
    });
  });

  it("a channel without a topic is nobody's", async () => {
    const { rows } = await request({
      user: "red-owner",
      before: "insert into realtime.messages (topic, extension) values ('organization:red', 'broadcast')",
      sql: "select * from realtime.messages",
    });
    expect(rows).toEqual([]);
  });
}

const closed = {
  receives: false,
  sends: '42501 new row violates row-level security policy for table "messages"',
};
