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
