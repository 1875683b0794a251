import * as pulumi from "@pulumi/pulumi";
import { Policy } from "../kinds/policy/resource.ts";
import { defineTable } from "../prisma/reference.ts";
import { type SqlText, sql } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";
import { parenthesised } from "./parenthesised.ts";

/**
 * `realtime.messages`, whose policies decide who may join a private channel.
 * @example
 * new ExclusivePolicies("realtime.messages", { table: realtimeMessages, policies: [] });
 * @see https://supabase.com/docs/guides/realtime/authorization
 */
export const realtimeMessages = defineTable("realtime", "messages", { topic: "topic", extension: "extension" });

/**
 * The arguments of a `RealtimeTopic`.
 * @example
 * const announcements: RealtimeTopicArgs = {
 *   prefix: "news:", receivableBy: () => sql`true`, sendableBy: () => sql`false`, extensions: ["broadcast"],
 * };
 */
export interface RealtimeTopicArgs {
  /** A topic is this prefix followed by a name: with `organization:`, the topic of `acme` is `organization:acme`. */
  readonly prefix: string;
  /** What the name after the prefix stands for, such as `organizationId`. The contract takes a parameter of this name. Default: `name`. */
  readonly subject?: string;
  /** The condition for receiving messages, given the name after the prefix. */
  readonly receivableBy: (name: SqlText) => SqlText;
  /** The condition for sending messages and tracking presence. Default: the same as `receivableBy`. */
  readonly sendableBy?: (name: SqlText) => SqlText;
  /** What may be sent: broadcast messages, presence, or both. Default: both. */
  readonly extensions?: readonly ("broadcast" | "presence")[];
}

/**
 * The private channels whose topics begin with one prefix, and which signed-in users may join them: two `Policy` resources on `realtime.messages`, one for
 * select (receiving) and one for insert (sending). Realtime evaluates them once, when a client joins, on a row in which only the topic and
 * the extension are set. Nobody can send to another topic than the one joined: the row's topic must be the client's.
 *
 * Errors when the program runs: a condition whose parentheses, quotation marks or comments are not closed, or that is undefined.
 *
 * @example
 * new RealtimeTopic("organization", {
 *   prefix: "organization:", subject: "organizationId", receivableBy: (id) => sql`(select ${isMember}(${id}))`,
 * });
 * @see https://supabase.com/docs/guides/realtime/authorization
 */
export class RealtimeTopic extends pulumi.ComponentResource {
  /** The two policies, to be listed in an `ExclusivePolicies`. */
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
