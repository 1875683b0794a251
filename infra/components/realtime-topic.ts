import * as pulumi from "@pulumi/pulumi";
import { Policy } from "../kinds/policy/resource.ts";
import { defineTable } from "../prisma/reference.ts";
import { type SqlText, sql } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";
import { parenthesised } from "./parenthesised.ts";

/** What is sent in private channels, as far as who may join one goes. @see https://supabase.com/docs/guides/realtime/authorization */
export const realtimeMessages = defineTable("realtime", "messages", { topic: "topic", extension: "extension" });

export interface RealtimeTopicArgs {
  /** Topics are this prefix and a name: with `organization:`, the topic of `acme` is `organization:acme`. */
  readonly prefix: string;
  /** What the name after the prefix names, in the application's words, such as `organizationId`; the contract asks for it so. Default: `name`. */
  readonly subject?: string;
  /** Whether the user may receive in the topic, given the name after the prefix. */
  readonly receivableBy: (name: SqlText) => SqlText;
  /** Whether the user may send and track presence in it. Default: as `receivableBy`. */
  readonly sendableBy?: (name: SqlText) => SqlText;
  /** What the topic carries. Default: broadcast and presence. */
  readonly extensions?: readonly ("broadcast" | "presence")[];
}

/**
 * Who may join a family of private channels: two `Policy` resources on `realtime.messages`, select to receive and insert to send.
 * The platform asks them once, when a client joins, with only the topic and the extension set. A message is for the topic that was
 * joined: the row's topic and the client's must be the same.
 *
 * @example
 * new RealtimeTopic("organization", {
 *   prefix: "organization:", subject: "organizationId", receivableBy: (id) => sql`(select ${isMember}(${id}))`,
 * });
 * @see https://supabase.com/docs/guides/realtime/authorization
 */
export class RealtimeTopic extends pulumi.ComponentResource {
  /** To receive and to send, for the list of an `ExclusivePolicies`. */
  readonly policies: readonly Policy[];

  constructor(name: string, args: RealtimeTopicArgs, options?: pulumi.ComponentResourceOptions) {
    refuseUndefined(`RealtimeTopic ${name}`, args, ["prefix", "receivableBy"]);
    const { prefix, subject = "name", extensions = ["broadcast", "presence"] } = args;
    const { receivableBy, sendableBy = receivableBy } = args;
    const topic = sql`(select realtime.topic())`;
    // PostgreSQL counts characters, JavaScript's length would count some of them twice.
    const topicName = sql`substr(${topic}, ${[...prefix].length + 1})`;
    const condition = (property: string, allowed: SqlText) => {
      refuseUndefined(`RealtimeTopic ${name}`, { [property]: allowed }, [property]);
      return sql`${realtimeMessages.extension} = any (string_to_array(${extensions.join(",")}, ',')) and ${realtimeMessages.topic} = ${topic} and starts_with(${topic}, ${prefix}) and ${parenthesised(allowed, `RealtimeTopic ${name}: ${property}`)}`;
    };
    const using = condition("receivableBy", receivableBy(topicName));
    const withCheck = condition(args.sendableBy ? "sendableBy" : "receivableBy", sendableBy(topicName));
    super("palisade:components:RealtimeTopic", name, { prefix, subject, extensions }, options);
    const roles = ["authenticated"];
    this.policies = [
      new Policy(
        `${name}_topic_receive`,
        { table: realtimeMessages, command: "select", roles, using },
        { parent: this },
      ),
      new Policy(
        `${name}_topic_send`,
        { table: realtimeMessages, command: "insert", roles, withCheck },
        { parent: this },
      ),
    ];
    this.registerOutputs({});
  }
}
