// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { SequenceAccess } from "pulumi-palisade";

new SequenceAccess("messages_id_seq", {
  sequence: "public.messages_id_seq",
  grants: { anon: ["update"], authenticated: ["update"], service_role: ["update"] },
});

new SequenceAccess("posts_id_seq", {
  sequence: "public.posts_id_seq",
  grants: { anon: ["update"], authenticated: ["update"], service_role: ["update"] },
});
