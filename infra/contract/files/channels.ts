import { memberOf, writeKey } from "../../values/source-names.ts";
import { inComment } from "../comments.ts";
import type { Contract, ContractTopic } from "../contract.ts";
import type { ContractFiles } from "../files.ts";
import { templates } from "../templates.ts";

/** Functions and hooks for each family of private channels. */
export function channelFiles({ topics }: Contract): ContractFiles {
  if (topics.length === 0) return {};
  const withPresence = topics.filter(({ hasPresence }) => hasPresence);
  return {
    ...templates("channels/channel.ts"),
    "channels.ts": writeChannels(topics, withPresence.length > 0),
    ...(withPresence.length === 0
      ? {}
      : {
          ...templates("channels/presence.ts", "channels/use-presence.ts"),
          "channels-react.ts": writeHooks(withPresence),
        }),
  };
}

function writeChannels(topics: readonly ContractTopic[], hasPresence: boolean): string {
  const hasBroadcast = topics.some((topic) => topic.hasBroadcast);
  return `
${hasBroadcast ? 'import { joinChannel as enterChannel, type Membership, type Participant } from "./channels/channel.ts";' : ""}
${hasPresence ? 'import { joinPresence as enterPresence, type Person, type Presence, type PresenceOptions } from "./channels/presence.ts";' : ""}
import { getBrowserClient } from "./clients/browser.ts";
import type { RealtimeClient } from "./realtime/subscribe.ts";

${topics.map(writeTopic).join("\n\n")}
`;
}

function writeTopic(topic: ContractTopic): string {
  const { typeName, prefix, subject, hasBroadcast, hasPresence } = topic;
  const type = `${typeName}Topic`;
  const key = writeKey(subject);
  return [
    `/** Which of the channels \`${inComment(prefix)}…\`. */
export interface ${type} {
  readonly ${key}: string;
}`,
    `/** The channel's name, as its policies look for it. */
export function ${topicFunction(topic)}(topic: ${type}): string {
  return \`${escapeTemplate(prefix)}\${${memberOf("topic", subject)}}\`;
}`,
    ...(hasBroadcast
      ? [
          `/**
 * Joins the channel, to hear what others in it send and to send oneself.
 *
 * @example
 * const membership = join${typeName}({ ${inComment(subject)} }, { onBroadcast: (event, payload) => show(event, payload) });
 * await membership.leave();
 */
export function join${typeName}(topic: ${type}, participant: Participant, client: RealtimeClient = getBrowserClient()): Membership {
  return enterChannel(${topicFunction(topic)}(topic), participant, client);
}`,
        ]
      : []),
    ...(hasPresence
      ? [
          `/**
 * Joins the channel to see who is online, and to be seen where \`me\` is given.
 *
 * @example
 * const presence = join${typeName}Presence({ ${inComment(subject)} }, { me: { userId }, onChange: (online) => show(online) });
 * await presence.leave();
 */
export function join${typeName}Presence<Someone extends Person>(
  topic: ${type},
  options: PresenceOptions<Someone>,
  client: RealtimeClient = getBrowserClient(),
): Presence<Someone> {
  return enterPresence(${topicFunction(topic)}(topic), options, client);
}`,
        ]
      : []),
  ].join("\n\n");
}

function writeHooks(topics: readonly ContractTopic[]): string {
  // The type and the variable may have the same name, if its first letter has no upper case.
  const imports = topics.flatMap((topic) => {
    const names = [topicFunction(topic), `${topic.typeName}Topic`];
    return names[0] === names[1] ? names.slice(0, 1) : [names[0], `type ${names[1]}`];
  });
  return `
"use client";

import { ${imports.join(", ")} } from "./channels.ts";
import type { Person } from "./channels/presence.ts";
import { type OnlinePeople, usePresence } from "./channels/use-presence.ts";
import { getBrowserClient } from "./clients/browser.ts";
import type { RealtimeClient } from "./realtime/subscribe.ts";

${topics.map(writeHook).join("\n\n")}
`;
}

function writeHook(topic: ContractTopic): string {
  const { typeName, subject } = topic;
  return `/**
 * Who is online in the channel, for as long as the component is there; \`me\` is shown to the others.
 *
 * @example
 * const { online } = use${typeName}Presence({ ${inComment(subject)} }, { userId, name });
 */
export function use${typeName}Presence<Someone extends Person>(
  topic: ${typeName}Topic,
  me?: Someone,
  client: RealtimeClient = getBrowserClient(),
): OnlinePeople<Someone> {
  return usePresence(${topicFunction(topic)}(topic), me, client);
}`;
}

/** What the channel files export for a topic. */
export function topicNames(topic: ContractTopic): readonly string[] {
  const { typeName, hasBroadcast, hasPresence } = topic;
  return [
    `${typeName}Topic`,
    topicFunction(topic),
    ...(hasBroadcast ? [`join${typeName}`] : []),
    ...(hasPresence ? [`join${typeName}Presence`, `use${typeName}Presence`] : []),
  ];
}

function topicFunction({ typeName }: ContractTopic): string {
  return `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Topic`;
}

function escapeTemplate(text: string): string {
  return text.replaceAll(/[\\`]|\$\{/g, (match) => `\\${match}`);
}
