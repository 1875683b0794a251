// Written by `palisade adopt` from the database.
import { defineTable } from "pulumi-palisade";

/**
 * The tables of the database, with their columns.
 * @param source the resource that creates them; whatever mentions one of them then depends on it
 * @example
 * const app = applicationTables(migrations);
 * sql`${app.blocks.at} = 'red'`
 */
export function applicationTables(source?: unknown) {
  return {
    blocks: defineTable(
      "public",
      "blocks",
      {
        blocker: "blocker",
        blocked: "blocked",
        at: "at",
      },
      source,
      { key: ["blocker", "blocked"], computed: ["blocker", "at"], owners: ["blocker", "blocked"] },
    ),
    follows: defineTable(
      "public",
      "follows",
      {
        follower: "follower",
        followee: "followee",
        accepted: "accepted",
      },
      source,
      { key: ["follower", "followee"], computed: [], owners: ["follower", "followee"] },
    ),
    likes: defineTable(
      "public",
      "likes",
      {
        post: "post",
        user: "user",
      },
      source,
      { key: ["post", "user"], computed: [], owners: ["post", "user"] },
    ),
    messages: defineTable(
      "public",
      "messages",
      {
        id: "id",
        room: "room",
        sender: "sender",
        body: "body",
        sent: "sent",
      },
      source,
      { key: ["id"], computed: ["id", "sender", "sent"], owners: ["room"] },
    ),
    notifications: defineTable(
      "public",
      "notifications",
      {
        id: "id",
        recipient: "recipient",
        kind: "kind",
        payload: "payload",
        read: "read",
      },
      source,
      { key: ["id"], computed: ["id"], owners: [] },
    ),
    posts: defineTable(
      "public",
      "posts",
      {
        id: "id",
        author: "author",
        body: "body",
        visibility: "visibility",
        replyTo: "reply_to",
        hiddenAt: "hidden_at",
        createdAt: "created_at",
        geo: "geo",
      },
      source,
      { key: ["id"], computed: ["id", "author", "createdAt"], owners: ["author"] },
    ),
    profiles: defineTable(
      "public",
      "profiles",
      {
        id: "id",
        username: "username",
        isPrivate: "is_private",
        bannedUntil: "banned_until",
        avatarUrl: "avatarUrl",
        search: "search",
      },
      source,
      { key: ["id"], computed: ["search"], owners: ["id"] },
    ),
    roomMembers: defineTable(
      "public",
      "room_members",
      {
        room: "room",
        member: "member",
        role: "role",
      },
      source,
      { key: ["room", "member"], computed: [], owners: ["room", "member"] },
    ),
    rooms: defineTable(
      "public",
      "rooms",
      {
        id: "id",
        topic: "topic",
        kind: "kind",
      },
      source,
      { key: ["id"], computed: ["id"], owners: [] },
    ),
  };
}
