// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { SequenceAccess } from "pulumi-palisade";

new SequenceAccess("role_permissions_id_seq", {
  sequence: "public.role_permissions_id_seq",
  grants: { anon: ["update"], authenticated: ["update"], service_role: ["update"] },
});
