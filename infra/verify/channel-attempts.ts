import { quoteLiteral } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Attempt, Rules } from "./attempt.ts";
import type { ChannelRules } from "./declaration.ts";
import type { TestData } from "./test-data.ts";
import type { Row } from "./who.ts";

/**
 * Whether somebody may join a private channel. The query is Realtime's own: the topic is in a setting, and the message
 * has only a topic and an extension. Receiving means that such a message is visible; sending means that it can be
 * inserted.
 * @see https://supabase.com/docs/guides/realtime/authorization
 */
export function channelAttempts(channel: ChannelRules, person: Actor, testData: TestData): readonly Attempt[] {
  const asker = testData.askerOf(person);
  const stated: Rules = { may: channel.may, stays: false };
  // A topic with the same key in the same place, but not the declared one: the declaration does not say who may join
  // it.
  const unstated: Rules = { may: {}, stays: false, isUnstated: true };
  const object = channelOf(channel);
  return subjectsOf(channel, testData).flatMap(({ id, ...whose }) => {
    const topic = channel.topic(id);
    const other = topic
      .split(id)
      .map((part) => part.replaceAll(/[a-z]/gi, "x"))
      .join(id);
    const joins = ["broadcast", "presence"].map((extension) => ({ extension, topic, rules: stated, what: extension }));
    const isOther = other !== topic && id.length > 0;
    const others = isOther
      ? [{ extension: "broadcast", topic: other, rules: unstated, what: `as ${other.replaceAll(id, "*")}` }]
      : [];
    return [...joins, ...others].flatMap(({ extension, topic, rules, what }): readonly Attempt[] => {
      const values = `(${quoteLiteral(topic)}, ${quoteLiteral(extension)})`;
      const row: Row = { table: "realtime.messages", ...whose, values: { topic, extension } };
      const settings = { ...asker.settings, "realtime.topic": topic };
      const base = { person, object, row, rules, what };
      const message = `insert into realtime.messages (topic, extension) values ${values}`;
      const heard = `select 1 from realtime.messages where topic = ${quoteLiteral(topic)} and extension = ${quoteLiteral(extension)}`;
      return [
        { ...base, command: "receive", statement: { ...asker, settings, before: message, sql: heard } },
        { ...base, command: "send", statement: { ...asker, settings, sql: message } },
      ];
    });
  });
}

/** `channel organization:*` */
export function channelOf({ topic }: ChannelRules): string {
  return `channel ${topic("*")}`;
}

function subjectsOf(
  { of }: ChannelRules,
  testData: TestData,
): readonly { id: string; tenant?: string; owner?: string }[] {
  if (of === "tenant") {
    return tenantNames.flatMap((tenant) => {
      const id = testData.tenantId(tenant);
      return id === undefined || id === "" ? [] : [{ id, tenant }];
    });
  }
  return testData.actors.flatMap(({ subject, isSilent, kind }) =>
    subject === undefined || isSilent || kind === "odd claims" ? [] : [{ id: subject, owner: subject }],
  );
}
