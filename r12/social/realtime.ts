// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { ExclusivePolicies, Policy, Publication, realtimeMessages, sql } from "pulumi-palisade";

new Policy("room members receive", {
  table: realtimeMessages,
  command: "select",
  roles: ["authenticated"],
  using: sql`
    ${realtimeMessages.extension} = any (array['broadcast', 'presence'])
    and public.is_room_member((select realtime.topic()))`,
});

new Policy("room members send", {
  table: realtimeMessages,
  command: "insert",
  roles: ["authenticated"],
  withCheck: sql`${realtimeMessages.extension} = 'broadcast' and public.is_room_member(realtime.topic())`,
});

new ExclusivePolicies("realtime.messages", {
  table: realtimeMessages,
  policies: ["room members receive", "room members send"],
});

new Publication("supabase_realtime", {
  tables: { "public.messages": { replicaIdentity: "full" }, "public.notifications": {} },
});
