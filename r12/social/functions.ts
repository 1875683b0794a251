// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { DatabaseFunction } from "pulumi-palisade";
import { definition } from "./definitions.js";

export const broadcastMessage = new DatabaseFunction("broadcast_message", {
  definition: definition("broadcast_message"),
  execute: ["public"],
});

export const feed = new DatabaseFunction("feed", { definition: definition("feed"), execute: ["public"] });

export const handleNewUser = new DatabaseFunction("handle_new_user", {
  definition: definition("handle_new_user"),
  execute: ["public"],
});

export const isBlocked = new DatabaseFunction("is_blocked", {
  definition: definition("is_blocked"),
  execute: ["public"],
});

export const isRoomMember = new DatabaseFunction("is_room_member", {
  definition: definition("is_room_member-text"),
  execute: ["public"],
});

export const publicIsRoomMember = new DatabaseFunction("public.is_room_member", {
  definition: definition("is_room_member-uuid-uuid"),
  execute: ["public"],
});

export const likeCount = new DatabaseFunction("like_count", {
  definition: definition("like_count"),
  execute: ["public"],
});
